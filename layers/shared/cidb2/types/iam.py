"""IAM: identities and policies, from one paginated call.

What trusts other identities, and what an account has set, each has a listing.
"""

from cidb2.types.declaration import Call, ListingCall, Lookup, ResourceType, ServiceTypes

_DETAILS = ListingCall(
    "GetAccountAuthorizationDetails",
    arguments={"Filter": ["User", "Group", "Role", "LocalManagedPolicy"]},
    # IAM's quotas do not count white space, so each of the five versions of a policy may have
    # 131,072 characters, three bytes each when they are URL-encoded: 2 MB a policy.
    page=40,
)
_ATTACHED = "AttachedManagedPolicies.PolicyArn AWS::IAM::ManagedPolicy attached"

_COUNTED = (
    *("Groups", "InstanceProfiles", "MFADevices", "MFADevicesInUse", "Policies"),
    *("PolicyVersionsInUse", "Providers", "Roles", "ServerCertificates", "Users"),
)


def _role(member: str, *, may_lack: bool = False) -> Lookup:
    """Return what only ListRoles tells of a role; a page has a trust policy of each."""
    return Lookup(
        "ListRoles",
        of="RoleId",
        match="RoleId",
        take=member,
        is_one=True,
        may_lack=may_lack,
        page=100,
    )


def _of_user(operation: str, take: str, *absent: str) -> Call:
    return Call(operation, by={"UserName": "UserName"}, take=take, absent=absent)


IAM = ServiceTypes(
    client="iam",
    service="iam",
    is_global=True,
    types=(
        ResourceType(
            "AWS::IAM::Group",
            listing=_DETAILS,
            result="GroupDetailList",
            id="GroupId",
            arn="group{Path}{GroupName}",
            arn_member="Arn",
            name="GroupName",
            documents=("GroupPolicyList.PolicyDocument",),
            relations=(_ATTACHED,),
        ),
        ResourceType(
            "AWS::IAM::ManagedPolicy",
            listing=_DETAILS,
            result="Policies",
            id="PolicyId",
            arn="policy{Path}{PolicyName}",
            arn_member="Arn",
            name="PolicyName",
            tags=Call("ListPolicyTags", by={"PolicyArn": "$arn"}, take="Tags"),
            volatile=("AttachmentCount", "PermissionsBoundaryUsageCount"),
            documents=("PolicyVersionList.Document",),
        ),
        ResourceType(
            "AWS::IAM::Role",
            listing=_DETAILS,
            result="RoleDetailList",
            id="RoleId",
            arn="role{Path}{RoleName}",
            arn_member="Arn",
            name="RoleName",
            fields={
                "Description": _role("Description", may_lack=True),
                "MaxSessionDuration": _role("MaxSessionDuration"),
            },
            volatile=("RoleLastUsed", "InstanceProfileList.Roles.RoleLastUsed"),
            documents=(
                "AssumeRolePolicyDocument",
                "RolePolicyList.PolicyDocument",
                "InstanceProfileList.Roles.AssumeRolePolicyDocument",
            ),
            relations=(
                _ATTACHED,
                "PermissionsBoundary.PermissionsBoundaryArn AWS::IAM::ManagedPolicy",
                "InstanceProfileList.Arn AWS::IAM::InstanceProfile",
                "AssumeRolePolicyDocument * trusts",
            ),
        ),
        ResourceType(
            "AWS::IAM::User",
            listing=_DETAILS,
            result="UserDetailList",
            id="UserId",
            arn="user{Path}{UserName}",
            arn_member="Arn",
            name="UserName",
            fields={
                "AccessKeys": _of_user("ListAccessKeys", "AccessKeyMetadata"),
                "AccessKeysLastUsed": Call(
                    "GetAccessKeyLastUsed",
                    each="AccessKeys",
                    by={"AccessKeyId": "AccessKeyId"},
                    take="AccessKeyLastUsed",
                    volatile=("@",),
                ),
                # NoSuchEntity: the user has no password.
                "LoginProfile": _of_user("GetLoginProfile", "LoginProfile", "NoSuchEntity"),
                "MFADevices": _of_user("ListMFADevices", "MFADevices"),
                "PasswordLastUsed": Lookup(
                    "ListUsers",
                    of="UserId",
                    match="UserId",
                    take="PasswordLastUsed",
                    is_one=True,
                    may_lack=True,
                    volatile=("@",),
                ),
            },
            documents=("UserPolicyList.PolicyDocument",),
            relations=(
                _ATTACHED,
                "GroupList AWS::IAM::Group attached",
                "PermissionsBoundary.PermissionsBoundaryArn AWS::IAM::ManagedPolicy",
            ),
        ),
        ResourceType(
            "AWS::IAM::InstanceProfile",
            listing=ListingCall("ListInstanceProfiles", page=100),  # with a trust policy each
            id="InstanceProfileId",
            arn="instance-profile{Path}{InstanceProfileName}",
            arn_member="Arn",
            name="InstanceProfileName",
            tags=Call(
                "ListInstanceProfileTags",
                by={"InstanceProfileName": "InstanceProfileName"},
                take="Tags",
            ),
            volatile=("Roles.RoleLastUsed",),
            documents=("Roles.AssumeRolePolicyDocument",),
            relations=("Roles.Arn AWS::IAM::Role",),
        ),
        ResourceType(
            "AWS::IAM::OIDCProvider",
            listing=ListingCall("ListOpenIDConnectProviders"),
            id="Arn",
            arn="oidc-provider/**",
            arn_member="Arn",
            describe=Call("GetOpenIDConnectProvider", by={"OpenIDConnectProviderArn": "Arn"}),
        ),
        ResourceType(
            "AWS::IAM::SAMLProvider",
            listing=ListingCall("ListSAMLProviders"),
            id="Arn",
            arn="saml-provider/{Arn/}",
            arn_member="Arn",
            name="Arn/",
            # The metadata contains certificates and addresses, and is up to 10 MB.
            describe=Call(
                "GetSAMLProvider",
                by={"SAMLProviderArn": "Arn"},
                secret=("SAMLMetadataDocument",),
            ),
        ),
        ResourceType(
            "AWS::IAM::ServerCertificate",
            listing=ListingCall("ListServerCertificates"),
            id="ServerCertificateId",
            arn="server-certificate{Path}{ServerCertificateName}",
            arn_member="Arn",
            name="ServerCertificateName",
            tags=Call(
                "ListServerCertificateTags",
                by={"ServerCertificateName": "ServerCertificateName"},
                take="Tags",
            ),
        ),
        ResourceType(
            "AWS::IAM::VirtualMFADevice",
            listing=ListingCall("ListVirtualMFADevices"),
            id="SerialNumber",
            arn="mfa/**",
            arn_member="SerialNumber",
            name="SerialNumber/",
            tags=Call(
                "ListMFADeviceTags",
                by={"SerialNumber": "SerialNumber"},
                take="Tags",
                # The root user's has none.
                absent=("NoSuchEntity",),
            ),
            volatile=("User.PasswordLastUsed",),
            relations=("User.Arn AWS::IAM::User attached",),
        ),
        ResourceType(
            "AWS::IAM::AccountSettings",
            listing=ListingCall("GetAccountSummary"),
            result="@",
            id="$account",
            arn="account-settings/{$account}",
            fields={
                "PasswordPolicy": Call(
                    "GetAccountPasswordPolicy", take="PasswordPolicy", absent=("NoSuchEntity",)
                )
            },
            # Counts of what the account has: every resource is an item of its own.
            volatile=tuple(f"SummaryMap.{name}" for name in _COUNTED),
        ),
    ),
    gone=("NoSuchEntity",),
)

"""IAM: identities and policies, from one paginated call of a hand-written reader.

What trusts other identities, and what an account has set, each has a listing.
"""

from cidb2.types.declaration import Call, ListingCall, ResourceType, ServiceTypes

_DETAILS = ListingCall("GetAccountAuthorizationDetails", is_by_hand=True)
_ATTACHED = "AttachedManagedPolicies.PolicyArn AWS::IAM::ManagedPolicy attached"

_COUNTED = (
    *("Groups", "InstanceProfiles", "MFADevices", "MFADevicesInUse", "Policies"),
    *("PolicyVersionsInUse", "Providers", "Roles", "ServerCertificates", "Users"),
)

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
            operations=("ListPolicyTags",),
        ),
        ResourceType(
            "AWS::IAM::Role",
            listing=_DETAILS,
            result="RoleDetailList",
            id="RoleId",
            arn="role{Path}{RoleName}",
            arn_member="Arn",
            name="RoleName",
            relations=(
                _ATTACHED,
                "PermissionsBoundary.PermissionsBoundaryArn AWS::IAM::ManagedPolicy",
                "InstanceProfileList.Arn AWS::IAM::InstanceProfile",
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

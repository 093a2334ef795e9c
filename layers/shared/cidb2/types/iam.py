"""IAM: identities and policies, from one paginated call of a hand-written reader."""

from cidb2.types.declaration import ListingCall, ResourceType, ServiceTypes

_DETAILS = ListingCall("GetAccountAuthorizationDetails", is_by_hand=True)
_ATTACHED = "AttachedManagedPolicies.PolicyArn AWS::IAM::ManagedPolicy attached"

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
    ),
)

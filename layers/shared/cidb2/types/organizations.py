"""Organizations: the organisation, its units, accounts and policies, read in one account."""

from cidb2.scope import GLOBAL
from cidb2.types.declaration import Call, ListingCall, ResourceType, ServiceTypes

_NOT_IN_USE = ("AWSOrganizationsNotInUseException",)

_POLICY_TYPES = (
    *("SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY", "TAG_POLICY", "BACKUP_POLICY"),
    *("AISERVICES_OPT_OUT_POLICY", "CHATBOT_POLICY", "DECLARATIVE_POLICY_EC2"),
    *("SECURITYHUB_POLICY", "INSPECTOR_POLICY", "UPGRADE_ROLLOUT_POLICY", "BEDROCK_POLICY"),
    *("S3_POLICY", "NETWORK_SECURITY_DIRECTOR_POLICY", "GUARDDUTY_POLICY"),
)
"""Each type has a listing of its own, whether or not the root has enabled it."""

_NO_SUCH_TYPE = (
    "UnsupportedAPIEndpointException",
    "InvalidInputException INVALID_ENUM",
    "InvalidInputException INVALID_ENUM_POLICY_TYPE",
)
"""What a partition answers that lacks a type of policies."""

_TAGS = Call("ListTagsForResource", by={"ResourceId": "Id"}, take="Tags")

ORGANIZATIONS = ServiceTypes(
    client="organizations",
    service="organizations",
    is_global=True,
    access="A session has these actions only in the account in which a run reads the organisation.",
    types=(
        ResourceType(
            "AWS::Organizations::Organization",
            listing=ListingCall("DescribeOrganization", absent=_NOT_IN_USE),
            result="Organization",
            id="Id",
            arn="arn:{partition}:organizations::*:organization/{Id}",
            arn_member="Arn",
            fields={
                "Roots": Call("ListRoots", take="Roots"),
                "DelegatedAdministrators": Call(
                    "ListDelegatedAdministrators",
                    take="DelegatedAdministrators",
                    keep=("Name",),
                    relations=("Id AWS::Organizations::Account associated",),
                ),
                "DelegatedServices": Call(
                    "ListDelegatedServicesForAccount",
                    by={"AccountId": "Id"},
                    each="DelegatedAdministrators",
                    take="DelegatedServices",
                ),
            },
        ),
        ResourceType(
            "AWS::Organizations::OrganizationalUnit",
            listing=ListingCall(
                "ListOrganizationalUnitsForParent", absent=_NOT_IN_USE, is_by_hand=True
            ),
            id="Id",
            arn="arn:{partition}:organizations::*:ou/*/{Id}",
            arn_member="Arn",
            name="Name",
            operations=("ListRoots", "ListTagsForResource"),
        ),
        ResourceType(
            "AWS::Organizations::Account",
            listing=ListingCall("ListAccounts", absent=_NOT_IN_USE),
            id="Id",
            arn="arn:{partition}:organizations::*:account/*/{Id}",
            arn_member="Arn",
            name="Name",
            tags=_TAGS,
            keep=("Name",),
        ),
        ResourceType(
            "AWS::Organizations::Policy",
            listing=ListingCall(
                "ListPolicies",
                arguments={"Filter": _POLICY_TYPES[0]},
                also={GLOBAL: [{"Filter": each} for each in _POLICY_TYPES[1:]]},
                absent=(*_NOT_IN_USE, *_NO_SUCH_TYPE),
            ),
            where="AwsManaged!=True",
            id="Id",
            arn="arn:{partition}:organizations::*:policy/*/*/{Id}",
            arn_member="Arn",
            name="Name",
            describe=Call(
                "DescribePolicy", by={"PolicyId": "Id"}, take="Policy", documents=("Content",)
            ),
            tags=_TAGS,
            fields={
                "Targets": Call(
                    "ListTargetsForPolicy",
                    by={"PolicyId": "Id"},
                    take="Targets",
                    relations=("TargetId * attached",),
                )
            },
        ),
        ResourceType(
            "AWS::Organizations::ResourcePolicy",
            listing=ListingCall(
                "DescribeResourcePolicy", absent=(*_NOT_IN_USE, "ResourcePolicyNotFoundException")
            ),
            result="ResourcePolicy",
            id="ResourcePolicySummary.Id",
            arn="arn:{partition}:organizations::*:resourcepolicy/*/{ResourcePolicySummary.Id}",
            arn_member="ResourcePolicySummary.Arn",
            tags=Call(
                "ListTagsForResource", by={"ResourceId": "ResourcePolicySummary.Id"}, take="Tags"
            ),
            documents=("Content",),
            relations=("Content * trusts",),
        ),
    ),
    gone=(*("ParentNotFoundException", "TargetNotFoundException", "PolicyNotFoundException"),),
)

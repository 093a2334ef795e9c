"""Systems Manager: parameters without their values, and the account's own documents."""

from cidb2.types.declaration import Call, ListingCall, ResourceType, ServiceTypes

SSM = ServiceTypes(
    client="ssm",
    service="ssm",
    types=(
        ResourceType(
            "AWS::SSM::Parameter",
            listing=ListingCall("DescribeParameters"),
            id="Name",
            arn="parameter{/Name}",
            arn_member="ARN",
            name="Name",
            tags=Call(
                "ListTagsForResource",
                by={"ResourceId": "Name"},
                arguments={"ResourceType": "Parameter"},
                take="TagList",
            ),
            documents=("Policies.PolicyText",),
            relations=("KeyId AWS::KMS::Key",),
        ),
        ResourceType(
            "AWS::SSM::Document",
            listing=ListingCall(
                "ListDocuments", arguments={"Filters": [{"Key": "Owner", "Values": ["Self"]}]}
            ),
            id="Name",
            arn="document/{Name}",
            name="Name",
            fields={
                # The accounts that it is shared with; `all` is everybody.
                "SharedWith": Call(
                    "DescribeDocumentPermission",
                    by={"Name": "Name"},
                    arguments={"PermissionType": "Share"},
                    take="AccountIds",
                    relations=("@ AWS::Organizations::Account trusts",),
                )
            },
        ),
    ),
    gone=("InvalidResourceId", "InvalidDocument"),
)

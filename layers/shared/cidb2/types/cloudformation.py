"""CloudFormation: stacks, without the values of parameters and outputs."""

from cidb2.types.declaration import ListingCall, ResourceType, ServiceTypes

CLOUDFORMATION = ServiceTypes(
    client="cloudformation",
    service="cloudformation",
    types=(
        ResourceType(
            "AWS::CloudFormation::Stack",
            listing=ListingCall("DescribeStacks"),
            id="StackId",
            arn="stack/{StackName}/*",
            arn_member="StackId",
            name="StackName",
            secret=(
                "Parameters.ParameterValue",
                "Parameters.ResolvedValue",
                "Outputs.OutputValue",
            ),
            volatile=("DriftInformation.LastCheckTimestamp",),
            relations=(
                "RoleARN AWS::IAM::Role",
                "NotificationARNs AWS::SNS::Topic",
                "ParentId AWS::CloudFormation::Stack contained",
            ),
        ),
    ),
)

"""Step Functions: state machines, without their definitions, which may contain secrets."""

from cidb2.types.declaration import Call, ListingCall, ResourceType, ServiceTypes

STEP_FUNCTIONS = ServiceTypes(
    client="stepfunctions",
    service="states",
    types=(
        ResourceType(
            "AWS::StepFunctions::StateMachine",
            listing=ListingCall("ListStateMachines"),
            id="stateMachineArn",
            arn="stateMachine:{name}",
            arn_member="stateMachineArn",
            name="name",
            describe=Call(
                "DescribeStateMachine",
                by={"stateMachineArn": "stateMachineArn"},
                keep=("description",),
            ),
            tags=Call("ListTagsForResource", by={"resourceArn": "stateMachineArn"}, take="tags"),
            relations=(
                "roleArn AWS::IAM::Role",
                "encryptionConfiguration.kmsKeyId AWS::KMS::Key",
                (
                    "loggingConfiguration.destinations.cloudWatchLogsLogGroup.logGroupArn"
                    " AWS::Logs::LogGroup"
                ),
            ),
        ),
    ),
    gone=("StateMachineDoesNotExist", "ResourceNotFound"),
)

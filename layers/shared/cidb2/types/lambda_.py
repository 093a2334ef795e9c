"""Lambda: functions, read by a hand-written reader, which stores only the names of variables."""

from cidb2.types.declaration import Call, ListingCall, ResourceType, ServiceTypes

LAMBDA = ServiceTypes(
    client="lambda",
    service="lambda",
    types=(
        ResourceType(
            "AWS::Lambda::Function",
            listing=ListingCall("ListFunctions", is_by_hand=True),
            id="FunctionName",
            arn="function:{FunctionName}",
            arn_member="FunctionArn",
            name="FunctionName",
            operations=(
                "GetFunctionConcurrency",
                "GetFunctionConfiguration",
                "GetPolicy",
                "ListFunctionUrlConfigs",
                "ListTags",
            ),
            secret=("Environment",),
            # Errors of an image or a runtime.
            keep=("ImageConfigResponse.Error.Message", "RuntimeVersionConfig.Error.Message"),
            relations=(
                "Role AWS::IAM::Role",
                "KMSKeyArn AWS::KMS::Key",
                "VpcConfig.VpcId AWS::EC2::VPC",
                "VpcConfig.SubnetIds AWS::EC2::Subnet",
                "VpcConfig.SecurityGroupIds AWS::EC2::SecurityGroup",
                "DeadLetterConfig.TargetArn *",
                "FileSystemConfigs.Arn *",
            ),
        ),
        ResourceType(
            "AWS::Lambda::Alias",
            listing=ListingCall(
                "ListAliases",
                parent="AWS::Lambda::Function",
                by={"FunctionName": "FunctionName"},
            ),
            id="AliasArn",
            arn="function:{$parent.FunctionName}:{Name}",
            arn_member="AliasArn",
            name="Name",
            volatile=("RevisionId",),
        ),
        ResourceType(
            "AWS::Lambda::EventSourceMapping",
            listing=ListingCall("ListEventSourceMappings"),
            id="UUID",
            arn="event-source-mapping:{UUID}",
            arn_member="EventSourceMappingArn",
            tags=Call("ListTags", by={"Resource": "$arn"}, take="Tags"),
            volatile=("LastProcessingResult", "StateTransitionReason"),
            relations=(
                "FunctionArn AWS::Lambda::Function attached",
                "EventSourceArn * attached",
                "DestinationConfig.OnFailure.Destination *",
                "KMSKeyArn AWS::KMS::Key",
            ),
        ),
    ),
    gone=("ResourceNotFoundException",),
)

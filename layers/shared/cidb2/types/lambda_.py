"""Lambda: functions, read by a hand-written reader, which stores only the names of variables."""

from cidb2.types.declaration import ListingCall, ResourceType, ServiceTypes

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
    ),
)

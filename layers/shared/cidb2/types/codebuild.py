"""CodeBuild: projects, without values of variables and build specifications."""

from cidb2.types.declaration import Call, ListingCall, ResourceType, ServiceTypes

CODEBUILD = ServiceTypes(
    client="codebuild",
    service="codebuild",
    types=(
        ResourceType(
            "AWS::CodeBuild::Project",
            listing=ListingCall("ListProjects"),
            id="@",
            arn="project/{@}",
            name="@",
            describe=Call(
                "BatchGetProjects",
                by={"names": "@"},
                batch=100,
                result="projects",
                match="name",
                secret=(
                    # The value of another type is the name of a parameter or a secret.
                    "environment.environmentVariables.value type!=PARAMETER_STORE,SECRETS_MANAGER",
                    "source.buildspec",
                    "secondarySources.buildspec",
                    "webhook.payloadUrl",  # with the token that lets GitHub start builds
                    "webhook.secret",
                ),
                volatile=("environment.dockerServer.status",),
            ),
            relations=(
                "serviceRole AWS::IAM::Role",
                "resourceAccessRole AWS::IAM::Role",
                "encryptionKey AWS::KMS::Key",
                "vpcConfig.vpcId AWS::EC2::VPC",
                "vpcConfig.subnets AWS::EC2::Subnet",
                "vpcConfig.securityGroupIds AWS::EC2::SecurityGroup",
                "logsConfig.cloudWatchLogs.groupName AWS::Logs::LogGroup",
            ),
        ),
    ),
)

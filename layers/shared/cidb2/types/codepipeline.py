"""CodePipeline: pipelines, without most of the configuration of their actions."""

from cidb2.types.declaration import Call, ListingCall, ResourceType, ServiceTypes

_CONFIGURATION = "stages.actions.configuration"
_KEPT = (
    *("ApplicationName", "BranchName", "BucketName", "ClusterName", "ConnectionArn"),
    *("DeploymentGroupName", "FullRepositoryId", "FunctionName", "ProjectName"),
    *("RepositoryName", "RoleArn", "S3Bucket", "ServiceName", "StackName"),
)
"""What names the sources, builds and targets of AWS's own actions."""

CODEPIPELINE = ServiceTypes(
    client="codepipeline",
    service="codepipeline",
    types=(
        ResourceType(
            "AWS::CodePipeline::Pipeline",
            listing=ListingCall("ListPipelines"),
            id="name",
            arn="{name}",
            name="name",
            describe=Call(
                "GetPipeline",
                by={"name": "name"},
                take="pipeline",
                secret=(
                    f"{_CONFIGURATION}.*",
                    "stages.beforeEntry.conditions.rules.configuration",
                    "stages.onFailure.conditions.rules.configuration",
                    "stages.onSuccess.conditions.rules.configuration",
                    "stages.actions.environmentVariables.value type!=SECRETS_MANAGER",
                    "variables.defaultValue",
                    "**.commands",
                ),
                keep=tuple(f"{_CONFIGURATION}.{name}" for name in _KEPT),
            ),
            tags=Call("ListTagsForResource", by={"resourceArn": "$arn"}, take="tags"),
            ordered=("stages",),
            relations=(
                "roleArn AWS::IAM::Role",
                "artifactStore.location AWS::S3::Bucket",
                "artifactStore.encryptionKey.id AWS::KMS::Key",
                "artifactStores.*.location AWS::S3::Bucket",
                f"{_CONFIGURATION}.ProjectName AWS::CodeBuild::Project",
                f"{_CONFIGURATION}.FunctionName AWS::Lambda::Function",
                f"{_CONFIGURATION}.S3Bucket AWS::S3::Bucket",
            ),
        ),
    ),
    gone=("PipelineNotFoundException", "ResourceNotFoundException"),
)

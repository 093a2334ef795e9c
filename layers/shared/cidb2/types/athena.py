"""Athena: workgroups, with where and how they encrypt results."""

from cidb2.types.declaration import Call, ListingCall, ResourceType, ServiceTypes

ATHENA = ServiceTypes(
    client="athena",
    service="athena",
    types=(
        ResourceType(
            "AWS::Athena::WorkGroup",
            listing=ListingCall("ListWorkGroups"),
            id="Name",
            arn="workgroup/{Name}",
            name="Name",
            describe=Call(
                "GetWorkGroup",
                by={"WorkGroup": "Name"},
                take="WorkGroup",
                secret=(
                    "Configuration.AdditionalConfiguration",
                    "Configuration.EngineConfiguration.AdditionalConfigs",
                    "Configuration.EngineConfiguration.Classifications.Properties",
                    "Configuration.EngineConfiguration.SparkProperties",
                ),
            ),
            tags=Call("ListTagsForResource", by={"ResourceARN": "$arn"}, take="Tags"),
            relations=(
                "Configuration.ExecutionRole AWS::IAM::Role",
                "Configuration.ResultConfiguration.EncryptionConfiguration.KmsKey AWS::KMS::Key",
                "Configuration.CustomerContentEncryptionConfiguration.KmsKey AWS::KMS::Key",
            ),
        ),
    ),
    gone=("ResourceNotFoundException",),
)

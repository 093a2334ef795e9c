"""Secrets Manager: what is said about secrets, never their values."""

from cidb2.types.declaration import Call, ListingCall, ResourceType, ServiceTypes

SECRETS_MANAGER = ServiceTypes(
    client="secretsmanager",
    service="secretsmanager",
    types=(
        ResourceType(
            "AWS::SecretsManager::Secret",
            # A secret that is to be deleted exists for another 7 to 30 days.
            listing=ListingCall("ListSecrets", arguments={"IncludePlannedDeletion": True}),
            id="ARN",
            arn="secret:{Name}-*",
            arn_member="ARN",
            name="Name",
            fields={
                # AWS refuses it for a secret that is to be deleted.
                "ResourcePolicy": Call(
                    "GetResourcePolicy",
                    by={"SecretId": "ARN"},
                    take="ResourcePolicy",
                    when="!DeletedDate",
                    may_lack=True,
                    documents=("@",),
                    relations=("@ * trusts",),
                )
            },
            secret=("ExternalSecretRotationMetadata.Value",),
            # Use and rotation.
            volatile=(
                "LastAccessedDate",
                "LastChangedDate",
                "LastRotatedDate",
                "NextRotationDate",
                "SecretVersionsToStages",
            ),
            relations=(
                "KmsKeyId AWS::KMS::Key",
                "RotationLambdaARN AWS::Lambda::Function",
                "ExternalSecretRotationRoleArn AWS::IAM::Role",
            ),
        ),
    ),
    gone=("ResourceNotFoundException",),
)

"""DynamoDB: tables, with their backups, expiry of items and resource policy."""

from cidb2.types.declaration import Call, ListingCall, ResourceType, ServiceTypes

_INDEXES = ("LocalSecondaryIndexes", "GlobalSecondaryIndexes", "VectorIndexes")
_COUNTED = ("IndexSizeBytes", "ItemCount")
_SCALED = (
    "ProvisionedThroughput.LastDecreaseDateTime",
    "ProvisionedThroughput.LastIncreaseDateTime",
    "ProvisionedThroughput.NumberOfDecreasesToday",
    "WarmThroughput",
)
"""What DynamoDB itself raises with the traffic, or says of it."""

DYNAMODB = ServiceTypes(
    client="dynamodb",
    service="dynamodb",
    types=(
        ResourceType(
            "AWS::DynamoDB::Table",
            listing=ListingCall("ListTables"),
            id="@",
            arn="table/{@}",
            identity="TableId",
            name="@",
            describe=Call(
                "DescribeTable",
                by={"TableName": "@"},
                take="Table",
                volatile=(
                    "ItemCount",
                    "TableSizeBytes",
                    *(f"{index}.{count}" for index in _INDEXES for count in _COUNTED),
                    *_SCALED,
                    *(f"GlobalSecondaryIndexes.{path}" for path in _SCALED),
                    "Replicas.ReplicaStatusPercentProgress",
                    "Replicas.WarmThroughput",
                    "Replicas.GlobalSecondaryIndexes.WarmThroughput",
                ),
            ),
            tags=Call("ListTagsOfResource", by={"ResourceArn": "$arn"}, take="Tags"),
            fields={
                "ContinuousBackups": Call(
                    "DescribeContinuousBackups",
                    by={"TableName": "@"},
                    take="ContinuousBackupsDescription",
                    volatile=(
                        "PointInTimeRecoveryDescription.EarliestRestorableDateTime",
                        "PointInTimeRecoveryDescription.LatestRestorableDateTime",
                    ),
                ),
                "TimeToLive": Call(
                    "DescribeTimeToLive", by={"TableName": "@"}, take="TimeToLiveDescription"
                ),
                "Policy": Call(
                    "GetResourcePolicy",
                    by={"ResourceArn": "$arn"},
                    take="Policy",
                    absent=("PolicyNotFoundException",),
                    documents=("@",),
                    relations=("@ * trusts",),
                ),
            },
            relations=(
                "SSEDescription.KMSMasterKeyArn AWS::KMS::Key",
                "Replicas.ReplicaArn AWS::DynamoDB::Table",
                "LatestStreamArn *",
            ),
        ),
    ),
    gone=("ResourceNotFoundException", "TableNotFoundException"),
)

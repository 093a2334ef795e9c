"""CloudWatch Logs: log groups. An account may have tens of thousands."""

from cidb2.types.declaration import Call, ListingCall, Lookup, ResourceType, ServiceTypes

LOGS = ServiceTypes(
    client="logs",
    service="logs",
    types=(
        ResourceType(
            "AWS::Logs::LogGroup",
            listing=ListingCall("DescribeLogGroups"),
            id="logGroupName",
            arn="log-group:{logGroupName}",
            arn_member="logGroupArn",
            name="logGroupName",
            tags=Call(
                "ListTagsForResource", by={"resourceArn": "$arn"}, take="tags", may_lack=True
            ),
            fields={
                # Alarms on the log of a trail depend on them.
                "MetricFilters": Lookup(
                    "DescribeMetricFilters", of="logGroupName", match="logGroupName"
                )
            },
            moments=("creationTime",),
            volatile=("storedBytes",),
            relations=("kmsKeyId AWS::KMS::Key",),
        ),
    ),
    gone=("ResourceNotFoundException",),
)

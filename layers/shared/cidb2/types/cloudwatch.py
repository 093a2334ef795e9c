"""CloudWatch: alarms, on metrics and on other alarms, in one answer."""

from cidb2.types.declaration import Call, ListingCall, ResourceType, ServiceTypes

# Without their names, AWS lists alarms on metrics only.
_ALARMS = ListingCall("DescribeAlarms", arguments={"AlarmTypes": ["MetricAlarm", "CompositeAlarm"]})
_TAGS = Call("ListTagsForResource", by={"ResourceARN": "AlarmArn"}, take="Tags")
_STATE = (
    "StateValue",
    "StateReason",
    "StateReasonData",
    "StateUpdatedTimestamp",
    "StateTransitionedTimestamp",
)
_ACTIONS = ("AlarmActions *", "OKActions *", "InsufficientDataActions *")

CLOUDWATCH = ServiceTypes(
    client="cloudwatch",
    service="cloudwatch",
    types=(
        ResourceType(
            "AWS::CloudWatch::Alarm",
            listing=_ALARMS,
            result="MetricAlarms",
            id="AlarmName",
            arn="alarm:{AlarmName}",
            arn_member="AlarmArn",
            name="AlarmName",
            tags=_TAGS,
            volatile=(*_STATE, "EvaluationState"),
            relations=_ACTIONS,
        ),
        ResourceType(
            "AWS::CloudWatch::CompositeAlarm",
            listing=_ALARMS,
            result="CompositeAlarms",
            id="AlarmName",
            arn="alarm:{AlarmName}",
            arn_member="AlarmArn",
            name="AlarmName",
            tags=_TAGS,
            volatile=(*_STATE, "ActionsSuppressedBy", "ActionsSuppressedReason"),
            relations=(*_ACTIONS, "ActionsSuppressor *"),
        ),
    ),
    gone=("ResourceNotFoundException",),
)

"""CloudWatch alarms and dashboards, and X-Ray resource policies.

Alarms receive no metrics here and keep their initial state. X-Ray policies have no effect: only the
services' own segments depend on them, and moto makes none.
"""

import json
from typing import Any

from local.deployment.resources.registry import resource, tag_list
from local.deployment.stack import Created, Deployment, Properties

ALARM_SETTINGS = (
    "ActionsEnabled AlarmActions AlarmDescription ComparisonOperator DatapointsToAlarm "
    "Dimensions EvaluateLowSampleCountPercentile EvaluationPeriods ExtendedStatistic "
    "InsufficientDataActions MetricName Metrics Namespace OKActions Period Statistic Tags "
    "Threshold ThresholdMetricId TreatMissingData Unit"
)
WHOLE_NUMBERS = ("DatapointsToAlarm", "EvaluationPeriods", "Period")


@resource("AWS::CloudWatch::Alarm", f"AlarmName {ALARM_SETTINGS}")
def alarm(deployment: Deployment, properties: Properties) -> Created:
    """Create an alarm on a metric, or on an expression over several."""
    settings: dict[str, Any] = {"AlarmName": deployment.name(255), **properties}
    settings |= {name: int(settings[name]) for name in WHOLE_NUMBERS if name in settings}
    if "Threshold" in settings:
        settings["Threshold"] = float(settings["Threshold"])
    settings["Tags"] = tag_list(properties)
    deployment.client("cloudwatch").put_metric_alarm(**settings)
    name, stack = settings["AlarmName"], deployment.stack
    arn = f"arn:aws:cloudwatch:{stack.region}:{stack.account}:alarm:{name}"
    return Created(name, {"Arn": arn})


@resource("AWS::CloudWatch::Dashboard", "DashboardBody DashboardName")
def dashboard(deployment: Deployment, properties: Properties) -> Created:
    """Create a dashboard."""
    settings = {"DashboardName": deployment.name(255), **properties}
    deployment.client("cloudwatch").put_dashboard(**settings)
    return Created(settings["DashboardName"])


@resource("AWS::XRay::ResourcePolicy", "BypassPolicyLockoutCheck PolicyDocument PolicyName")
def trace_policy(_: Deployment, properties: Properties) -> Created:
    """Accept a resource policy; its document is JSON, as PutResourcePolicy requires.

    https://docs.aws.amazon.com/xray/latest/api/API_PutResourcePolicy.html
    """
    json.loads(properties["PolicyDocument"])
    return Created(properties["PolicyName"])

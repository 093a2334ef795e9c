"""Alarms and dashboard: they look at metrics that exist, and say what to do.

What the code emits is told in docs/operations.md; that a run emits exactly that is proved by
tests/e2e/test_observability.py.
"""

import json
import re
from collections.abc import Iterator
from itertools import chain
from typing import Any, NamedTuple

import pytest

from local.deployment.deploy import deploy
from local.deployment.stack import Stack
from local.deployment.template import load_template
from local.emulator.embedded import EmbeddedAws
from tests.support.template import TEMPLATE, function_variables, parsed
from tests.unit.test_docs import DOCS, slugs, spans, table, text_of
from tools.collectors import ALARM, METRICS_OF_AN_ALARM

pytestmark = pytest.mark.integration

OPERATIONS = DOCS / "operations.md"
PUBLISHED_BY_AWS = {
    # Step Functions Developer Guide, 'Monitoring Step Functions metrics using Amazon CloudWatch'
    ("AWS/States", "StateMachineArn"): {
        "ExecutionsAborted",
        "ExecutionsFailed",
        "ExecutionsStarted",
        "ExecutionsSucceeded",
        "ExecutionsTimedOut",
    },
    # SQS Developer Guide, 'Available CloudWatch metrics for Amazon SQS'
    ("AWS/SQS", "QueueName"): {
        "ApproximateAgeOfOldestMessage",
        "ApproximateNumberOfMessagesVisible",
    },
    # Lambda Developer Guide, 'Types of metrics for Lambda functions'
    ("AWS/Lambda", "FunctionName"): {"Errors", "Throttles"},
}
SEARCH = re.compile(r"SEARCH\('\{([\w/]+),([\w,]+)\} MetricName=\"(\w+)\" Environment=\"(\w+)\"', ")
OF_A_RUN = {"ScopesNotComplete", "CoverageAgeHours", "MassDeletionsHeld", "NotReconciled"}
A_WEEK_HOURS = 168


class Looked(NamedTuple):
    """A metric that an alarm or the dashboard looks at, with the names of its dimensions."""

    namespace: str
    name: str
    dimensions: frozenset[str]


@pytest.fixture(scope="module")
def aws() -> Iterator[EmbeddedAws]:
    given = {
        "AlarmEmail": "security@example.com",
        "ReportEmail": "platform@example.com",
        "InventoryScheduleState": "ENABLED",
    }
    with EmbeddedAws(TEMPLATE, given) as started:
        yield started


def alarms() -> dict[str, dict[str, Any]]:
    every: dict[str, dict[str, Any]] = parsed(TEMPLATE)["Resources"]
    return {
        name: each["Properties"]
        for name, each in every.items()
        if each["Type"] == "AWS::CloudWatch::Alarm"
    }


def metrics_of(alarm: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what an alarm looks at, one metric or several."""
    queries = alarm.get("Metrics") or []
    return [each["MetricStat"]["Metric"] for each in queries if "MetricStat" in each] or [alarm]


def documented() -> set[Looked]:
    """Return the metrics that the code emits, as the runbook lists them."""
    return {
        Looked("CIDB2", spans(name)[0], frozenset({"Environment", *spans(dimensions)}))
        for name, dimensions, *_ in table(OPERATIONS, "Metrics", "metric")
    }


def assert_exists(looked: Looked) -> None:
    if looked.namespace == "CIDB2":
        assert looked in documented()
    else:
        [dimension] = looked.dimensions
        assert looked.name in PUBLISHED_BY_AWS[looked.namespace, dimension]


def dashboard(aws: EmbeddedAws) -> dict[str, Any]:
    name = aws.stack.physical_id("InventoryDashboard")
    answer = aws.client("cloudwatch").get_dashboard(DashboardName=name)
    body: dict[str, Any] = json.loads(answer["DashboardBody"])
    return body


def shown(body: dict[str, Any]) -> Iterator[tuple[Looked, str]]:
    """Yield each metric of a dashboard with the value of its (first) dimension."""
    for widget in body["widgets"]:
        for row in widget["properties"].get("metrics", []):
            if isinstance(row[0], dict):
                found = SEARCH.match(row[0]["expression"])
                assert found, row
                namespace, dimensions, name, stack = found.groups()
                yield Looked(namespace, name, frozenset(dimensions.split(","))), stack
            else:
                namespace, name, dimension, value = row[:4]
                yield Looked(namespace, name, frozenset({dimension})), value


# --- alarms ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", alarms())
def test_an_alarm_tells_the_topic_and_names_its_section(name: str) -> None:
    alarm = alarms()[name]
    assert alarm["AlarmActions"] == [{"Ref": "AlarmTopic"}]
    [anchor] = re.findall(r"docs/operations\.md#([\w-]+)$", alarm["AlarmDescription"])
    assert anchor in slugs(OPERATIONS)


def test_every_alarm_has_a_section_of_its_own_and_every_section_an_alarm() -> None:
    [section] = re.findall(r"^## Alarms$(.*?)^## ", text_of(OPERATIONS), re.MULTILINE | re.DOTALL)
    headings = {
        heading.lower().replace(" ", "-")
        for heading in re.findall(r"^### (.+)$", section, re.MULTILINE)
    }
    anchors = [
        each["AlarmDescription"].rpartition("#")[2]
        for name, each in alarms().items()
        if name == f"{ALARM}Alarm" or not name.startswith(ALARM)
    ]
    assert sorted(anchors) == sorted(headings)


def test_alarms_look_at_metrics_that_exist(aws: EmbeddedAws) -> None:
    deployed = aws.client("cloudwatch").describe_alarms()["MetricAlarms"]
    assert len(deployed) == len(alarms())
    for alarm in deployed:
        for each in metrics_of(alarm):
            names = frozenset(dimension["Name"] for dimension in each["Dimensions"])
            assert_exists(Looked(each["Namespace"], each["MetricName"], names))


def test_alarms_look_at_this_stack_alone(aws: EmbeddedAws) -> None:
    assert function_variables("reporter")["STACK_NAME"] == {"Ref": "AWS::StackName"}
    made = aws.stack.resources.values()
    ours = {aws.stack.name, *(each.physical_id for each in made)}
    ours |= {each.attributes["QueueName"] for each in made if "QueueName" in each.attributes}
    for alarm in aws.client("cloudwatch").describe_alarms()["MetricAlarms"]:
        for each in metrics_of(alarm):
            assert {dimension["Value"] for dimension in each["Dimensions"]} <= ours


def test_every_run_level_alarm_keeps_the_last_runs_word() -> None:
    """Such a metric has one value a run: between two runs there is nothing to judge anew."""
    found = {
        alarm["MetricName"]: alarm
        for alarm in alarms().values()
        if alarm.get("MetricName") in OF_A_RUN
    }
    assert {*found} == OF_A_RUN
    for alarm in found.values():
        assert (alarm["TreatMissingData"], alarm["Statistic"]) == ("ignore", "Maximum")


def alarm_of(aws: EmbeddedAws, stack: Stack, logical_id: str) -> dict[str, Any]:
    names = [stack.physical_id(logical_id)]
    [alarm] = aws.client("cloudwatch").describe_alarms(AlarmNames=names)["MetricAlarms"]
    return dict(alarm)


def expression(alarm: dict[str, Any]) -> str:
    [found] = [one["Expression"] for one in alarm["Metrics"] if "Expression" in one]
    return str(found)


def test_no_start_is_an_alarm_while_the_schedule_is_on(aws: EmbeddedAws) -> None:
    alarm = alarm_of(aws, aws.stack, "MachineNotStartedAlarm")
    assert (alarm["ActionsEnabled"], alarm["TreatMissingData"]) == (True, "breaching")
    assert expression(alarm) == "FILL(started, 0)"
    hours = parsed(TEMPLATE)["Parameters"]["RunOverdueHours"]["Default"]
    assert alarm["EvaluationPeriods"] == hours


def test_no_start_is_no_alarm_while_it_is_off(aws: EmbeddedAws) -> None:
    given: dict[str, str] = {}  # off is the default
    stack = Stack("other", aws.stack.account, aws.stack.region, dict(given))
    template = load_template(TEMPLATE, aws.stack.region, given, aws._upload)
    deploy(template, stack, aws.client)
    alarm = alarm_of(aws, stack, "MachineNotStartedAlarm")
    assert (alarm["ActionsEnabled"], alarm["TreatMissingData"]) == (False, "notBreaching")
    assert expression(alarm) == "FILL(started, 1)"  # OK, and goes off anew once it is on
    alarm = alarm_of(aws, stack, "NoRunEndedAlarm")
    assert (alarm["ActionsEnabled"], expression(alarm)) == (False, "FILL(ended, 1)")
    assert not [
        each for each in stack.of_type("AWS::SNS::Subscription") if "Email" in each.logical_id
    ]


def test_no_end_is_an_alarm_once_a_run_has_ended(aws: EmbeddedAws) -> None:
    """Nothing is due before: an alarm without data keeps its first state, INSUFFICIENT_DATA."""
    alarm = alarm_of(aws, aws.stack, "NoRunEndedAlarm")
    assert (alarm["ActionsEnabled"], alarm["TreatMissingData"]) == (True, "ignore")
    assert expression(alarm) == "FILL(ended, 0)"
    [looked] = [each["MetricStat"] for each in alarm["Metrics"] if "MetricStat" in each]
    assert looked["Metric"]["MetricName"] in OF_A_RUN
    assert (looked["Stat"], looked["Period"]) == ("SampleCount", 3600)


def test_a_run_that_takes_as_long_as_it_may_is_not_overdue() -> None:
    defaults = {name: each["Default"] for name, each in parsed(TEMPLATE)["Parameters"].items()}
    assert defaults["InventoryScheduleExpression"] == "rate(1 day)"
    run_seconds = defaults["CollectTimeoutSeconds"] + defaults["SettleTimeoutSeconds"]
    assert run_seconds < 12 * 3600
    assert defaults["RunEndOverdueHours"] >= 24 + run_seconds / 3600 + 1


@pytest.mark.parametrize("name", ["MachineNotStartedAlarm", "NoRunEndedAlarm"])
def test_cloudwatch_can_look_back_as_far_as_the_parameter_allows(name: str) -> None:
    """CloudWatch API Reference, PutMetricAlarm: periods of an hour or more, 7 days in all."""
    alarm = alarms()[name]
    limits = parsed(TEMPLATE)["Parameters"][alarm["EvaluationPeriods"]["Ref"]]
    assert limits["MaxValue"] == A_WEEK_HOURS
    [period] = [each["MetricStat"]["Period"] for each in alarm["Metrics"] if "MetricStat" in each]
    assert period == 3600


def test_the_throttles_of_every_function_count() -> None:
    every = parsed(TEMPLATE)["Resources"]
    functions = {
        name for name, each in every.items() if each["Type"] == "AWS::Serverless::Function"
    }
    found = [metrics_of(alarm) for name, alarm in alarms().items() if name.startswith(ALARM)]
    looked = [each["Dimensions"][0]["Value"]["Ref"] for each in chain(*found)]
    assert sorted(looked) == sorted(functions)
    assert max(map(len, found)) <= METRICS_OF_AN_ALARM


def test_a_metric_without_data_leaves_the_sum_of_the_others() -> None:
    """An expression over a series that has no data has none itself (CloudWatch, 'FILL')."""
    sums = [
        query["Expression"]
        for alarm in alarms().values()
        for query in alarm.get("Metrics", [])
        if "METRICS()" in query.get("Expression", "")
    ]
    assert sums
    assert {*sums} == {"SUM(FILL(METRICS(), 0))"}


# --- who is told ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("output", "parameter", "address"),
    [
        ("AlarmTopicArn", "AlarmEmail", "security@example.com"),
        ("RunTopicArn", "ReportEmail", "platform@example.com"),
    ],
)
def test_an_e_mail_address_is_subscribed_where_one_is_given(
    aws: EmbeddedAws, output: str, parameter: str, address: str
) -> None:
    topic = aws.stack.outputs[output]
    [one] = aws.client("sns").list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert (one["Protocol"], one["Endpoint"]) == ("email", address)
    subscription = parsed(TEMPLATE)["Resources"][f"{parameter}Subscription"]
    assert subscription["Condition"] == f"Has{parameter}"
    assert parsed(TEMPLATE)["Parameters"][parameter]["Default"] == ""


def test_only_alarms_of_the_account_publish_to_the_topic(aws: EmbeddedAws) -> None:
    topic = aws.stack.outputs["AlarmTopicArn"]
    attributes = aws.client("sns").get_topic_attributes(TopicArn=topic)["Attributes"]
    stated = {each["Sid"]: each for each in json.loads(attributes["Policy"])["Statement"]}
    [allowed] = [each for each in stated.values() if each["Effect"] == "Allow"]
    assert allowed["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert allowed["Condition"]["StringEquals"] == {"aws:SourceAccount": aws.stack.account}
    refusal = stated["NobodyElsePublishes"]
    alarms_of_the_account = f"arn:aws:cloudwatch:us-east-1:{aws.stack.account}:alarm:*"
    assert refusal["Condition"] == {"ArnNotLike": {"aws:SourceArn": alarms_of_the_account}}
    assert attributes["KmsMasterKeyId"] == aws.stack.resources["DataKey"].attributes["Arn"]


# --- dashboard ------------------------------------------------------------------------------------


def test_the_dashboard_shows_every_alarm_and_metrics_that_exist(aws: EmbeddedAws) -> None:
    body = dashboard(aws)
    [shown_alarms] = [
        each["properties"]["alarms"] for each in body["widgets"] if each["type"] == "alarm"
    ]
    assert {arn.rpartition(":")[2] for arn in shown_alarms} == {
        each.physical_id for each in aws.stack.of_type("AWS::CloudWatch::Alarm")
    }
    looked = [*shown(body)]
    assert len(looked) > len(OF_A_RUN)
    for metric, _ in looked:
        assert_exists(metric)
    assert {metric.name for metric, _ in looked} >= OF_A_RUN
    assert {stack for metric, stack in looked if metric.namespace == "CIDB2"} == {aws.stack.name}


def test_no_two_widgets_lie_on_each_other(aws: EmbeddedAws) -> None:
    taken: set[tuple[int, int]] = set()
    for widget in dashboard(aws)["widgets"]:
        x, y, width, height = (widget[name] for name in ("x", "y", "width", "height"))
        cells = {(column, row) for column in range(x, x + width) for row in range(y, y + height)}
        assert not cells & taken
        assert x + width <= 24
        taken |= cells


def test_the_output_leads_to_the_dashboard(aws: EmbeddedAws) -> None:
    name = aws.stack.physical_id("InventoryDashboard")
    assert aws.stack.outputs["DashboardUrl"].endswith(f"#dashboards/dashboard/{name}")

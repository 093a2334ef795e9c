"""Stacks, log groups and alarms, which the hub also has."""

from collections.abc import Iterator

from moto.backends import get_backend

from local.simulation.truth.item import Client, Found, Item, expected_items, tag_map


def read(client: Client, account: str, region: str) -> Iterator[Item]:
    """Yield the expected items."""
    yield from expected_items(account, region, _found(client, account, region))


def _found(client: Client, account: str, region: str) -> Iterator[Found]:
    stacks = client("cloudformation", account=account, region=region).describe_stacks()["Stacks"]
    for stack in stacks:
        tags = tag_map(stack.get("Tags", []))
        yield stack["StackName"], stack["StackId"], "CloudFormation::Stack", stack["StackId"], tags
    logs = get_backend("logs")[account][region]
    for group in logs.groups.values():
        tags = logs.list_tags_for_resource(group.arn)
        yield group.name, group.arn, "Logs::LogGroup", group.name, tags
    cloudwatch = get_backend("cloudwatch")[account][region]
    for alarm in cloudwatch.alarms.values():
        tags = cloudwatch.list_tags_for_resource(alarm.alarm_arn)
        yield alarm.name, alarm.alarm_arn, "CloudWatch::Alarm", alarm.name, tags

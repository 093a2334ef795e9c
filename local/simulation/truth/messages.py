"""Queues, topics and state machines, which the hub also has, and each region's event bus."""

from collections.abc import Iterator

from moto.backends import get_backend
from moto.stepfunctions.parser.models import stepfunctions_parser_backends

from local.simulation.truth.item import Client, Found, Item, expected_items, tag_map


def read(client: Client, account: str, region: str) -> Iterator[Item]:
    """Yield the expected items."""
    yield from expected_items(account, region, _found(client, account, region))


def _found(client: Client, account: str, region: str) -> Iterator[Found]:
    queues = get_backend("sqs")[account][region].queues
    if queues:  # the host in their URLs depends on the caller
        urls = client("sqs", account=account, region=region).list_queues()["QueueUrls"]
        for name, url in ((url.rpartition("/")[2], url) for url in urls):
            yield name, queues[name].queue_arn, "SQS::Queue", url, queues[name].tags
    sns = get_backend("sns")[account][region]
    for topic in sns.topics.values():
        yield topic.name, topic.arn, "SNS::Topic", topic.arn, topic._tags
    for each in sns.subscriptions.values():
        yield None, each.arn, "SNS::Subscription", each.arn, {}
    states = stepfunctions_parser_backends[account][region]
    for machine in states.state_machines:
        arn, kind = machine.arn, "StepFunctions::StateMachine"
        listed = states.tagger.list_tags_for_resource(arn)["tags"]
        yield machine.name, arn, kind, arn, {each["key"]: each["value"] for each in listed}
    events = get_backend("events")[account][region]
    for bus in events.event_buses.values():
        tags = tag_map(events.tagger.list_tags_for_resource(bus.arn)["Tags"])
        yield bus.name, bus.arn, "Events::EventBus", bus.name, tags

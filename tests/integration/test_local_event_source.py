"""A queue feeds a function as Lambda's pollers do it."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from moto.sqs.models import SQSBackend, sqs_backends

from local.emulator.embedded import EmbeddedAws
from local.patches.queues import delete_messages

pytestmark = pytest.mark.integration

FIXTURES = Path(__file__).parent / "local_fixtures"


@pytest.fixture(scope="module")
def aws() -> Iterator[EmbeddedAws]:
    with EmbeddedAws(FIXTURES / "template.yaml", redelivery_seconds=0) as started:
        yield started


def publish(aws: EmbeddedAws, *messages: str, **more: Any) -> None:
    """Publish to the topic, ten messages a request."""
    for start in range(0, len(messages), 10):
        entries = [
            {"Id": str(number), "Message": message, **more}
            for number, message in enumerate(messages[start : start + 10])
        ]
        aws.client("sns").publish_batch(
            TopicArn=aws.stack.physical_id("Topic"), PublishBatchRequestEntries=entries
        )


def stored(aws: EmbeddedAws) -> dict[str, dict[str, Any]]:
    """Return what the function stored, by message body."""
    pages = aws.client("dynamodb").get_paginator("scan")
    table = aws.stack.physical_id("Table")
    return {
        item["pk"]["S"]: item for page in pages.paginate(TableName=table) for item in page["Items"]
    }


def until(condition: Callable[[], Any], seconds: float = 15) -> Any:
    """Return the first true value of a condition."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, "did not become true"
        time.sleep(0.05)
    return value


def physical_name(aws: EmbeddedAws, queue: str) -> str:
    """Return the name of a queue of the stack."""
    return aws.stack.physical_id(queue).rpartition("/")[2]


def depth(aws: EmbeddedAws, queue: str) -> int:
    """Return how many messages a queue holds, visible or not."""
    answer = aws.client("sqs").get_queue_attributes(
        QueueUrl=aws.stack.physical_id(queue), AttributeNames=["All"]
    )
    names = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
    return sum(int(answer["Attributes"][name]) for name in names)


def dead_letters(aws: EmbeddedAws) -> list[str]:
    """Take what is in the dead-letter queue."""
    url, sqs = aws.stack.physical_id("DeadLetterQueue"), aws.client("sqs")
    found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    for message in found:
        sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return [message["Body"] for message in found]


def test_messages_arrive_with_their_attributes_and_are_deleted(aws: EmbeddedAws) -> None:
    attributes = {
        "change": {"DataType": "String", "StringValue": "CREATED"},
        "count": {"DataType": "Number", "StringValue": "5"},
        "raw": {"DataType": "Binary", "BinaryValue": b"\x00\xff"},
    }
    publish(aws, "with attributes", MessageAttributes=attributes)
    item = until(lambda: stored(aws).get("with attributes"))
    shown = {name: value["M"] for name, value in item["attributes"]["M"].items()}
    assert shown["change"]["stringValue"] == {"S": "CREATED"}
    assert shown["change"]["dataType"] == {"S": "String"}
    assert shown["count"]["stringValue"] == {"S": "5"}
    assert shown["raw"]["binaryValue"] == {"S": "AP8="}
    until(lambda: depth(aws, "Queue") == 0)


def test_a_window_gathers_a_batch(aws: EmbeddedAws) -> None:
    publish(aws, *(f"gathered-{number}" for number in range(30)))
    until(lambda: "gathered-29" in stored(aws))
    batches = {int(stored(aws)[f"gathered-{number}"]["batch"]["N"]) for number in range(30)}
    assert batches == {30}


def test_a_batch_is_no_larger_than_allowed(aws: EmbeddedAws) -> None:
    publish(aws, *(f"many-{number}" for number in range(250)))
    until(lambda: sum(name.startswith("many-") for name in stored(aws)) == 250)
    sizes = {int(item["batch"]["N"]) for name, item in stored(aws).items() if "many-" in name}
    assert max(sizes) <= 100
    until(lambda: depth(aws, "Queue") == 0)


def test_no_batch_is_deleted_while_another_is_taken(
    aws: EmbeddedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In moto the one ends the other's loop with an exception, and the poller with it."""
    queue = sqs_backends["123456789012"]["us-east-1"].queues[physical_name(aws, "Queue")]
    receive, in_time = SQSBackend.receive_message, list[bool]()

    def receive_slowly(*arguments: Any) -> Any:
        if threading.current_thread() is not threading.main_thread() and not in_time:
            deletion = threading.Thread(target=delete_messages, args=(queue, set()))
            deletion.start()
            deletion.join(0.2)
            in_time.append(not deletion.is_alive())
        return receive(*arguments)

    monkeypatch.setattr(SQSBackend, "receive_message", receive_slowly)
    publish(aws, "taken")
    until(lambda: "taken" in stored(aws))
    assert in_time == [False]


def test_a_failed_message_is_retried_alone_and_ends_in_the_dead_letter_queue(
    aws: EmbeddedAws,
) -> None:
    publish(aws, "neighbour-1", "poison", "neighbour-2")
    assert until(lambda: dead_letters(aws)) == ["poison"]
    found = stored(aws)
    for neighbour in ("neighbour-1", "neighbour-2"):
        assert found[neighbour]["received"] == {"S": "1"}
    assert depth(aws, "Queue") == 0


def test_a_crash_brings_the_whole_batch_back(aws: EmbeddedAws) -> None:
    publish(aws, "crash", "bystander")
    until(lambda: depth(aws, "DeadLetterQueue") == 2)
    assert sorted(dead_letters(aws)) == ["bystander", "crash"]
    assert "bystander" not in stored(aws)


def test_a_throttled_function_gets_its_messages_later(aws: EmbeddedAws) -> None:
    name = aws.stack.physical_id("ConsumerFunction")
    client = aws.client("lambda")
    client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    publish(aws, "patient")
    time.sleep(1.5)
    assert "patient" not in stored(aws)
    client.delete_function_concurrency(FunctionName=name)
    item = until(lambda: stored(aws).get("patient"))
    assert item["received"] == {"S": "1"}


def test_a_mapping_can_be_disabled(aws: EmbeddedAws) -> None:
    uuid = aws.client("lambda").list_event_source_mappings()["EventSourceMappings"][0]["UUID"]
    aws.client("lambda").update_event_source_mapping(UUID=uuid, Enabled=False)
    time.sleep(0.5)
    publish(aws, "waiting")
    time.sleep(1.5)
    assert depth(aws, "Queue") == 1
    aws.client("lambda").update_event_source_mapping(UUID=uuid, Enabled=True)
    until(lambda: "waiting" in stored(aws))

"""What a collector publishes, once, and what it writes down about it."""

from typing import Any

import pytest

from tests.support.aws import MEMBER, REGION, client
from tests.support.hub import Hub, run_state
from tests.support.instances import FIRST, SCOPE, SECOND, arn, reservations, statuses
from tests.support.wire import Call, Refusal, Wire

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("one_listing_each")]


def test_an_invocation_that_is_tried_again_publishes_nothing_twice(hub: Hub, wire: Wire) -> None:
    wire.answers("DescribeInstances", reservations(range(5)))
    hub.collect("ec2")
    assert len(hub.messages()) == 5
    hub.collect("ec2")
    assert hub.messages() == []
    row = hub.scopes()[SCOPE]
    assert (row["items"], row["published"]) == (5, 5)


def test_a_message_that_was_lost_is_published_again_by_the_next_run(hub: Hub, wire: Wire) -> None:
    wire.answers("DescribeInstances", reservations(range(2)))
    hub.collect("ec2", run=run_state(FIRST))
    assert len(hub.messages()) == 2  # and nobody stores them
    items = hub.take("ec2", run=run_state(SECOND))
    assert {item["change"] for item in items.values()} == {"CREATED"}
    assert hub.scopes(SECOND)[SCOPE]["healed"] == 2


@pytest.mark.parametrize("count", [0, 1, 10, 11, 100, 101, 250])
def test_every_item_is_published_once_and_the_figures_add_up(
    hub: Hub, wire: Wire, count: int
) -> None:
    wire.answers("DescribeInstances", reservations(range(count)))
    publishing = hub.collect("ec2")["publishing"]
    batches = [
        len(call.parameters["PublishBatchRequestEntries"]) for call in wire.of("PublishBatch")
    ]
    assert len(hub.messages()) == count
    assert publishing["messages"] == publishing["succeeded"] == sum(batches) == count
    assert publishing["requests"] == len(batches)
    size = 20 if count > 100 else 10
    assert publishing["batches"] == -(-count // size)
    assert (publishing["failed"], publishing["retries"]) == (0, 0)
    assert all(size <= 10 for size in batches)


def test_a_message_that_sns_refuses_makes_its_scope_partial_and_is_named(
    hub: Hub, wire: Wire
) -> None:
    wire.answers("DescribeInstances", reservations(range(3)))

    def refuse_one(call: Call) -> dict[str, Any]:
        entries = call.parameters["PublishBatchRequestEntries"]
        bad = [one["Id"] for one in entries if arn(1) in one["Message"]]
        failed = [
            {"Id": each, "Code": "AuthorizationError", "Message": "no", "SenderFault": True}
            for each in bad
        ]
        sent = [one["Id"] for one in entries if one["Id"] not in bad]
        return {"Successful": [{"Id": each} for each in sent], "Failed": failed}

    wire.answers("PublishBatch", refuse_one)
    publishing = hub.collect("ec2")["publishing"]
    assert (publishing["succeeded"], publishing["failed"]) == (2, 1)
    assert publishing["failedMessages"] == [{"arn": arn(1), "errorCode": "AuthorizationError"}]
    row = hub.scopes()[SCOPE]
    assert (row["outcome"], row["reason"]) == ("PARTIAL", "PUBLISH_FAILED")
    assert (row["published"], row["failed"]) == (2, 1)


def test_a_message_that_fails_for_a_moment_is_published_again_alone(hub: Hub, wire: Wire) -> None:
    wire.answers("DescribeInstances", reservations(range(3)))

    def throttle_all(call: Call) -> dict[str, Any]:
        entries = call.parameters["PublishBatchRequestEntries"]
        failed = {"Code": "Throttled", "Message": "slower", "SenderFault": False}
        return {"Successful": [], "Failed": [{"Id": each["Id"], **failed} for each in entries]}

    wire.answers("PublishBatch", throttle_all)
    publishing = hub.collect("ec2")["publishing"]
    assert (publishing["succeeded"], publishing["failed"], publishing["retries"]) == (3, 0, 3)
    assert {*hub.published()} == {arn(number) for number in range(3)}
    assert hub.scopes()[SCOPE]["outcome"] == "COMPLETE"


def test_a_topic_that_refuses_makes_the_scope_partial_and_deletes_nothing(
    hub: Hub, wire: Wire
) -> None:
    wire.answers("DescribeInstances", reservations(range(2)))
    hub.take("ec2", run=run_state(FIRST))
    wire.answers("DescribeInstances", reservations(range(1)))
    wire.refuses("PublishBatch", "AuthorizationError")
    answer = hub.collect("ec2", run=run_state(SECOND))
    assert answer["publishing"]["failed"] == 2
    row = hub.scopes(SECOND)[SCOPE]
    assert (row["outcome"], row["reason"]) == ("PARTIAL", "PUBLISH_FAILED")
    assert (row["published"], row["failed"]) == (0, 2)
    assert "ResourceDeleted" not in statuses(hub).values()


def test_what_cannot_be_written_down_is_not_published(hub: Hub, wire: Wire) -> None:
    wire.answers("DescribeInstances", reservations(range(2)))
    wire.answers("BatchWriteItem", Refusal("AccessDeniedException"), times=1)
    publishing = hub.collect("ec2")["publishing"]
    assert (publishing["succeeded"], publishing["failed"]) == (0, 2)
    assert hub.messages() == []
    assert hub.scopes()[SCOPE]["reason"] == "PUBLISH_FAILED"


def test_messages_carry_the_attributes_by_which_subscribers_filter(hub: Hub, wire: Wire) -> None:
    wire.answers("DescribeInstances", reservations(range(1)))
    hub.collect("ec2")
    [record] = hub.messages()
    attributes = {name: each["stringValue"] for name, each in record["messageAttributes"].items()}
    assert attributes == {
        "change": "CREATED",
        "accountId": MEMBER,
        "awsRegion": REGION,
        "resourceType": "AWS::EC2::Instance",
        "service": "ec2",
    }


def test_an_item_too_large_for_a_message_is_claimed_and_comes_back_whole(
    hub: Hub, wire: Wire
) -> None:
    tags = [{"Key": f"k{number}", "Value": "価" * 256} for number in range(400)]
    wire.answers("DescribeInstances", reservations(range(1), Tags=tags))
    first = hub.take("ec2", run=run_state(FIRST))[arn(0)]
    assert "configuration" not in first
    stored = hub.stored_object(first["pointer"]["key"])
    assert stored["tags"] == {tag["Key"]: tag["Value"] for tag in tags}
    wire.answers("DescribeInstances", reservations(range(0)))
    tombstone = hub.take("ec2", run=run_state(SECOND))[arn(0)]
    assert tombstone["configurationItemStatus"] == "ResourceDeleted"
    assert tombstone["pointer"] == first["pointer"]


def test_the_ledger_says_what_was_planned_what_became_of_it_and_when_it_was_last_whole(
    hub: Hub, wire: Wire
) -> None:
    hub.collect("ec2", run=run_state(FIRST))
    wire.refuses("DescribeInstances", "UnauthorizedOperation")
    hub.collect("ec2", run=run_state(SECOND))
    [planned] = hub.ledger.rows(FIRST, "collection")
    assert planned["regions"] == [REGION]
    row = hub.scopes(FIRST)[SCOPE]
    assert (row["apiCalls"], row["startedAt"] <= row["finishedAt"]) == (1, True)
    [coverage] = hub.ledger.coverage(MEMBER)
    assert coverage["lastCompleteRunId"] == FIRST
    assert coverage["lastCompleteAt"] == row["finishedAt"]
    assert (coverage["lastRunId"], coverage["lastReason"]) == (SECOND, "ACCESS_DENIED")


def test_a_field_of_a_large_item_that_may_no_longer_be_read_stays_as_it_was(
    hub: Hub, wire: Wire
) -> None:
    s3 = client("s3", MEMBER)
    s3.create_bucket(Bucket="mine")
    s3.put_bucket_tagging(Bucket="mine", Tagging={"TagSet": [{"Key": "a", "Value": "1"}]})
    rules = [{"ID": f"{number:0>255}", "Status": "Enabled"} for number in range(1000)]
    wire.answers("GetBucketLifecycleConfiguration", {"Rules": rules})
    [first] = hub.take("s3", run=run_state(FIRST)).values()
    wire.refuses("GetBucketTagging", "AccessDenied")
    [item] = hub.take("s3", run=run_state(SECOND)).values()
    assert (item["change"], item["unreadable"]) == ("UNCHANGED", {"tags": "AccessDenied"})
    assert item["pointer"] == first["pointer"]
    assert hub.stored_object(item["pointer"]["key"])["tags"] == {"a": "1"}

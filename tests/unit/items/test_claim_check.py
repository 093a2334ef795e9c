"""Items too large for a message travel through S3, whole."""

import hashlib
import json
from typing import Any, cast

import pytest

from cidb2.errors import InconsistentItemError, StorageRefusedError, StorageUnavailableError
from cidb2.items.claim_check import ClaimCheck
from cidb2.items.item import Item, message_attributes
from cidb2.publishing.messages import message_of
from cidb2.validation import check
from tests.support.builders import BUCKET, an_item, client_error
from tests.support.fakes import FakeS3

SNS_BYTES = 262_144


@pytest.fixture
def s3() -> FakeS3:
    return FakeS3()


@pytest.fixture
def claim_check(s3: FakeS3) -> ClaimCheck:
    return ClaimCheck(cast("Any", s3), BUCKET)


def sized(size: int) -> Item:
    """Return an item whose message, attributes included, has exactly `size` bytes."""
    item = an_item(configuration={"Padding": ""})
    empty = len(json.dumps(item, separators=(",", ":"))) + sum(
        len(name) + len("String") + len(value) for name, value in message_attributes(item).items()
    )
    return an_item(configuration={"Padding": "x" * (size - empty)})


def test_a_message_of_exactly_262_144_bytes_goes_as_it_is(
    claim_check: ClaimCheck, s3: FakeS3
) -> None:
    item = sized(SNS_BYTES)
    message = message_of(item, claim_check)
    assert message.size == SNS_BYTES
    assert json.loads(message.body) == item
    assert s3.objects == {}


def test_one_byte_more_and_its_large_fields_go_to_s3(claim_check: ClaimCheck, s3: FakeS3) -> None:
    item = sized(SNS_BYTES + 1)
    message = message_of(item, claim_check)
    sent = json.loads(message.body)
    check("item", sent, "message")
    assert message.size < 2_000
    [key] = s3.objects
    assert s3.types == {key: "application/json"}
    assert sent["pointer"] == {"bucket": BUCKET, "key": key}
    assert sent["contentHash"] == item["contentHash"]


def test_what_was_deposited_comes_back_as_the_whole_item(
    claim_check: ClaimCheck, s3: FakeS3
) -> None:
    item = sized(SNS_BYTES + 1_000)
    item["tags"] = None
    sent = json.loads(message_of(item, claim_check).body)
    assert sent["pointer"]["key"] in s3.objects
    assert claim_check.redeem(sent) == item


def test_an_item_without_a_pointer_is_whole_already(claim_check: ClaimCheck, s3: FakeS3) -> None:
    s3.refusal = client_error("AccessDenied")
    assert claim_check.redeem(an_item()) == an_item()


def test_a_deposit_lies_below_its_scope_under_a_hash_of_its_arn_and_content(
    claim_check: ClaimCheck, s3: FakeS3
) -> None:
    item = sized(SNS_BYTES + 1)
    message_of(item, claim_check)
    later = cast("Item", {**item, "runId": "later", "configurationItemCaptureTime": "later"})
    message_of(later, claim_check)
    [(key, body)] = s3.objects.items()
    digest = hashlib.sha256(item["arn"].encode() + b"\n" + body).hexdigest()
    assert key == f"oversize/{item['scope']}/{digest}.json"


def test_another_content_is_another_deposit(claim_check: ClaimCheck, s3: FakeS3) -> None:
    message_of(sized(SNS_BYTES + 1), claim_check)
    message_of(sized(SNS_BYTES + 2), claim_check)
    assert len(s3.objects) == 2


def test_a_message_says_of_what_it_is(claim_check: ClaimCheck) -> None:
    for item in (an_item(), sized(SNS_BYTES + 1)):
        item["unreadable"] = {"tags": "AccessDenied"}
        message = message_of(item, claim_check, "listing")
        assert message.arn == item["arn"]
        assert message.source == "listing"
        assert message.statement == item["contentHash"] + " tags:AccessDenied"
        assert message.attributes == message_attributes(item)


def claimed_by(claim_check: ClaimCheck, item: Item) -> Item:
    """Deposit an item and return what its message says."""
    return cast("Item", json.loads(message_of(item, claim_check).body))


def test_an_object_says_nothing_of_whose_the_item_is(claim_check: ClaimCheck, s3: FakeS3) -> None:
    """Whoever may write objects may write any; what the hash fits is taken over, no more of it."""
    item = claimed_by(claim_check, sized(SNS_BYTES + 1))
    [key] = s3.objects
    deposited = json.loads(s3.objects.pop(key))
    forged = {**deposited, "arn": "arn:aws:iam::1:role/x", "accountId": "000000000000"}
    body = json.dumps(forged).encode()
    digest = hashlib.sha256(item["arn"].encode() + b"\n" + body).hexdigest()
    item["pointer"]["key"] = f"oversize/{item['scope']}/{digest}.json"
    s3.objects[item["pointer"]["key"]] = body
    redeemed = claim_check.redeem(item)
    assert redeemed == {**deposited, **{k: v for k, v in item.items() if k != "pointer"}}
    assert (redeemed["arn"], redeemed["accountId"]) == (item["arn"], item["accountId"])


def test_what_another_deposited_is_not_this_items(claim_check: ClaimCheck, s3: FakeS3) -> None:
    item, other = sized(SNS_BYTES + 1), sized(SNS_BYTES + 2)
    other["arn"] = item["arn"].replace("key-1", "key-2")
    item, other = claimed_by(claim_check, item), claimed_by(claim_check, other)
    item["pointer"] = other["pointer"]
    with pytest.raises(InconsistentItemError, match="pointer"):
        claim_check.redeem(item)


def test_a_deposit_that_was_written_over_is_not_taken_over(
    claim_check: ClaimCheck, s3: FakeS3
) -> None:
    item = claimed_by(claim_check, sized(SNS_BYTES + 1))
    s3.objects[item["pointer"]["key"]] = b'{"tags": {}}'
    with pytest.raises(InconsistentItemError, match="pointer"):
        claim_check.redeem(item)


def test_nothing_is_fetched_from_elsewhere(claim_check: ClaimCheck, s3: FakeS3) -> None:
    item = claimed_by(claim_check, sized(SNS_BYTES + 1))
    s3.refusal = client_error("AccessDenied")
    for pointer in (
        {"bucket": "attackers-bucket", "key": item["pointer"]["key"]},
        {"bucket": BUCKET, "key": "runs/x/summary.json"},
    ):
        with pytest.raises(InconsistentItemError, match="pointer"):
            claim_check.redeem(cast("Item", {**item, "pointer": pointer}))


@pytest.mark.parametrize(
    ("code", "error"),
    [("SlowDown", StorageUnavailableError), ("AccessDenied", StorageRefusedError)],
)
def test_a_bucket_that_refuses_is_told_apart_from_one_that_may_come_back(
    claim_check: ClaimCheck, s3: FakeS3, code: str, error: type[Exception]
) -> None:
    claimed = json.loads(message_of(sized(SNS_BYTES + 1), claim_check).body)
    s3.refusal = client_error(code)
    with pytest.raises(error, match=BUCKET):
        message_of(sized(SNS_BYTES + 1), claim_check)
    with pytest.raises(error, match=BUCKET):
        claim_check.redeem(claimed)

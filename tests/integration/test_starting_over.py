"""A listing that AWS does not go on with is asked for again, and is complete all the same."""

from collections.abc import Callable
from typing import Any

import pytest

from cidb2.collecting.listing import RESTARTS
from tests.support.aws import MEMBER, REGION, client
from tests.support.hub import Hub, run_state
from tests.support.identities import identities
from tests.support.instances import FIRST, SCOPE, SECOND, TOKENS, reservations
from tests.support.wire import Answer, Call, Paging, Refusal, Wire

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("one_listing_each")]

LISTINGS = {
    "ec2": ("DescribeInstances", "InvalidParameterValue", TOKENS),
    "iam": (
        "GetAccountAuthorizationDetails",
        "ValidationError",
        Paging("Marker", "Marker", "IsTruncated"),
    ),
    "kms": ("ListKeys", "InvalidMarkerException", Paging("Marker", "NextMarker", "Truncated")),
    "s3": ("ListBuckets", "InvalidArgument", Paging("ContinuationToken", "ContinuationToken")),
}
"""What lists a service, what it answers to a token that is no good any more, and how it pages."""


def pages_of(service: str) -> list[dict[str, Any]]:
    """Return two pages with one resource each."""
    names = ("one", "two")
    match service:
        case "ec2":
            return [reservations(range(number, number + 1)) for number in range(2)]
        case "iam":
            place = f"arn:aws:iam::{MEMBER}:group"
            groups = [
                {"GroupName": name, "GroupId": name, "Arn": f"{place}/{name}"} for name in names
            ]
            return [identities(GroupDetailList=[group]) for group in groups]
        case "kms":
            keys = [client("kms", MEMBER).create_key()["KeyMetadata"] for _ in names]
            return [{"Keys": [{"KeyId": key["KeyId"], "KeyArn": key["Arn"]}]} for key in keys]
        case _:
            for name in names:
                client("s3", MEMBER).create_bucket(Bucket=name)
            return [{"Buckets": [{"Name": name, "BucketRegion": REGION}]} for name in names]


def first_token(answer: Answer, paging: Paging) -> Callable[[Call], Answer]:
    """Give an answer to the first token that comes, and leave all other calls to other rules."""
    answers = [answer]
    return lambda call: answers.pop() if paging.reads in call.parameters and answers else None


@pytest.mark.parametrize("service", LISTINGS)
def test_a_listing_whose_token_is_refused_starts_over(hub: Hub, wire: Wire, service: str) -> None:
    operation, code, paging = LISTINGS[service]
    wire.pages(operation, pages_of(service), paging)
    wire.answers(operation, first_token(Refusal(code, "It is not valid.", 400), paging))
    assert len(hub.take(service, run=run_state(FIRST))) == 2
    [row] = hub.scopes(FIRST).values()
    assert (row["outcome"], row["items"], row["published"]) == ("COMPLETE", 2, 2)
    tokens = [call.parameters.get(paging.reads) for call in wire.of(operation)]
    assert tokens == [None, paging.tokens[0]] * 2


def test_a_page_that_fails_after_all_attempts_of_botocore_is_asked_for_once_more(
    hub: Hub, wire: Wire
) -> None:
    wire.pages("DescribeInstances", [reservations(range(1)), reservations(range(1, 2))], TOKENS)
    failed = Refusal("InternalError", "Try again", 500)
    wire.answers("DescribeInstances", failed, times=5, NextToken=TOKENS.tokens[0])
    hub.take("ec2", run=run_state(FIRST))
    row = hub.scopes(FIRST)[SCOPE]
    assert (row["outcome"], row["items"]) == ("COMPLETE", 2)
    tokens = [call.parameters.get("NextToken") for call in wire.of("DescribeInstances")]
    assert tokens == [None, *[TOKENS.tokens[0]] * 6]


def test_tokens_that_are_refused_again_and_again_are_a_gap_and_delete_nothing(
    hub: Hub, wire: Wire
) -> None:
    wire.answers("DescribeInstances", reservations(range(2)))
    before = hub.take("ec2", run=run_state(FIRST))
    wire.answers("DescribeInstances", reservations(range(1)) | {"NextToken": "next"})
    wire.refuses("DescribeInstances", "InvalidParameterValue", NextToken="next")
    assert hub.take("ec2", run=run_state(SECOND)).keys() == before.keys()
    row = hub.scopes(SECOND)[SCOPE]
    assert (row["outcome"], row["reason"]) == ("PARTIAL", "REQUEST_REJECTED")
    assert (row["errorCode"], row["deleted"]) == ("InvalidParameterValue", 0)
    assert row["apiCalls"] == 2 * (1 + RESTARTS)

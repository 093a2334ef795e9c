"""A collector that is short of time goes on where it stopped, and loses and deletes nothing."""

from collections.abc import Callable, Iterator
from itertools import chain, repeat
from typing import Any

import pytest

from cidb2.times import iso, now
from tests.support.aws import MEMBER, REGION, client
from tests.support.hub import Hub, run_state
from tests.support.instances import FIRST, SCOPE, SECOND, TOKENS, arn, reservations, statuses
from tests.support.invocation import PLENTY_MS
from tests.support.wire import Call, Paging, Wire

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("one_listing_each")]

FRANKFURT = "eu-central-1"


def clock(*remaining_ms: int) -> Callable[[], int]:
    """Return a context's clock that shows these times, and the last of them ever after."""
    shown: Iterator[int] = chain(remaining_ms, repeat(remaining_ms[-1]))
    return lambda: next(shown)


def collect_step_by_step(hub: Hub, service: str, **options: Any) -> list[dict[str, Any]]:
    """Collect with no time for more than one step an invocation; return every answer."""
    answers: list[dict[str, Any]] = []
    continuation = None
    while not answers or answers[-1]["status"] == "CONTINUE":
        answers.append(
            hub.collect(service, continuation=continuation, remaining_ms=clock(1), **options)
        )
        continuation = answers[-1]["continuation"]
        assert len(answers) < 20
    return answers


def test_a_collector_short_of_time_goes_on_at_the_token_that_aws_gave(hub: Hub, wire: Wire) -> None:
    """EC2's tokens are base64 of JSON, which botocore takes for tokens of its own."""
    pages = [reservations(range(number, number + 1)) for number in range(4)]
    wire.pages("DescribeInstances", pages, TOKENS)
    answers = collect_step_by_step(hub, "ec2")
    hub.deliver()
    assert {*hub.items()} == {arn(number) for number in range(4)}
    tokens = [call.parameters.get("NextToken") for call in wire.of("DescribeInstances")]
    assert {*tokens} == {None, *TOKENS.tokens}
    assert [answer["status"] for answer in answers][-2:] == ["CONTINUE", "DONE"]
    assert answers[-1]["publishing"]["messages"] == 4
    row = hub.scopes()[SCOPE]
    assert (row["outcome"], row["items"], row["published"]) == ("COMPLETE", 4, 4)
    assert row["apiCalls"] == len(wire.of("DescribeInstances"))


def identities(number: int) -> dict[str, Any]:
    """Return a page of GetAccountAuthorizationDetails with one of each kind."""
    place, name = f"arn:aws:iam::{MEMBER}", str(number)
    return {
        "UserDetailList": [
            {"UserName": name, "UserId": f"AIDA{name}", "Arn": f"{place}:user/{name}"}
        ],
        "GroupDetailList": [
            {"GroupName": name, "GroupId": f"AGPA{name}", "Arn": f"{place}:group/{name}"}
        ],
        "RoleDetailList": [
            {"RoleName": name, "RoleId": f"AROA{name}", "Arn": f"{place}:role/{name}"}
        ],
        "Policies": [
            {"PolicyName": name, "PolicyId": f"ANPA{name}", "Arn": f"{place}:policy/{name}"}
        ],
    }


def test_iam_goes_on_with_all_that_the_next_page_holds(hub: Hub, wire: Wire) -> None:
    paging = Paging(reads="Marker", writes="Marker", flag="IsTruncated")
    wire.pages("GetAccountAuthorizationDetails", [identities(number) for number in (1, 2)], paging)
    wire.answers("ListPolicyTags", {"Tags": []})
    for number in (1, 2):
        client("iam", MEMBER).create_user(UserName=str(number))  # whose credentials are read
    collect_step_by_step(hub, "iam")
    kinds = ("user", "group", "role", "policy")
    assert {*hub.published()} == {
        f"arn:aws:iam::{MEMBER}:{kind}/{number}" for kind in kinds for number in (1, 2)
    }
    markers = [call.parameters.get("Marker") for call in wire.of("GetAccountAuthorizationDetails")]
    assert {*markers} == {None, paging.tokens[0]}


def test_kms_goes_on_at_the_token_that_aws_gave(hub: Hub, wire: Wire) -> None:
    paging = Paging(reads="Marker", writes="NextMarker", flag="Truncated")
    kms = client("kms", MEMBER)
    keys = [kms.create_key()["KeyMetadata"] for _ in range(2)]
    listed = [{"KeyId": key["KeyId"], "KeyArn": key["Arn"]} for key in keys]
    kms.create_alias(AliasName="alias/second", TargetKeyId=keys[1]["KeyId"])
    wire.pages("ListKeys", [{"Keys": [each]} for each in listed], paging)
    collect_step_by_step(hub, "kms")
    names = {each: item["resourceName"] for each, item in hub.published().items()}
    assert names == {keys[0]["Arn"]: None, keys[1]["Arn"]: "alias/second"}
    markers = [call.parameters.get("Marker") for call in wire.of("ListKeys")]
    assert {*markers} == {None, paging.tokens[0]}


def test_s3_goes_on_at_the_token_that_aws_gave(hub: Hub, wire: Wire) -> None:
    paging = Paging(reads="ContinuationToken", writes="ContinuationToken")
    names = ("one", "two")
    for name in names:
        client("s3", MEMBER).create_bucket(Bucket=name)
    pages = [{"Buckets": [{"Name": name, "BucketRegion": REGION}]} for name in names]
    wire.pages("ListBuckets", pages, paging)
    collect_step_by_step(hub, "s3")
    assert {item["resourceName"] for item in hub.published().values()} == {*names}
    tokens = [call.parameters.get("ContinuationToken") for call in wire.of("ListBuckets")]
    assert {*tokens} == {None, paging.tokens[0]}


def test_deletions_are_decided_at_the_end_from_the_whole_listing(hub: Hub, wire: Wire) -> None:
    wire.answers("DescribeInstances", reservations(range(4)))
    hub.take("ec2", run=run_state(FIRST))
    pages = [reservations(range(number, number + 1)) for number in range(3)]
    wire.pages("DescribeInstances", pages, TOKENS)
    answers = collect_step_by_step(hub, "ec2", run=run_state(SECOND))
    assert len(answers) > 1
    hub.deliver()
    assert {each: status for each, status in statuses(hub).items() if "Deleted" in status} == {
        arn(3): "ResourceDeleted"
    }


def test_regions_that_are_done_are_not_collected_again(hub: Hub, wire: Wire) -> None:
    wire.pages("DescribeInstances", [reservations(range(1))] * 3, TOKENS, region=FRANKFURT)
    run = run_state(regions=[REGION, FRANKFURT])
    first = hub.collect("ec2", run=run, remaining_ms=clock(*[PLENTY_MS] * 2, 1))
    answers = [first]
    while answers[-1]["status"] == "CONTINUE":
        answers.append(
            hub.collect(
                "ec2", run=run, continuation=answers[-1]["continuation"], remaining_ms=clock(1)
            )
        )
    assert answers[-1]["scopes"] == {"COMPLETE": 2}
    assert len(wire.of("DescribeInstances", region=REGION)) <= 2


def test_an_account_that_shuts_between_two_invocations_is_a_gap_and_deletes_nothing(
    hub: Hub, wire: Wire
) -> None:
    wire.answers("DescribeInstances", reservations(range(3)))
    before = hub.take("ec2", run=run_state(FIRST))
    wire.pages("DescribeInstances", [reservations(range(1)), reservations(range(1, 2))], TOKENS)
    answer = hub.collect("ec2", run=run_state(SECOND), remaining_ms=clock(1))
    assert answer["status"] == "CONTINUE"
    wire.refuses("DescribeInstances", "UnauthorizedOperation")
    answer = hub.collect("ec2", run=run_state(SECOND), continuation=answer["continuation"])
    hub.deliver()
    row = hub.scopes(SECOND)[SCOPE]
    assert (row["outcome"], row["reason"]) == ("PARTIAL", "ACCESS_DENIED")
    assert hub.items().keys() == before.keys()
    assert "ResourceDeleted" not in statuses(hub).values()


def endless(call: Call) -> dict[str, Any]:
    """Answer with a page of functions that is never the last."""
    number = int(call.parameters.get("Marker") or 0)
    name = f"f{number:06}"
    arn = f"arn:aws:lambda:{REGION}:{MEMBER}:function:{name}"
    listed = {"FunctionName": name, "FunctionArn": arn, "Runtime": "python3.13"}
    return {"NextMarker": str(number + 1), "Functions": [listed]}


def test_a_listing_without_an_end_is_gone_on_with_until_the_runs_deadline(
    hub: Hub, wire: Wire
) -> None:
    wire.answers("ListFunctions", endless)
    wire.answers("ListFunctionUrlConfigs", {"FunctionUrlConfigs": []})
    wire.answers("GetFunctionConcurrency", {})
    wire.refuses("GetFunctionConfiguration", "AccessDeniedException")
    wire.answers("ListTags", {"Tags": {}})
    wire.refuses("GetPolicy", "ResourceNotFoundException")
    continuation, wanted = None, ["AWS::Lambda::Function"]
    run = run_state(types=wanted)
    for _ in range(3):
        answer = hub.collect("lambda", run=run, continuation=continuation, remaining_ms=clock(1))
        assert answer["status"] == "CONTINUE"
        continuation = answer["continuation"]
    run = run_state(deadline=iso(now()), types=wanted)
    listings = len(wire.of("ListFunctions"))
    answer = hub.collect("lambda", run=run, continuation=continuation, remaining_ms=clock(1))
    assert (answer["status"], answer["scopes"]) == ("DONE", {"PARTIAL": 1})
    assert len(wire.of("ListFunctions")) == listings
    row = hub.scopes()[f"{MEMBER}/lambda/{REGION}"]
    assert (row["outcome"], row["reason"], row["items"]) == ("PARTIAL", "TIMEOUT", 3)
    assert row["errorCode"] == "RunDeadlineError"

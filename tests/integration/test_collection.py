"""What the four collectors have in common: scopes, outcomes, comparing, deleting, going on."""

from collections.abc import Callable, Iterator
from itertools import chain, repeat
from typing import Any

import pytest

from cidb2.errors import ConfigurationError, InvalidInputError, StorageRefusedError
from tests.support.aws import MEMBER, REGION, client
from tests.support.hub import RUN_ID, Hub, run_state
from tests.support.invocation import PLENTY_MS
from tests.support.wire import Call, Paging, Refusal, Wire

pytestmark = pytest.mark.integration

FIRST, SECOND, THIRD = (f"2026112{day}T034830Z-1a2b3c4d" for day in (4, 5, 6))
FRANKFURT, IRELAND = "eu-central-1", "eu-west-1"
TOKENS = Paging(reads="NextToken", writes="NextToken")
LISTINGS = {
    "iam": ("GetAccountAuthorizationDetails", "global"),
    "kms": ("ListKeys", REGION),
    "ec2": ("DescribeInstances", REGION),
    "s3": ("ListBuckets", "global"),
}
"""The operation that lists a service, and the region of its scope."""

SCP = (
    "User: arn:aws:sts::234567890123:assumed-role/CIDB2-Collector-Role/cidb2 is not authorized to "
    "perform the operation with an explicit deny in a service control policy"
)


def arn(number: int) -> str:
    return f"arn:aws:ec2:{REGION}:{MEMBER}:instance/i-{number}"


def reservations(numbers: range, **fields: Any) -> dict[str, Any]:
    """Return an answer of DescribeInstances with an instance for each number."""
    instances = [{"InstanceId": f"i-{number}", **fields} for number in numbers]
    return {"Reservations": [{"OwnerId": MEMBER, "Instances": instances}] if instances else []}


def statuses(hub: Hub) -> dict[str, str]:
    return {each: item["configurationItemStatus"] for each, item in hub.items().items()}


# --- regions and scopes ---------------------------------------------------------------------------


def test_a_regional_service_has_a_scope_in_every_enabled_region(hub: Hub, wire: Wire) -> None:
    regions = [
        {"RegionName": FRANKFURT, "OptInStatus": "opt-in-not-required"},
        {"RegionName": IRELAND, "OptInStatus": "opted-in"},
        {"RegionName": "af-south-1", "OptInStatus": "not-opted-in"},
    ]
    wire.answers("DescribeRegions", {"Regions": regions})
    assert hub.collect("ec2", run=run_state(regions=None))["scopes"] == {"COMPLETE": 2}
    assert {*hub.scopes()} == {f"{MEMBER}/ec2/{region}" for region in (FRANKFURT, IRELAND)}
    assert {call.region for call in wire.of("DescribeInstances")} == {FRANKFURT, IRELAND}


@pytest.mark.parametrize("service", ["iam", "s3"])
def test_a_global_service_has_one_scope_and_needs_no_regions(
    hub: Hub, wire: Wire, service: str
) -> None:
    hub.collect(service, run=run_state(regions=None))
    assert {*hub.scopes()} == {f"{MEMBER}/{service}/global"}
    assert not wire.of("DescribeRegions")


def test_a_region_that_is_asked_for_and_not_enabled_is_a_gap_with_its_reason(hub: Hub) -> None:
    run = run_state(regions=[REGION, "ap-east-1"])
    assert hub.collect("ec2", run=run)["scopes"] == {"COMPLETE": 1, "FAILED": 1}
    assert hub.scopes()[f"{MEMBER}/ec2/ap-east-1"]["reason"] == "REGION_DISABLED"


def test_what_is_known_of_a_region_that_is_closed_stays_and_is_named(hub: Hub, wire: Wire) -> None:
    client("ec2", MEMBER, IRELAND).run_instances(ImageId="ami-1", MinCount=1, MaxCount=1)
    hub.take("ec2", run=run_state(FIRST, regions=[IRELAND]))
    enabled = {"RegionName": REGION, "OptInStatus": "opt-in-not-required"}
    closed = {"RegionName": IRELAND, "OptInStatus": "not-opted-in"}
    wire.answers("DescribeRegions", {"Regions": [enabled, closed]})
    hub.take("ec2", run=run_state(SECOND, regions=None))
    assert hub.scopes(SECOND)[f"{MEMBER}/ec2/{IRELAND}"]["reason"] == "REGION_DISABLED"
    assert "ResourceDeleted" not in statuses(hub).values()


@pytest.mark.parametrize(
    ("service", "code"), [("ec2", "UnauthorizedOperation"), ("kms", "AccessDeniedException")]
)
def test_a_region_that_an_scp_shuts_is_told_apart_and_costs_no_other(
    hub: Hub, wire: Wire, service: str, code: str
) -> None:
    operation, _ = LISTINGS[service]
    wire.answers(operation, Refusal(code, SCP), region=FRANKFURT)
    wire.answers(operation, Refusal(code, "is not authorized to perform"), region=IRELAND)
    answer = hub.collect(service, run=run_state(regions=[REGION, FRANKFURT, IRELAND]))
    assert answer["scopes"] == {"COMPLETE": 1, "FAILED": 2}
    rows = {row["awsRegion"]: row for row in hub.scopes().values()}
    assert (rows[FRANKFURT]["reason"], rows[FRANKFURT]["errorCode"]) == ("SCP_DENIED", code)
    assert (rows[IRELAND]["reason"], rows[IRELAND]["errorCode"]) == ("ACCESS_DENIED", code)
    assert "reason" not in rows[REGION]


@pytest.mark.parametrize("service", ["ec2", "kms"])
def test_regions_that_may_not_be_listed_are_one_gap_for_all_of_them(
    hub: Hub, wire: Wire, service: str
) -> None:
    wire.refuses("DescribeRegions", "UnauthorizedOperation")
    answer = hub.collect(service, run=run_state(regions=None))
    assert (answer["status"], answer["scopes"]) == ("DONE", {"FAILED": 1})
    assert hub.scopes()[f"{MEMBER}/{service}/*"]["reason"] == "ACCESS_DENIED"


@pytest.mark.parametrize("service", LISTINGS)
def test_an_account_whose_role_cannot_be_assumed_is_a_gap_in_every_service(
    hub: Hub, wire: Wire, service: str
) -> None:
    wire.refuses("AssumeRole", "AccessDenied", "is not authorized to perform: sts:AssumeRole")
    answer = hub.collect(service, run=run_state(regions=None))
    assert answer["scopes"] == {"FAILED": 1}
    [row] = hub.scopes().values()
    assert (row["reason"], row["errorCode"]) == ("ROLE_DENIED", "AccessDenied")
    assert row["awsRegion"] == ("*" if service in ("ec2", "kms") else "global")
    assert wire.operations(service) == set()


@pytest.mark.parametrize("service", LISTINGS)
def test_a_listing_that_is_denied_deletes_nothing(hub: Hub, wire: Wire, service: str) -> None:
    operation, region = LISTINGS[service]
    client("ec2", MEMBER).run_instances(ImageId="ami-1", MinCount=1, MaxCount=1)
    client("iam", MEMBER).create_group(GroupName="operators")
    client("kms", MEMBER).create_key()
    client("s3", MEMBER).create_bucket(Bucket="mine")
    before = hub.take(service, run=run_state(FIRST))
    assert before
    wire.refuses(operation, "AccessDenied")
    assert hub.take(service, run=run_state(SECOND)) == before
    row = hub.scopes(SECOND)[f"{MEMBER}/{service}/{region}"]
    assert (row["outcome"], row["reason"], row["deleted"]) == ("FAILED", "ACCESS_DENIED", 0)


def test_a_page_that_fails_leaves_what_came_before_it_and_deletes_nothing(
    hub: Hub, wire: Wire
) -> None:
    wire.answers("DescribeInstances", reservations(range(1, 4)))
    hub.take("ec2", run=run_state(FIRST))
    wire.answers("DescribeInstances", reservations(range(1, 2)) | {"NextToken": "next"})
    wire.refuses("DescribeInstances", "UnauthorizedOperation", NextToken="next")
    items = hub.take("ec2", run=run_state(SECOND))
    assert [items[arn(number)]["runId"] for number in (1, 2, 3)] == [SECOND, FIRST, FIRST]
    row = hub.scopes(SECOND)[f"{MEMBER}/ec2/{REGION}"]
    assert (row["outcome"], row["reason"], row["items"]) == ("PARTIAL", "ACCESS_DENIED", 1)


# --- comparing ------------------------------------------------------------------------------------


def test_a_second_run_tells_created_changed_unchanged_and_deleted(hub: Hub, wire: Wire) -> None:
    wire.answers("DescribeInstances", reservations(range(1, 4)))
    hub.take("ec2", run=run_state(FIRST))
    changed = reservations(range(2, 3), InstanceType="m7g.large")["Reservations"]
    rest = [*reservations(range(3, 4))["Reservations"], *reservations(range(4, 5))["Reservations"]]
    wire.answers("DescribeInstances", {"Reservations": [*changed, *rest]})
    items = hub.take("ec2", run=run_state(SECOND))
    assert {each: item["change"] for each, item in items.items()} == {
        arn(1): "DELETED",
        arn(2): "CHANGED",
        arn(3): "UNCHANGED",
        arn(4): "CREATED",
    }
    row = hub.scopes(SECOND)[f"{MEMBER}/ec2/{REGION}"]
    figures = {name: row[name] for name in ("created", "changed", "unchanged", "deleted", "items")}
    assert figures == {"created": 1, "changed": 1, "unchanged": 1, "deleted": 1, "items": 3}
    assert row["published"] == 4
    versions = [each["pk"] for each in hub.inventory() if each["sk"].startswith("version#")]
    assert sorted(versions) == [arn(1), arn(1), arn(2), arn(2), arn(3), arn(4)]


def test_lists_that_aws_hands_out_in_another_order_are_no_change(hub: Hub, wire: Wire) -> None:
    groups = [{"GroupId": "sg-1", "GroupName": "a"}, {"GroupId": "sg-2", "GroupName": "b"}]
    tags = [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]
    for run, step in ((FIRST, 1), (SECOND, -1)):
        wire.answers(
            "DescribeInstances",
            reservations(range(1), SecurityGroups=groups[::step], Tags=tags[::step]),
        )
        hub.take("ec2", run=run_state(run))
    assert hub.items()[arn(0)]["change"] == "UNCHANGED"


def test_a_run_that_publishes_changes_leaves_out_what_did_not_change(hub: Hub, wire: Wire) -> None:
    wire.answers("DescribeInstances", reservations(range(1, 3)))
    hub.take("ec2", run=run_state(FIRST))
    wire.answers("DescribeInstances", reservations(range(2, 4)))
    hub.collect("ec2", run=run_state(SECOND, publish="changes"))
    changes = {each: item["change"] for each, item in hub.published().items()}
    assert changes == {arn(1): "DELETED", arn(3): "CREATED"}
    row = hub.scopes(SECOND)[f"{MEMBER}/ec2/{REGION}"]
    assert (row["items"], row["unchanged"], row["published"]) == (2, 1, 2)


def test_a_run_that_publishes_changes_tells_that_a_field_became_unreadable(
    hub: Hub, wire: Wire
) -> None:
    client("kms", MEMBER).create_key()
    hub.take("kms", run=run_state(FIRST, publish="changes"))
    wire.refuses("GetKeyPolicy", "AccessDeniedException")
    hub.collect("kms", run=run_state(SECOND, publish="changes"))
    [item] = hub.published().values()
    assert (item["change"], {*item["unreadable"]}) == (
        "UNCHANGED",
        {"supplementaryConfiguration.Policy"},
    )


def test_a_resource_that_returns_is_created_again_and_keeps_its_history(
    hub: Hub, wire: Wire
) -> None:
    for run, numbers in ((FIRST, range(1)), (SECOND, range(0)), (THIRD, range(1))):
        wire.answers("DescribeInstances", reservations(numbers))
        hub.take("ec2", run=run_state(run))
    assert hub.items()[arn(0)]["change"] == "CREATED"
    versions = sorted(
        (row["sk"], row["change"]) for row in hub.inventory() if row["sk"].startswith("version#")
    )
    assert [change for _, change in versions] == ["CREATED", "DELETED", "CREATED"]


# --- deleting many --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("known", "left", "deleted"), [(30, 9, 0), (30, 10, 20), (50, 25, 25), (50, 24, 0), (20, 0, 20)]
)
def test_more_than_half_and_more_than_twenty_deletions_are_held_back(
    hub: Hub, wire: Wire, known: int, left: int, deleted: int
) -> None:
    wire.answers("DescribeInstances", reservations(range(known)))
    hub.take("ec2", run=run_state(FIRST))
    wire.answers("DescribeInstances", reservations(range(left)))
    hub.take("ec2", run=run_state(SECOND))
    assert [*statuses(hub).values()].count("ResourceDeleted") == deleted
    row = hub.scopes(SECOND)[f"{MEMBER}/ec2/{REGION}"]
    assert row["deleted"] == deleted
    expected = ("COMPLETE", None) if deleted else ("PARTIAL", "SUSPECT_MASS_DELETION")
    assert (row["outcome"], row.get("reason")) == expected


def test_an_operator_may_allow_many_deletions(hub: Hub, wire: Wire) -> None:
    wire.answers("DescribeInstances", reservations(range(30)))
    hub.take("ec2", run=run_state(FIRST))
    wire.answers("DescribeInstances", reservations(range(0)))
    hub.take("ec2", run=run_state(SECOND, allow_mass_deletion=True))
    assert {*statuses(hub).values()} == {"ResourceDeleted"}
    assert hub.scopes(SECOND)[f"{MEMBER}/ec2/{REGION}"]["outcome"] == "COMPLETE"


# --- going on -------------------------------------------------------------------------------------


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
    row = hub.scopes()[f"{MEMBER}/ec2/{REGION}"]
    assert (row["outcome"], row["items"], row["published"]) == ("COMPLETE", 4, 4)
    assert row["apiCalls"] == len(wire.of("DescribeInstances"))


def identities(number: int) -> dict[str, Any]:
    """Return a page of GetAccountAuthorizationDetails with one of each kind."""
    place = f"arn:aws:iam::{MEMBER}"
    return {
        "UserDetailList": [
            {"UserName": "u", "UserId": f"AIDA{number}", "Arn": f"{place}:user/{number}"}
        ],
        "GroupDetailList": [
            {"GroupName": "g", "GroupId": f"AGPA{number}", "Arn": f"{place}:group/{number}"}
        ],
        "RoleDetailList": [
            {"RoleName": "r", "RoleId": f"AROA{number}", "Arn": f"{place}:role/{number}"}
        ],
        "Policies": [
            {"PolicyName": "p", "PolicyId": f"ANPA{number}", "Arn": f"{place}:policy/{number}"}
        ],
    }


def test_iam_goes_on_with_all_that_the_next_page_holds(hub: Hub, wire: Wire) -> None:
    paging = Paging(reads="Marker", writes="Marker", flag="IsTruncated")
    wire.pages("GetAccountAuthorizationDetails", [identities(number) for number in (1, 2)], paging)
    wire.answers("ListPolicyTags", {"Tags": []})
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
    row = hub.scopes(SECOND)[f"{MEMBER}/ec2/{REGION}"]
    assert (row["outcome"], row["reason"]) == ("PARTIAL", "ACCESS_DENIED")
    assert hub.items().keys() == before.keys()
    assert "ResourceDeleted" not in statuses(hub).values()


# --- publishing and the ledger --------------------------------------------------------------------


def test_an_invocation_that_is_tried_again_publishes_nothing_twice(hub: Hub, wire: Wire) -> None:
    wire.answers("DescribeInstances", reservations(range(5)))
    hub.collect("ec2")
    assert len(hub.messages()) == 5
    hub.collect("ec2")
    assert hub.messages() == []
    row = hub.scopes()[f"{MEMBER}/ec2/{REGION}"]
    assert (row["items"], row["published"]) == (5, 5)


def test_a_message_that_was_lost_is_published_again_by_the_next_run(hub: Hub, wire: Wire) -> None:
    wire.answers("DescribeInstances", reservations(range(2)))
    hub.collect("ec2", run=run_state(FIRST))
    assert len(hub.messages()) == 2  # and nobody stores them
    items = hub.take("ec2", run=run_state(SECOND))
    assert {item["change"] for item in items.values()} == {"CREATED"}
    assert hub.scopes(SECOND)[f"{MEMBER}/ec2/{REGION}"]["healed"] == 2


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
    row = hub.scopes()[f"{MEMBER}/ec2/{REGION}"]
    assert (row["outcome"], row["reason"]) == ("PARTIAL", "PUBLISH_FAILED")
    assert (row["published"], row["failed"]) == (2, 1)


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
    assert (planned["regions"], planned["publishing"]["messages"]) == ([REGION], 0)
    row = hub.scopes(FIRST)[f"{MEMBER}/ec2/{REGION}"]
    assert (row["apiCalls"], row["startedAt"] <= row["finishedAt"]) == (1, True)
    [coverage] = hub.ledger.coverage(MEMBER)
    assert coverage["lastCompleteRunId"] == FIRST
    assert coverage["lastCompleteAt"] == row["finishedAt"]
    assert (coverage["lastRunId"], coverage["lastReason"]) == (SECOND, "ACCESS_DENIED")


# --- what is not a collection at all --------------------------------------------------------------


@pytest.mark.parametrize(
    ("event", "field"),
    [
        ({}, "event"),
        ({"run": run_state(), "account": {"accountId": "1"}}, "account.accountId"),
        ({"run": run_state() | {"runId": "x"}, "account": {"accountId": MEMBER}}, "run.runId"),
        (
            {"run": run_state(), "account": {"accountId": MEMBER}, "continuation": {"key": 1}},
            "continuation",
        ),
    ],
)
def test_an_event_of_another_form_is_refused_before_anything_is_read(
    hub: Hub, wire: Wire, event: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInputError) as refused:
        hub.invoke("ec2_collector", event)
    assert refused.value.field.startswith(field)
    assert wire.calls == []


def test_a_function_without_its_environment_says_which_variable_it_misses(hub: Hub) -> None:
    from tests.support.invocation import invoke  # outside of the hub, which sets the environment

    with pytest.raises(ConfigurationError, match="AWS_REGION: not set"):
        invoke("ec2_collector", {"run": run_state(), "account": {"accountId": MEMBER}})


def test_a_ledger_that_refuses_fails_the_invocation_with_its_own_error(
    hub: Hub, wire: Wire
) -> None:
    wire.refuses("UpdateItem", "AccessDeniedException")
    with pytest.raises(StorageRefusedError, match="RunsTable"):
        hub.collect("ec2")


def test_an_inventory_that_cannot_be_read_is_a_gap_and_publishes_nothing(
    hub: Hub, wire: Wire
) -> None:
    wire.answers("DescribeInstances", reservations(range(1)))
    wire.refuses("Query", "AccessDeniedException", IndexName="by-scope")
    assert hub.collect("ec2")["scopes"] == {"FAILED": 1}
    [row] = hub.scopes().values()
    assert (row["reason"], row["errorCode"]) == ("STORAGE_UNAVAILABLE", "AccessDeniedException")
    assert hub.messages() == []


def test_a_checkpoint_that_is_gone_fails_the_invocation_with_its_own_error(hub: Hub) -> None:
    with pytest.raises(StorageRefusedError, match="NoSuchKey"):
        hub.collect("ec2", continuation={"key": f"checkpoints/{RUN_ID}/ec2/1.json.gz", "number": 1})

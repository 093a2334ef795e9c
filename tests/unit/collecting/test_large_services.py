"""Services of which an account may have very many resources: the calls that they cost, and the end.

Listings page as AWS does; the account is collected in as many invocations as it takes.
"""

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from cidb2.collecting.service import Service
from tests.support.builders import ACCOUNT, REGION, client_error
from tests.support.collecting import Collecting
from tests.support.fakes import FakeAccount, FakeAws, FakeSessions
from tools.services import declared

LOOKS_AN_INVOCATION = 60
LOGS = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:"
ECS = f"arn:aws:ecs:{REGION}:{ACCOUNT}:task-definition/"
ZONE = "Z0123456789"

Answer = Callable[..., dict[str, Any]]


def account_of(service: str, listing: str, **answers: Any) -> Collecting:
    """Return a collection of one listing of an account whose service has these answers."""
    collecting = Collecting(service=service)
    listings = [each for each in declared(service).listings if each.name == listing]
    collecting.service = Service(service, (*listings,))
    regions = FakeAws(describe_regions={"Regions": [{"RegionName": REGION}]})
    collecting.account = FakeAccount(**{"ec2": regions, service: FakeAws(**answers)})
    collecting.sessions = FakeSessions(collecting.account)
    return collecting


def paged(member: str, number: int, page: int, entry: Callable[[int], Any], token: str) -> Answer:
    """Return a listing of so many entries, in pages of AWS's size."""

    def listed(**asked: Any) -> dict[str, Any]:
        first = int(asked.get(token) or 0)
        last = min(first + page, number)
        more = {token: str(last)} if last < number else {}
        return {member: [entry(each) for each in range(first, last)], **more}

    return listed


def some_time() -> Iterator[int]:
    """Yield the time left at each look: enough for many pages, then too little, and so on."""
    while True:
        yield from [900_000] * LOOKS_AN_INVOCATION
        yield 1


def collect(collecting: Collecting) -> int:
    """Collect to the end; return the number of invocations."""
    clock = some_time()
    return len(collecting.collect_to_the_end(lambda: next(clock)))


@pytest.mark.parametrize("number", [4_000, pytest.param(34_000, marks=pytest.mark.slow)])
def test_log_groups_cost_a_call_for_each_page_and_one_for_the_tags_of_each(number: int) -> None:
    def group(name: int) -> dict[str, Any]:
        arn = f"{LOGS}g{name:05}"
        return {"logGroupName": f"g{name:05}", "logGroupArn": arn, "arn": f"{arn}:*"}

    collecting = account_of(
        "logs",
        "DescribeLogGroups",
        describe_log_groups=paged("logGroups", number, 50, group, "nextToken"),
        describe_metric_filters={"metricFilters": []},
        list_tags_for_resource={"tags": {}},
    )
    invocations = collect(collecting)
    row = collecting.scopes[REGION]
    assert invocations > 1
    assert (row["outcome"], row["items"]) == ("COMPLETE", number)
    calls = collecting.account.clients["logs"].calls
    assert calls["describe_log_groups"] == number // 50
    assert calls["list_tags_for_resource"] == number


def test_ten_thousand_record_sets_are_read_by_pages() -> None:
    number = 10_000

    def record(name: int) -> dict[str, Any]:
        value = {"Value": f"10.0.{name // 256}.{name % 256}"}
        return {"Name": f"h{name:05}.example.com.", "Type": "A", "ResourceRecords": [value]}

    pages = paged("ResourceRecordSets", number, 300, record, "StartRecordName")

    def records(**asked: Any) -> dict[str, Any]:
        found = pages(**asked)
        following = found.pop("StartRecordName", None)
        more = {"NextRecordName": following, "NextRecordType": "A"} if following else {}
        return {**found, **more, "IsTruncated": bool(following)}

    collecting = account_of(
        "route53",
        "ListResourceRecordSets",
        list_hosted_zones={
            "HostedZones": [{"Id": f"/hostedzone/{ZONE}", "Name": "example.com."}],
            "IsTruncated": False,
        },
        list_resource_record_sets=records,
    )
    invocations = collect(collecting)
    row, least = collecting.scopes["global"], -(-number // 300)
    calls = collecting.account.clients["route53"].calls["list_resource_record_sets"]
    assert least <= calls < least + invocations  # an invocation may list its last page again
    assert (row["outcome"], row["items"]) == ("COMPLETE", number)


@pytest.mark.parametrize("is_for_good", [False, True])
def test_snapshots_under_throttling_are_all_there_or_told_as_not_there(
    *, is_for_good: bool
) -> None:
    number = 1_000

    def snapshot(name: int) -> dict[str, Any]:
        arn = f"arn:aws:rds:{REGION}:{ACCOUNT}:snapshot:s{name:04}"
        return {"DBSnapshotIdentifier": f"s{name:04}", "DBSnapshotArn": arn, "Engine": "mysql"}

    pages = paged("DBSnapshots", number, 100, snapshot, "Marker")
    turns = itertools.count()

    def throttled(**asked: Any) -> dict[str, Any]:
        turn = next(turns)
        if turn == 4 or (is_for_good and turn > 4):
            raise client_error("Throttling")
        return pages(**asked)

    collecting = account_of("rds", "DescribeDBSnapshots", describe_db_snapshots=throttled)
    collect(collecting)
    row = collecting.scopes[REGION]
    if is_for_good:
        assert (row["outcome"], row["reason"]) == ("PARTIAL", "THROTTLED")
        assert row["items"] < number
    else:
        assert (row["outcome"], row["items"]) == ("COMPLETE", number)


@pytest.mark.parametrize("number", [2_000, pytest.param(50_000, marks=pytest.mark.slow)])
def test_known_task_definitions_are_listed_and_never_described_again(number: int) -> None:
    def described(**asked: Any) -> dict[str, Any]:
        arn = asked["taskDefinition"]
        return {"taskDefinition": {"taskDefinitionArn": arn, "revision": 1}, "tags": []}

    listed = paged(
        "taskDefinitionArns", number, 100, lambda name: f"{ECS}t{name:06}:1", "nextToken"
    )
    collecting = account_of(
        "ecs",
        "ListTaskDefinitions",
        list_task_definitions=listed,
        describe_task_definition=described,
    )
    collect(collecting)
    calls = collecting.account.clients["ecs"].calls
    assert calls["describe_task_definition"] == number
    collecting.store()
    collecting.begin_run("20261125T034830Z-1a2b3c4d")
    calls.clear()
    collect(collecting)
    assert collecting.scopes[REGION]["items"] == number
    assert {*collecting.changes.values()} == {"UNCHANGED"}
    assert calls["describe_task_definition"] == 0
    assert calls["list_task_definitions"] == -(-number // 100)

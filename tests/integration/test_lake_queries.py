"""Every saved query, in DuckDB, against what plain Python finds in what was planted."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from cidb2.items.findings import allows_all, has_imdsv1, is_open, is_public, lacks_rotation
from cidb2.items.resource import Resource
from cidb2.reasons import Reason
from cidb2.scope import ALL_REGIONS, Scope
from lake.answer import QueryError
from lake.duck import LocalLake, open_lake
from lake.saved import saved_queries, with_resources
from tests.support.builders import ACCOUNT
from tests.support.planted_lake import NOON, PlantedLake, line_of, of_type, run_id
from tests.support.standing_lake import (
    BUCKETS,
    EC2,
    EVERYTHING,
    FUNCTIONS,
    HOSTILE,
    IAM,
    IDENTITIES,
    INSTANCES,
    KEYS,
    KMS,
    S3,
    STANDING,
    TODAY,
    a_key,
)

OTHER = "345678901234"


@pytest.fixture
def planted(tmp_path: Path) -> PlantedLake:
    return PlantedLake(tmp_path)


@pytest.fixture
def standing(planted: PlantedLake) -> Iterator[LocalLake]:
    planted.plant(1, STANDING)
    planted.plant(0, STANDING)
    with open_lake(planted.folder) as lake:
        yield lake


def ask(lake: LocalLake, name: str, *day: str) -> list[dict[str, Any]]:
    query = saved_queries()[name]
    answer = lake.ask(query.sql, day * query.parameters)
    return [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]


def arns(rows: Sequence[dict[str, Any]]) -> list[str]:
    return sorted(row["arn"] for row in rows)


def judged(verdict: Any, among: Sequence[Resource]) -> list[str]:
    found = sorted(resource.arn for resource in among if verdict(resource))
    assert 0 < len(found) < len(among)
    return found


def test_what_do_we_have(standing: LocalLake) -> None:
    rows = ask(standing, "what-do-we-have")
    counted = Counter((one.resource_type, ACCOUNT, one.region) for one in EVERYTHING)
    found = {
        (row["resourcetype"], row["accountid"], row["awsregion"]): row["resources"] for row in rows
    }
    assert found == counted
    assert {row["listed_on"] for row in rows} == {TODAY}


FIELDS_OF_JSON = ("configuration", "supplementary")
JUDGED = [
    ("keys-without-rotation", lacks_rotation, KEYS),
    ("public-buckets", is_public, BUCKETS),
    ("policies-allowing-everything", allows_all, IDENTITIES),
    ("instances-with-imdsv1", has_imdsv1, INSTANCES),
    ("public-functions", is_open, FUNCTIONS),
]


@pytest.mark.parametrize(("name", "verdict", "among"), JUDGED)
def test_a_query_finds_what_the_collectors_find(
    standing: LocalLake, name: str, verdict: Any, among: Sequence[Resource]
) -> None:
    assert arns(ask(standing, name)) == judged(verdict, among)


def test_untagged_resources(standing: LocalLake) -> None:
    def is_untagged(resource: Resource) -> bool:
        is_of_aws = (resource.configuration or {}).get("KeyManager") == "AWS"
        return resource.tags == {} and resource.resource_type != "AWS::IAM::Group" and not is_of_aws

    assert arns(ask(standing, "untagged-resources")) == judged(is_untagged, EVERYTHING)


def test_what_could_not_be_read(standing: LocalLake) -> None:
    rows = ask(standing, "what-could-not-be-read")
    assert arns(rows) == judged(lambda resource: resource.unreadable, EVERYTHING)
    [denied] = [row for row in rows if row["resourcename"] == "denied"]
    assert json.loads(denied["unreadable"]) == {"tags": "AccessDenied"}


def test_what_changed_since_yesterday(planted: PlantedLake) -> None:
    new, same, gone, old = (a_key(name, True) for name in ("new", "same", "gone", "changed"))
    changed = a_key("changed", False)
    planted.plant(2, {KMS: [gone]})
    planted.plant(1, {KMS: [same, old, gone], EC2: INSTANCES[:1], IAM: IDENTITIES})
    planted.plant(0, {KMS: [gone]})
    planted.plant(0, {KMS: [new, same, changed], EC2: [], S3: BUCKETS[:1]}, number=1)
    planted.plant(0, {IAM: Reason.THROTTLED}, number=2)
    with open_lake(planted.folder) as lake:
        rows = ask(lake, "what-changed-since-yesterday")
    assert {row["arn"]: row["change"] for row in rows} == {
        new.arn: "CREATED",
        changed.arn: "CHANGED",
        gone.arn: "DELETED",
        INSTANCES[0].arn: "DELETED",
        BUCKETS[0].arn: "FIRST LISTED",
    }


def test_a_run_that_began_before_hides_none_that_began_after_it(planted: PlantedLake) -> None:
    late, early = a_key("late", True), a_key("early", True)
    planted.plant(0, {KMS: [late]}, number=2)
    planted.plant(0, {KMS: [early]}, number=1)
    with open_lake(planted.folder) as lake:
        assert arns(ask(lake, "as-of-a-day", TODAY)) == [late.arn]


def test_what_is_not_listed_wholly_stays_as_it_was_listed_last(planted: PlantedLake) -> None:
    planted.plant(3, {KMS: KEYS, S3: BUCKETS, EC2: INSTANCES})
    planted.plant(0, {KMS: Reason.SCP_DENIED, S3: BUCKETS[:1], EC2: []}, narrowed=[S3])
    with open_lake(planted.folder) as lake:
        rows = ask(lake, "what-do-we-have")
    assert {row["resourcetype"]: row["resources"] for row in rows} == {
        "AWS::KMS::Key": len(KEYS),
        "AWS::S3::Bucket": len(BUCKETS),
    }


HALF = b"\\ud800"
"""Half of a surrogate pair, as JSON writes it: no text of a query's engine can hold it."""


def spoiled_text(scope: Scope, field: str) -> tuple[Resource, bytes]:
    """Return a resource, and its line with a text of a field that is no JSON any more."""
    odd = of_type("AWS::KMS::Key", f"odd-{field}", scope.region, **{field: {"Sid": "HALF"}})
    return odd, line_of(odd, scope, run_id(0)).replace(b"HALF", b"\\" + HALF)


def test_a_row_that_cannot_be_read_costs_itself_and_is_told(planted: PlantedLake) -> None:
    odd, lines = zip(*(spoiled_text(KMS, name) for name in FIELDS_OF_JSON), strict=True)
    planted.plant(0, STANDING, spoiled={KMS: [*lines, b"{oops\n", b"[]\n"], S3: [b"\n{\n"]})
    with open_lake(planted.folder) as lake:
        for name, verdict, among in JUDGED:
            assert arns(ask(lake, name)) == judged(verdict, among)
        keys = [key.arn for key in (*KEYS, *odd)]
        found = ask(lake, "as-of-a-day", TODAY)
        assert arns(found) == sorted([*keys, *(one.arn for one in EVERYTHING if one not in KEYS)])
        assert {
            row["arn"]: row["unreadable"]
            for row in ask(lake, "what-could-not-be-read")
            if "NotJson" in row["unreadable"]
        } == {
            odd[0].arn: '{"configuration":"NotJson"}',
            odd[1].arn: '{"supplementaryConfiguration":"NotJson"}',
        }
        told = ask(lake, "what-could-we-not-see")
    assert [(row["service"], row["reason"], row["errormessage"]) for row in told] == [
        ("kms", "LAKE_NOT_READABLE", f"2 of {len(KEYS) + 4} rows could not be read"),
        ("s3", "LAKE_NOT_READABLE", f"1 of {len(BUCKETS) + 1} rows could not be read"),
    ]


def test_what_did_we_have_on_a_day(planted: PlantedLake) -> None:
    planted.plant(40, {KMS: KEYS[:1]})
    planted.plant(2, {KMS: KEYS[:2]})
    planted.plant(0, {KMS: KEYS})
    with open_lake(planted.folder) as lake:
        for days_ago, number in ((41, 0), (40, 1), (10, 1), (9, 0), (2, 2), (1, 2), (0, len(KEYS))):
            day = f"{NOON - timedelta(days=days_ago):%Y-%m-%d}"
            assert arns(ask(lake, "as-of-a-day", day)) == sorted(key.arn for key in KEYS[:number])


def test_what_could_we_not_see_and_why(planted: PlantedLake) -> None:
    everywhere = Scope(ACCOUNT, "kms", ALL_REGIONS)
    other = Scope(OTHER, "kms", ALL_REGIONS)
    planted.plant(2, {IAM: IDENTITIES, EC2: Reason.THROTTLED, everywhere: Reason.ROLE_DENIED})
    planted.plant(0, {IAM: Reason.ACCESS_DENIED, EC2: [], KMS: KEYS, other: Reason.ROLE_DENIED})
    with open_lake(planted.folder) as lake:
        rows = ask(lake, "what-could-we-not-see")
    assert [(row["accountid"], row["service"], row["reason"]) for row in rows] == [
        (ACCOUNT, "iam", "ACCESS_DENIED"),
        (OTHER, "kms", "ROLE_DENIED"),
    ]
    assert rows[0]["last_complete"] == f"{NOON - timedelta(days=2):%Y-%m-%dT%H:%M:%S}.000000Z"
    assert rows[1]["last_complete"] is None


def test_names_that_look_like_sql_or_json_come_back_as_they_are(standing: LocalLake) -> None:
    team = "json_extract_scalar(tags, '$.Team') AS team"
    sql = f"SELECT resourcename, {team} FROM resources WHERE tags LIKE '{{_%}}'"
    [row] = standing.ask(with_resources(sql)).rows
    assert row == (HOSTILE, HOSTILE)


@pytest.mark.parametrize(
    "sql", ["SELEC 1", "SELECT nothing FROM items", "SELECT 1; SELECT 2", "SELECT * FROM nowhere"]
)
def test_a_query_that_is_wrong_is_told_so(standing: LocalLake, sql: str) -> None:
    with pytest.raises(QueryError):
        standing.ask(sql)


def test_a_folder_without_a_lake_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(QueryError, match="no lake here"):
        open_lake(tmp_path)


def test_every_saved_query_answers_for_a_lake_of_nothing(planted: PlantedLake) -> None:
    planted.plant(0, {KMS: []})
    with open_lake(planted.folder) as lake:
        for name, query in saved_queries().items():
            assert ask(lake, name, *[TODAY] * bool(query.parameters)) == []


def test_each_listing_of_a_scope_is_current_as_of_its_own_last_complete_run(
    planted: PlantedLake,
) -> None:
    """Volumes are denied a day later, so they stay; then they are gone and instances denied."""

    def named(kind: str, name: str) -> Resource:
        arn = f"arn:aws:ec2:eu-west-1:{ACCOUNT}:{kind}/{name}"
        return of_type(f"AWS::EC2::{kind.capitalize()}", name, "eu-west-1", arn=arn)

    scope = Scope(ACCOUNT, "ec2", "eu-west-1")
    first, second, volume = named("instance", "1"), named("instance", "2"), named("volume", "3")
    denied = Reason.ACCESS_DENIED
    days: list[tuple[dict[str, Any], list[Resource]]] = [
        ({"DescribeInstances": [first], "DescribeVolumes": [volume]}, [first, volume]),
        ({"DescribeInstances": [second], "DescribeVolumes": denied}, [second, volume]),
        ({"DescribeInstances": denied, "DescribeVolumes": []}, [second]),
        ({"DescribeInstances": denied, "DescribeVolumes": denied}, [second]),
    ]
    for number, (listings, expected) in enumerate(days):
        planted.plant_listings(len(days) - number, scope, listings)
        with open_lake(planted.folder) as lake:
            answer = lake.ask(with_resources("SELECT arn FROM resources"), ())
            assert sorted(row[0] for row in answer.rows) == sorted(one.arn for one in expected)


def test_a_scope_of_which_a_listing_is_newer_has_no_rows_that_cannot_be_read(
    planted: PlantedLake,
) -> None:
    arn = f"arn:aws:ec2:eu-west-1:{ACCOUNT}:instance/"
    instances = [
        of_type("AWS::EC2::Instance", name, "eu-west-1", arn=arn + name) for name in ("1", "2")
    ]
    scope = Scope(ACCOUNT, "ec2", "eu-west-1")
    planted.plant_listings(2, scope, {"DescribeInstances": instances, "DescribeVolumes": []})
    denied = Reason.ACCESS_DENIED
    planted.plant_listings(1, scope, {"DescribeInstances": [], "DescribeVolumes": denied})
    with open_lake(planted.folder) as lake:
        told = ask(lake, "what-could-we-not-see")
    assert [row["reason"] for row in told] == ["ACCESS_DENIED"]

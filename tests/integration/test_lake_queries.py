"""Every saved query, in DuckDB, against what plain Python finds in what was planted."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from cidb2.items.findings.ec2 import has_imdsv1
from cidb2.items.findings.ec2_storage import is_public_image, is_public_snapshot
from cidb2.items.findings.encryption import is_unencrypted
from cidb2.items.findings.iam import allows_all
from cidb2.items.findings.kms import lacks_rotation
from cidb2.items.findings.lambda_ import is_open
from cidb2.items.findings.s3 import is_public
from cidb2.items.resource import Resource
from cidb2.reasons import Reason
from cidb2.scope import ALL_REGIONS, Scope
from lake.answer import QueryError
from lake.duck import LocalLake, open_lake
from lake.saved import questions, saved_queries, with_resources
from tests.support.builders import ACCOUNT
from tests.support.planted_lake import NOON, PlantedLake, line_of, of_type, run_id
from tests.support.standing_lake import (
    ACCOUNTS,
    BUCKETS,
    DISKS,
    EC2,
    EVERYTHING,
    FUNCTIONS,
    HOSTILE,
    IAM,
    IDENTITIES,
    INSTANCES,
    KEYS,
    KMS,
    ORGANIZATION,
    RDS,
    S3,
    SHARED,
    STANDING,
    TODAY,
    a_key,
)
from tests.support.standing_types import OF_TYPES, QUESTIONS, answers

if TYPE_CHECKING:
    from cidb2.items.item import Effects

OTHER = "345678901234"


@pytest.fixture
def planted(tmp_path: Path) -> PlantedLake:
    return PlantedLake(tmp_path)


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalLake]:
    """A lake with everything, for questions that change nothing."""
    planted = PlantedLake(tmp_path_factory.mktemp("standing"))
    planted.plant(1, STANDING)
    planted.plant(0, STANDING)
    with open_lake(planted.folder) as lake:
        yield lake


@pytest.fixture(scope="module")
def of_types(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalLake]:
    """A lake with the declared types, for questions that change nothing."""
    planted = PlantedLake(tmp_path_factory.mktemp("types"))
    planted.plant(0, {RDS: OF_TYPES})
    with open_lake(planted.folder) as lake:
        yield lake


def ask(lake: LocalLake, name: str, *day: str) -> list[dict[str, Any]]:
    query = saved_queries()[name]
    answer = lake.ask(query.sql, day * query.parameters)
    return answer.by_column()


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


def is_shared_with_all(resource: Resource) -> Any:
    is_image = resource.resource_type == "AWS::EC2::Image"
    return is_public_image(resource) if is_image else is_public_snapshot(resource)


FIELDS_OF_JSON = ("configuration", "supplementary")
JUDGED = [
    ("keys-without-rotation", lacks_rotation, KEYS),
    ("public-buckets", is_public, BUCKETS),
    ("policies-allowing-everything", allows_all, IDENTITIES),
    ("instances-with-imdsv1", has_imdsv1, INSTANCES),
    ("public-functions", is_open, FUNCTIONS),
    ("public-snapshots-and-images", is_shared_with_all, SHARED),
    ("unencrypted-disks", is_unencrypted, DISKS),
]


@pytest.mark.parametrize(("name", "verdict", "among"), JUDGED)
def test_a_query_finds_what_the_collectors_find(
    standing: LocalLake, name: str, verdict: Any, among: Sequence[Resource]
) -> None:
    assert arns(ask(standing, name)) == judged(verdict, among)


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_question_about_the_declared_types_is_answered_as_by_plain_python(
    of_types: LocalLake, name: str
) -> None:
    assert sorted({row["arn"] for row in ask(of_types, name)}) == answers(name, OF_TYPES)


def test_versions_in_use(of_types: LocalLake) -> None:
    rows = ask(of_types, "versions-in-use")
    found = {(row["resourcetype"], row["engine"], row["version"]): row["resources"] for row in rows}
    assert found["AWS::RDS::DBInstance", "mysql", "8.0.36"] == 2
    assert found["AWS::EKS::Cluster", "", "1.33"] == 2
    assert found["AWS::ElastiCache::CacheCluster", "redis", "7.1.0"] == 1
    assert sum(found.values()) == sum(1 for one in OF_TYPES if one.resource_type in VERSIONED)


VERSIONED = {
    "AWS::RDS::DBInstance",
    "AWS::RDS::DBCluster",
    "AWS::ElastiCache::CacheCluster",
    "AWS::EKS::Cluster",
}


def test_where_guardduty_is_off(planted: PlantedLake) -> None:
    """It is off without a detector and with a disabled one; an unread region is left out."""
    on, off = (
        of_type("AWS::GuardDuty::Detector", status, region, configuration={"Status": status})
        for status, region in (("ENABLED", "us-east-1"), ("DISABLED", "eu-west-1"))
    )
    watched = {region: Scope(ACCOUNT, "guardduty", region) for region in REGIONS}
    found: dict[Scope, Any] = {
        watched["us-east-1"]: [on],
        watched["eu-west-1"]: [off],
        watched["eu-west-2"]: [],
        watched["eu-west-3"]: Reason.THROTTLED,
    }
    planted.plant(0, found)
    with open_lake(planted.folder) as lake:
        rows = ask(lake, "where-guardduty-is-off")
    assert [(row["awsregion"], row["detector"]) for row in rows] == [
        ("eu-west-1", "DISABLED"),
        ("eu-west-2", None),
    ]


def test_which_accounts_there_are(planted: PlantedLake) -> None:
    planted.plant(0, {ORGANIZATION: ACCOUNTS, KMS: [a_key("one", True)]})
    with open_lake(planted.folder) as lake:
        rows = ask(lake, "accounts")
    told = {row["accountname"]: (row["accountunit"], row["resources"]) for row in rows}
    assert told == {
        "management": ("Root", len(ACCOUNTS) + 1),
        "payments": ("Root/Workloads/Prod", 0),
        "müll'; --": ("Root/Sand", 0),
        "unknown": (None, 0),
    }
    [payments] = [row for row in rows if row["accountname"] == "payments"]
    assert json.loads(payments["accounttags"]) == {"team": "core", "stage": "prod"}
    assert payments["accountstate"] == "ACTIVE"


def test_resources_are_filtered_by_the_name_unit_and_tag_of_their_account(
    planted: PlantedLake,
) -> None:
    other = Scope("111122223333", "kms", REGIONS[1])
    planted.plant(0, {ORGANIZATION: ACCOUNTS, KMS: [a_key("one", True)], other: [a_key("2", True)]})
    wanted = (
        "accountname = 'payments'",
        "accountunit LIKE 'Root/Workloads%'",
        "json_extract_scalar(accounttags, '$.team') = 'core'",
    )
    with open_lake(planted.folder) as lake:
        for condition in wanted:
            sql = with_resources(
                "SELECT resources.scope FROM resources "
                "JOIN accounts ON resources.accountid = accounts.accountid "
                f"WHERE {condition} AND resourcetype = 'AWS::KMS::Key'"
            )
            assert lake.ask(sql).rows == [(str(other),)]


def test_an_account_that_two_scopes_list_is_there_once(planted: PlantedLake) -> None:
    earlier = Scope("999999999999", "organizations", "global")
    planted.plant(1, {earlier: ACCOUNTS})
    planted.plant(0, {ORGANIZATION: ACCOUNTS})
    with open_lake(planted.folder) as lake:
        assert len(ask(lake, "accounts")) == len({one.resource_id for one in ACCOUNTS[:4]})


def test_a_query_may_have_accounts_of_its_own(planted: PlantedLake) -> None:
    planted.plant(0, {ORGANIZATION: ACCOUNTS})
    own = with_resources("WITH accounts AS (SELECT 1 AS one) SELECT one FROM accounts")
    with open_lake(planted.folder) as lake:
        assert lake.ask(own).rows == [(1,)]
    assert "known_units" not in with_resources("SELECT 1")


REGIONS = ("us-east-1", "eu-west-1", "eu-west-2", "eu-west-3")


def test_every_saved_query_is_asked_here() -> None:
    asked = {*QUESTIONS, *(name for name, *_ in JUDGED)}
    others = {"as-of-a-day", "untagged-resources", *WHAT, *OF_THEIR_OWN}
    of_relations = questions().keys()  # tests/integration/test_lake_relations.py
    assert asked | others | of_relations == saved_queries().keys()


OF_THEIR_OWN = ("accounts", "versions-in-use", "where-guardduty-is-off", "what-do-we-have")
WHAT = (
    *("what-changed-since-yesterday", "what-changed-by-effect"),
    *("what-could-not-be-read", "what-could-we-not-see"),
)


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


@pytest.mark.parametrize(("others", "standing"), [([], "NOT KNOWN"), ([ORGANIZATION], "STRANGER")])
def test_what_changed_by_effect_names_strangers_where_the_accounts_are_known(
    planted: PlantedLake, others: list[Scope], standing: str
) -> None:
    stranger = "arn:aws:iam::999999999999:root"
    told: Effects = {
        "effects": ["EXPOSURE_WIDENED", "TRUST_ADDED"],
        "addedPrincipals": ["*", stranger, f"arn:aws:iam::{ACCOUNT}:role/own", "sso.example.com"],
    }
    lines = [
        line_of(a_key("open", True), KMS, run_id(0), effects=told),
        line_of(a_key("tagged", True), KMS, run_id(0), effects={"effects": ["TAGS_ONLY"]}),
        line_of(a_key("plain", True), KMS, run_id(0), effects={"effects": []}),
        line_of(a_key("unknown", True), KMS, run_id(0), effects={}),
    ]
    planted.plant(0, {KMS: KEYS} | {each: STANDING[each] for each in others}, spoiled={KMS: lines})
    with open_lake(planted.folder) as lake:
        rows = ask(lake, "what-changed-by-effect")
    assert [(row["effect"], row["standing"], row["principal"]) for row in rows] == [
        ("EXPOSURE_WIDENED", None, None),
        ("TRUST_ADDED", "EVERYBODY", "*"),
        ("TRUST_ADDED", "OURS", f"arn:aws:iam::{ACCOUNT}:role/own"),
        ("TRUST_ADDED", standing, stranger),
        ("TRUST_ADDED", "NOT KNOWN", "sso.example.com"),
        ("TAGS_ONLY", None, None),
    ]


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
    sql = f"SELECT resourcename, {team} FROM resources WHERE tags LIKE '{{_%}}' AND service = 's3'"
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
            rows = ask(lake, name, *[TODAY] * bool(query.parameters))
            told = {row["answer"] for row in rows} if query.rests_on else {*map(str, rows)}
            assert told <= {"NOT LISTED", "RESTS ON"}


def of_ec2(kind: str, name: str, **changes: Any) -> Resource:
    arn = f"arn:aws:ec2:eu-west-1:{ACCOUNT}:{kind}/{name}"
    return of_type(f"AWS::EC2::{kind.capitalize()}", name, "eu-west-1", arn=arn, **changes)


def test_a_run_narrowed_to_listings_renews_them_and_hides_nothing_of_the_others(
    planted: PlantedLake,
) -> None:
    """Volumes are listed alone: one is new, one changed, one gone; then a run lists everything."""
    scope = Scope(ACCOUNT, "ec2", "eu-west-1")
    instance, gone, new = of_ec2("instance", "1"), of_ec2("volume", "2"), of_ec2("volume", "3")
    before, after = (of_ec2("volume", "4", tags={"state": each}) for each in ("old", "new"))
    denied = Reason.ACCESS_DENIED
    instances = {"DescribeInstances": [instance]}
    runs: list[tuple[dict[str, Any], bool, list[Resource]]] = [
        ({"DescribeVolumes": [gone]}, True, [gone]),
        ({**instances, "DescribeVolumes": [before, gone]}, False, [instance, before, gone]),
        ({"DescribeVolumes": [after, new]}, True, [instance, after, new]),
        ({"DescribeVolumes": denied, "DescribeImages": []}, True, [instance, after, new]),
        ({"DescribeInstances": denied, "DescribeVolumes": [new]}, False, [instance, new]),
        ({"DescribeVolumes": []}, True, [instance]),
        ({"DescribeInstances": [], "DescribeVolumes": [new]}, False, [new]),
    ]
    for number, (listings, is_narrowed, expected) in enumerate(runs):
        planted.plant_listings(len(runs) - number, scope, listings, is_narrowed=is_narrowed)
        with open_lake(planted.folder) as lake:
            answer = lake.ask(with_resources("SELECT arn, contenthash FROM resources"))
            hashes = [(one.arn, one.content_hash) for one in expected]
            assert sorted(answer.rows) == sorted(hashes)


def test_a_run_narrowed_to_listings_hides_no_gap_of_an_earlier_run_and_adds_its_own(
    planted: PlantedLake,
) -> None:
    scope = Scope(ACCOUNT, "ec2", "eu-west-1")
    denied: dict[str, Any] = {"DescribeInstances": Reason.ACCESS_DENIED, "DescribeVolumes": []}
    planted.plant_listings(4, scope, denied)
    runs: list[tuple[dict[str, Any], bool, list[str]]] = [
        ({"DescribeVolumes": []}, True, ["ACCESS_DENIED"]),
        ({"DescribeVolumes": Reason.THROTTLED}, True, ["ACCESS_DENIED", "THROTTLED"]),
        ({"DescribeVolumes": []}, True, ["ACCESS_DENIED"]),
        ({"DescribeInstances": [], "DescribeVolumes": []}, False, []),
    ]
    for number, (listings, is_narrowed, expected) in enumerate(runs):
        planted.plant_listings(3 - number, scope, listings, is_narrowed=is_narrowed)
        with open_lake(planted.folder) as lake:
            told = ask(lake, "what-could-we-not-see")
            assert sorted(row["reason"] for row in told) == expected


def test_each_listing_of_a_scope_is_current_as_of_its_own_last_complete_run(
    planted: PlantedLake,
) -> None:
    """Volumes are denied a day later, so they stay; then they are gone and instances denied."""
    scope = Scope(ACCOUNT, "ec2", "eu-west-1")
    first, second, volume = of_ec2("instance", "1"), of_ec2("instance", "2"), of_ec2("volume", "3")
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

"""Every saved query, in DuckDB, against what plain Python finds in what was planted."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from cidb2.findings import allows_all, has_imdsv1, is_public, lacks_rotation
from cidb2.reasons import Reason
from cidb2.resource import Resource
from cidb2.scope import ALL_REGIONS, GLOBAL, Scope
from lake.duck import LocalLake, QueryError, open_lake
from lake.saved import saved_queries, with_resources
from tests.support.builders import ACCOUNT
from tests.support.planted_lake import NOON, PlantedLake, of_type

REGION = "eu-west-1"
OTHER = "345678901234"
KMS = Scope(ACCOUNT, "kms", REGION)
EC2 = Scope(ACCOUNT, "ec2", REGION)
IAM = Scope(ACCOUNT, "iam", GLOBAL)
S3 = Scope(ACCOUNT, "s3", GLOBAL)
TODAY = f"{NOON:%Y-%m-%d}"
YESTERDAY = f"{NOON - timedelta(days=1):%Y-%m-%d}"
HOSTILE = 'quote\' "double" \\ back\u2028slash\n; DROP TABLE items --'


def a_key(name: str, rotates: bool | None, **changes: Any) -> Resource:
    metadata = {"KeyManager": "CUSTOMER", "KeyState": "Enabled", **changes}
    rotation = None if rotates is None else {"KeyRotationEnabled": rotates}
    return of_type(
        "AWS::KMS::Key",
        name,
        REGION,
        configuration=metadata,
        supplementary={"RotationStatus": rotation},
    )


def a_bucket(name: str, **supplementary: Any) -> Resource:
    return of_type("AWS::S3::Bucket", name, supplementary=supplementary)


def an_instance(name: str, state: str = "running", **options: str) -> Resource:
    configuration = {"State": {"Name": state}, "MetadataOptions": options}
    return of_type("AWS::EC2::Instance", name, REGION, configuration=configuration)


def statement(action: Any, resource: Any = "*", effect: str = "Allow") -> dict[str, Any]:
    return {"Effect": effect, "Action": action, "Resource": resource}


def a_policy(name: str, *statements: Any) -> Resource:
    versions = [
        {"IsDefaultVersion": False, "Document": {"Statement": statement("*")}},
        {"IsDefaultVersion": True, "Document": {"Statement": [*statements]}},
    ]
    configuration = {"PolicyVersionList": versions}
    return of_type("AWS::IAM::ManagedPolicy", name, configuration=configuration)


def a_holder(kind: str, name: str, *documents: Any) -> Resource:
    listed = [
        {"PolicyName": f"{name}-{n}", "PolicyDocument": one} for n, one in enumerate(documents)
    ]
    return of_type(f"AWS::IAM::{kind}", name, configuration={f"{kind}PolicyList": listed})


EVERYBODY = [{"Grantee": {"URI": "http://acs.amazonaws.com/groups/global/AllUsers"}}]
OPEN = {"PolicyStatus": {"IsPublic": True}, "Acl": {"Grants": []}}
KEYS = [
    a_key("rotates", True),
    a_key("does-not", False),
    a_key("disabled", False, KeyState="Disabled"),
    a_key("cannot", None),
    a_key("of-aws", None, KeyManager="AWS"),
]
BUCKETS = [
    a_bucket("private", PolicyStatus=None, Acl={"Grants": []}),
    a_bucket("by-policy", **OPEN),
    a_bucket("blocked", **OPEN, PublicAccessBlock={"RestrictPublicBuckets": True}),
    a_bucket("by-acl", PolicyStatus=None, Acl={"Grants": EVERYBODY}),
    a_bucket(
        "owner-enforced",
        Acl={"Grants": EVERYBODY},
        OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
    ),
    a_bucket("ignored", Acl={"Grants": EVERYBODY}, PublicAccessBlock={"IgnorePublicAcls": True}),
    of_type("AWS::S3::Bucket", "tagged", tags={"Team": HOSTILE}, resource_name=HOSTILE),
    of_type(
        "AWS::S3::Bucket",
        "denied",
        supplementary={"Policy": {"Id": "as it was"}},
        tags=None,
        unreadable={"tags": "AccessDenied"},
    ),
]
INSTANCES = [
    an_instance("i-1", HttpTokens="optional", HttpEndpoint="enabled"),
    an_instance("i-2", HttpTokens="required", HttpEndpoint="enabled"),
    an_instance("i-3", HttpTokens="optional", HttpEndpoint="disabled"),
    an_instance("i-4", "terminated", HttpTokens="optional"),
    an_instance("i-5", "stopped", HttpTokens="optional"),
]
IDENTITIES = [
    a_policy("admin", statement("*")),
    a_policy("admin-in-a-list", statement("s3:Get*"), statement(["a:b", "*:*"], ["x", "*"])),
    a_policy("one-service", statement("s3:*")),
    a_policy("one-resource", statement("*", "arn:aws:s3:::b")),
    a_policy("denies", statement("*", effect="Deny")),
    a_policy("all-but", {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}),
    a_holder("Role", "none"),
    a_holder("Role", "one-statement", {"Statement": statement("*")}),
    a_holder("User", "second", {"Statement": []}, {"Statement": [statement(["*"])]}),
    a_holder("Group", "harmless", {"Statement": [statement("s3:Get*")]}),
]
STANDING: dict[Scope, Sequence[Resource] | Reason] = {
    KMS: KEYS, EC2: INSTANCES, IAM: IDENTITIES, S3: BUCKETS
}  # fmt: skip
EVERYTHING = [*KEYS, *INSTANCES, *IDENTITIES, *BUCKETS]


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


@pytest.mark.parametrize(
    ("name", "verdict", "among"),
    [
        ("keys-without-rotation", lacks_rotation, KEYS),
        ("public-buckets", is_public, BUCKETS),
        ("policies-allowing-everything", allows_all, IDENTITIES),
        ("instances-with-imdsv1", has_imdsv1, INSTANCES),
    ],
)
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
    [row] = ask(standing, "what-could-not-be-read")
    assert (row["resourcename"], json.loads(row["unreadable"])) == (
        "denied",
        {"tags": "AccessDenied"},
    )


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

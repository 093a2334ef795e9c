"""Relations and questions in DuckDB, against plain Python, whole and with each listing denied."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import sqlglot

from cidb2.lake.listings import line
from cidb2.reasons import Reason
from cidb2.scope import ALL_REGIONS, GLOBAL, Scope
from cidb2.types.catalog import SERVICE_OF, TYPES
from lake.duck import LocalLake, open_lake
from lake.relations import types_of
from lake.saved import questions, saved_queries, with_resources
from tests.support.builders import ACCOUNT
from tests.support.planted_lake import PlantedLake
from tests.support.related_world import (
    ELB,
    FUNCTION,
    GONE_INTERFACE,
    LEFT,
    LISTINGS,
    LIVE,
    OTHER,
    REGION,
    RUNS,
    STRANGER,
    USED_KEY,
    WEB,
    WORLD,
    ListingOf,
    owned,
    plant,
    record,
    role,
    scopes_of,
)

ARGUMENTS = {"who-owns": "192.0.2.1", "what-uses": USED_KEY.arn, "belongs-to": "Owner=web"}
UNCERTAIN = {"NOT KNOWN", "NOT LISTED", "RESTS ON"}


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalLake]:
    planted = PlantedLake(tmp_path_factory.mktemp("related"))
    planted.plant_scopes(1, scopes_of([*WORLD, GONE_INTERFACE]))
    plant(planted)
    with open_lake(planted.folder) as opened:
        yield opened


@pytest.fixture
def planted(tmp_path: Path) -> PlantedLake:
    return PlantedLake(tmp_path)


def ask(lake: LocalLake, name: str, argument: str = "") -> list[dict[str, Any]]:
    query = saved_queries()[name]
    given = [argument or ARGUMENTS.get(name, "")] * query.parameters
    answer = lake.ask(query.sql, given)
    return answer.by_column()


@pytest.fixture(scope="module")
def certain_of_all(lake: LocalLake) -> dict[str, set[tuple[str, str]]]:
    """What each question says for certain if every listing is complete."""
    return {question: certain(ask(lake, question)) for question in questions()}


def certain(rows: Sequence[dict[str, Any]]) -> set[tuple[str, str]]:
    return {(row["answer"], row["arn"]) for row in rows if row["answer"] not in UNCERTAIN}


def not_listed(rows: Sequence[dict[str, Any]]) -> list[tuple[str, str, str, str]]:
    return [
        (row["accountid"], row["resourcename"], row["awsregion"], row["because"])
        for row in rows
        if row["answer"] == "NOT LISTED"
    ]


def mentioning(*names: str) -> set[str]:
    """Return what names a resource anywhere in its content, in plain Python."""
    return {
        one.arn
        for one in WORLD
        if any(name in json.dumps([one.resource.configuration, one.resource.supplementary])
               for name in names)
        and not one.arn.endswith(names)
    }  # fmt: skip


def of_kind(kind: str, *names: str) -> set[str]:
    found = {
        one.arn
        for one in WORLD
        if one.resource.resource_type == f"AWS::{kind}" and one.resource.resource_name in names
    }
    assert len(found) == len(names)
    return found


@pytest.mark.parametrize(
    ("argument", "names"),
    [
        (USED_KEY.arn, (USED_KEY.arn,)),
        ("alias/disks", (USED_KEY.arn,)),
        (WEB, (WEB,)),
        (RUNS.arn, (RUNS.arn,)),
        ("runs", (RUNS.arn,)),
        ("vol-0000000a", ("vol-0000000a",)),
        (f"{FUNCTION}f", (f"{FUNCTION}f",)),
        (f"site-1.{ELB}", (LIVE,)),
        (LEFT, (LEFT,)),
    ],
)
def test_what_uses_a_resource_is_what_names_it(
    lake: LocalLake, argument: str, names: tuple[str, ...]
) -> None:
    rows = ask(lake, "what-uses", argument)
    assert {row["arn"] for row in rows if row["answer"] == "USES"} == mentioning(*names)
    assert [row["answer"] for row in rows].count("IS") == 1


def test_what_does_not_exist_is_used_by_nobody_and_is_not_there(lake: LocalLake) -> None:
    [rests] = ask(lake, "what-uses", "vol-00000000")
    assert rests["answer"] == "RESTS ON"


def test_unused_is_what_nothing_names_and_what_is_attached_to_nothing(lake: LocalLake) -> None:
    candidates = {
        *of_kind("EC2::SecurityGroup", WEB, LEFT, "sg-0000000d"),
        *of_kind("EC2::EIP", "eipalloc-0000000b"),
        *of_kind("ElasticLoadBalancingV2::TargetGroup", "1"),
        *of_kind("IAM::Role", "runs", "idle"),
        *of_kind("KMS::Key", "used", "idle", "lent", "shut"),
        *of_kind("CertificateManager::Certificate", "idle"),
    }
    unused = {arn for arn in candidates if not mentioning(arn, arn.partition("group/")[2] or arn)}
    loose = of_kind("EC2::Volume", "vol-0000000b") | of_kind(
        "EC2::NetworkInterface", "eni-0000000b"
    )
    assert certain(ask(lake, "unused-resources")) == {("UNUSED", arn) for arn in unused | loose}
    assert any(arn.endswith(LEFT) for arn in unused)  # only a deleted interface used it


def test_a_snapshot_is_orphaned_if_neither_volume_nor_image_is_there(lake: LocalLake) -> None:
    orphaned = of_kind("EC2::Snapshot", "snap-0000000b")
    assert certain(ask(lake, "orphaned-snapshots")) == {("ORPHANED", arn) for arn in orphaned}


def test_records_are_told_apart_that_dangle_and_that_nobody_can_judge(lake: LocalLake) -> None:
    rows = ask(lake, "dangling-dns")
    told = {(row["answer"], row["resourcename"]) for row in rows if row["arn"]}
    assert told == {
        ("DANGLING", "old.example.com."),
        ("DANGLING", "files.example.com."),
        ("NOT KNOWN", "app.example.com."),
        ("NOT KNOWN", "b.example.com."),
    }


def test_a_name_in_a_region_that_no_run_collected_may_be_somebodys(planted: PlantedLake) -> None:
    name = "app-1.ap-east-1.elb.amazonaws.com"
    planted.plant_scopes(0, scopes_of([*WORLD, record("east.example.com.", "CNAME", name)]))
    with open_lake(planted.folder) as lake:
        rows = ask(lake, "dangling-dns")
    [row] = [each for each in rows if each["resourcename"] == "east.example.com."]
    assert row["answer"] == "NOT KNOWN"
    assert row["because"].endswith("NOT_COLLECTED: ap-east-1")


def test_strangers_are_named_by_whatever_trusts_them(lake: LocalLake) -> None:
    rows = ask(lake, "who-is-trusted")
    outsiders = {arn for answer, arn in certain(rows) if answer == "OUTSIDER"}
    of_organization = of_kind("EC2::Image", "ami-0000000e")
    assert outsiders == mentioning(STRANGER) - of_organization
    assert all(STRANGER in row["because"] for row in rows if row["answer"] == "OUTSIDER")
    others = {(row["answer"], row["resourcename"]) for row in rows if row["answer"] != "OUTSIDER"}
    assert others == {
        *(("EVERYBODY", name) for name in ("open", "to-all", "snap-0000000d", "ami-0000000d")),
        *(("ORGANIZATION", name) for name in ("t", "ami-0000000e")),
        ("PROVIDER", "pushed"),
        ("NOT KNOWN", "shut"),
        ("RESTS ON", None),
    }


@pytest.mark.parametrize(
    ("argument", "owners"),
    [
        ("192.0.2.1", {"eipalloc-0000000a", "eni-0000000a"}),
        ("10.0.0.2", {"eni-0000000b"}),
        (f"SITE-1.{ELB}.", {"1"}),
        ("www.example.com", {"www.example.com."}),
        ("192.0.2.200", set()),
    ],
)
def test_an_address_has_its_owners(lake: LocalLake, argument: str, owners: set[str]) -> None:
    rows = ask(lake, "who-owns", argument)
    assert {row["resourcename"] for row in rows if row["arn"]} == owners


@pytest.mark.parametrize(
    ("argument", "names"),
    [
        ("Owner=web", {"site"}),
        ("Owner", {"site", "r"}),
        ("site", {"site"}),
        ("Owner=w", set()),
        ("O", set()),
    ],
)
def test_what_belongs_to_a_tag_or_stack(lake: LocalLake, argument: str, names: set[str]) -> None:
    rows = ask(lake, "belongs-to", argument)
    assert {row["resourcename"] for row in rows if row["arn"]} == names


def related(lake: LocalLake, what: str) -> set[tuple[Any, ...]]:
    sql = f"SELECT resourcename, target, answer, reason FROM relations WHERE {what}"
    return {*lake.ask(with_resources(sql)).rows}


def test_there_are_three_answers_to_where_a_target_is(lake: LocalLake) -> None:
    assert related(lake, "resourcename IN ('i-0000000a', 'anna', 'vol-0000000a')") == {
        ("vol-0000000a", USED_KEY.arn, "FOUND", None),
        ("i-0000000a", "vol-0000dead", "NOWHERE", None),
        ("i-0000000a", "sg-0000dead", "UNKNOWN", "ACCOUNT_NOT_TOLD"),
        ("i-0000000a", "ami-0000000a", "UNKNOWN", "ACCOUNT_NOT_TOLD"),
        ("anna", "gone", "NOWHERE", None),
        ("anna", "arn:aws:iam::aws:policy/ReadOnlyAccess", "UNKNOWN", "OF_AWS"),
    }
    assert related(lake, "resourcename = 'lent' AND resourcetype = 'AWS::KMS::Key'") == {
        ("lent", STRANGER, "UNKNOWN", "OUTSIDE_ORGANIZATION")
    }


def test_broken_are_those_whose_target_is_nowhere(lake: LocalLake) -> None:
    rows = ask(lake, "broken-relations")
    assert {row["resourcename"] for row in rows if row["arn"]} == {
        *("i-0000000a", "anna", "nightly", "snap-0000000b", "snap-0000000c"),
    }


def test_relations_turned_round_have_the_opposite_words(lake: LocalLake) -> None:
    sql = "SELECT arn, relationshipname, targetarn FROM turned"
    turned = {*lake.ask(with_resources(sql)).rows}
    rows = lake.ask(with_resources("SELECT arn, relationshipname, targetarn FROM relations")).rows
    assert {(arn, target) for arn, _, target in turned} == {
        (target, arn) for arn, _, target in rows if target
    }
    words = {name.rpartition(" ")[0] for _, name, _ in turned}
    assert words == {"Is associated with", "Is trusted by"}


def every_listing() -> Iterator[object]:
    """Yield every listing; only the first of each service is in the fast tier."""
    met = set[str]()
    for denied in LISTINGS:
        service = denied[1]
        marks = [pytest.mark.slow] if service in met else []
        met.add(service)
        yield pytest.param(denied, id="/".join(denied), marks=marks)


@pytest.mark.parametrize("denied", [*every_listing()])
def test_a_denied_listing_is_told_by_each_answer_that_rests_on_it(
    certain_of_all: dict[str, set[tuple[str, str]]], planted: PlantedLake, denied: ListingOf
) -> None:
    """And what is certain nevertheless is what was certain with it."""
    plant(planted, [denied])
    account, service, region, name = denied
    with open_lake(planted.folder) as lacking:
        for question, query in questions().items():
            rows = ask(lacking, question)
            rests_on = {*_listings(types_of(query.rests_on))}
            said = [(account, service, region, f"ACCESS_DENIED: {name}")]
            assert not_listed(rows) == (said if (service, name) in rests_on else [])
            assert certain(rows) <= certain_of_all[question], question


def test_a_user_that_cannot_be_listed_makes_unused_unknown(planted: PlantedLake) -> None:
    """The key is another account's: any account may have its user."""
    plant(planted, [(ACCOUNT, "ec2", REGION, "DescribeVolumes")])
    with open_lake(planted.folder) as lake:
        rows = ask(lake, "unused-resources")
    keys = {row["resourcename"]: row for row in rows if row["resourcetype"] == "AWS::KMS::Key"}
    assert {row["answer"] for row in keys.values()} == {"NOT KNOWN"}
    denied = f"ACCESS_DENIED: ec2 DescribeVolumes in {ACCOUNT} {REGION}"
    assert keys["used"]["because"] == denied
    groups = {row["answer"] for row in rows if row["resourcetype"] == "AWS::EC2::SecurityGroup"}
    assert groups == {"UNUSED"}  # a volume uses no group


def test_what_was_known_before_stays_known_but_its_gap_is_told(planted: PlantedLake) -> None:
    planted.plant_scopes(1, scopes_of(WORLD))
    plant(planted, [(ACCOUNT, "ec2", REGION, "DescribeVolumes")])
    with open_lake(planted.folder) as lake:
        rows = ask(lake, "what-uses")
        assert {row["answer"] for row in rows} == {"IS", "USES", "NOT LISTED", "RESTS ON"}
        assert related(lake, "resourcename = 'snap-0000000b'") == {
            ("snap-0000000b", "vol-0000dead", "UNKNOWN", "ACCESS_DENIED")
        }


def test_an_account_that_was_never_opened_is_missing_in_every_answer(planted: PlantedLake) -> None:
    shut = {
        Scope(OTHER, "ec2", ALL_REGIONS): {"DescribeVolumes": Reason.ROLE_DENIED},
        Scope(OTHER, "iam", GLOBAL): {"GetAccountAuthorizationDetails": Reason.ROLE_DENIED},
    }
    own = {scope: each for scope, each in scopes_of(WORLD).items() if scope.account_id == ACCOUNT}
    planted.plant_scopes(0, {**own, **shut})
    with open_lake(planted.folder) as lake:
        for question in questions():
            rows = ask(lake, question)
            assert {account for account, *_ in not_listed(rows)} == {OTHER}, question
        [key] = related(lake, "resourcename = 'vol-0000000a'")
        assert key[2:] == ("UNKNOWN", "NOT_COLLECTED")


def test_a_service_that_no_run_collected_is_not_taken_for_empty(planted: PlantedLake) -> None:
    kept = {scope: each for scope, each in scopes_of(WORLD).items() if scope.service != "kms"}
    planted.plant_scopes(0, kept)
    with open_lake(planted.folder) as lake:
        told = not_listed(ask(lake, "what-uses"))
        assert told == [(one, "kms", REGION, "NOT_COLLECTED: ListKeys") for one in (ACCOUNT, OTHER)]


def test_lines_of_an_earlier_release_are_unknown_and_not_unrelated(
    planted: PlantedLake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "tests.support.planted_lake.item_line",
        lambda item, name, _: line({**item, "listing": name}),
    )
    plant(planted)
    with open_lake(planted.folder) as lake:
        told = {row[1:] for row in not_listed(ask(lake, "unused-resources"))}
        assert ("lambda", REGION, "EARLIER_RELEASE: ListFunctions") in told
        assert certain(ask(lake, "unused-resources")) <= {
            ("UNUSED", arn) for arn in of_kind("EC2::Volume", "vol-0000000b")
            | of_kind("EC2::NetworkInterface", "eni-0000000b")
        }  # fmt: skip


def test_an_account_that_runs_leave_out_is_no_stranger(planted: PlantedLake) -> None:
    """The organisation is known, with its accounts, in the one that runs read it in."""
    left_out = "555555555555"
    organization = [
        owned("Organizations::Account", f"organizations:account/o-a1b2c3/{left_out}", left_out),
        owned("Organizations::Organization", "organizations:organization/o-a1b2c3", "o-a1b2c3"),
    ]
    roles = [
        role("by-account", {"AWS": left_out}, last_used="2999-01-01T00:00:00Z"),
        role("by-arn", {"AWS": f"arn:aws:iam::{left_out}:role/x"}),
    ]
    scopes = dict(scopes_of([*WORLD, *organization, *roles]))
    del scopes[Scope(OTHER, "organizations", GLOBAL)]
    planted.plant_scopes(0, scopes)
    with open_lake(planted.folder) as lake:
        rows = ask(lake, "who-is-trusted")
        assert not {"by-account", "by-arn", "t"} & {row["resourcename"] for row in rows}
        assert {one[3] for one in related(lake, "resourcename = 'by-arn'")} == {"NOT_COLLECTED"}
        missing = not_listed(ask(lake, "blind-spots"))
        assert {(account, because.partition(":")[0]) for account, *_, because in missing} == {
            (left_out, "NOT_COLLECTED")
        }


LEFT_US = "555555555555"


def test_an_account_that_left_the_organisation_is_a_stranger(planted: PlantedLake) -> None:
    members = [
        owned("Organizations::Account", f"organizations:account/o-a1b2c3/{each}", each)
        for each in (ACCOUNT, OTHER)
    ]
    scopes = scopes_of([*WORLD, *members, role("by-account", {"AWS": LEFT_US})])
    last_seen = Scope(LEFT_US, "iam", GLOBAL)
    planted.plant_scopes(10, {**scopes, last_seen: {"GetAccountAuthorizationDetails": []}})
    planted.plant_scopes(0, scopes)
    with open_lake(planted.folder) as lake:
        found = {row["resourcename"]: row for row in ask(lake, "who-is-trusted")}
    assert (found["by-account"]["answer"], found["by-account"]["because"]) == ("OUTSIDER", LEFT_US)


def test_nobody_is_called_a_stranger_if_the_organisation_could_not_be_listed(
    planted: PlantedLake,
) -> None:
    scopes = scopes_of([*WORLD, role("by-account", {"AWS": LEFT_US})])
    organisation = Scope(ACCOUNT, "organizations", GLOBAL)
    planted.plant_scopes(0, {**scopes, organisation: {"ListAccounts": Reason.THROTTLED}})
    with open_lake(planted.folder) as lake:
        rows = ask(lake, "who-is-trusted")
    assert "OUTSIDER" not in {row["answer"] for row in rows}
    assert [row["answer"] for row in rows if row["resourcename"] == "by-account"] == ["NOT KNOWN"]
    throttled = [because for *_, because in not_listed(rows) if because.startswith("THROTTLED: ")]
    assert any("ListAccounts" in because for because in throttled)


def test_a_field_that_could_not_be_read_may_hide_a_user(planted: PlantedLake) -> None:
    unread = [owned("EC2::Instance", "ec2:instance/i-0000000f", unread=["configuration"])]
    planted.plant_scopes(0, scopes_of([*WORLD, *unread]))
    with open_lake(planted.folder) as lake:
        rows = ask(lake, "unused-resources")
        groups = [row for row in rows if row["resourcetype"] == "AWS::EC2::SecurityGroup"]
        because = f"UNREADABLE: ec2 DescribeInstances in {ACCOUNT} {REGION}"
        assert [(row["answer"], row["because"]) for row in groups] == [("NOT KNOWN", because)]
        assert "UNREADABLE: DescribeInstances" in {row[-1] for row in not_listed(rows)}
        assert {one[2] for one in related(lake, "target = 'vol-0000dead'")} == {"NOWHERE"}


EC2 = Scope(ACCOUNT, "ec2", REGION)
SPOILED = {(EC2, "DescribeVolumes"): [b"{oops\n"]}
GONE_VOLUME = "target = 'vol-0000dead'"


def test_what_is_not_found_beside_an_unreadable_line_is_not_known(planted: PlantedLake) -> None:
    """In the line's own listing; what is not in another listing is nowhere as before."""
    planted.plant_scopes(0, scopes_of(WORLD), spoiled=SPOILED)
    with open_lake(planted.folder) as lake:
        assert {one[2:] for one in related(lake, GONE_VOLUME)} == {("UNKNOWN", "LAKE_NOT_READABLE")}
        assert {one[2] for one in related(lake, "target = 'vol-0000000a'")} == {"FOUND"}
        assert ("anna", "gone", "NOWHERE", None) in related(lake, "resourcename = 'anna'")
        told = (ACCOUNT, "ec2", REGION, "LAKE_NOT_READABLE: DescribeVolumes")
        assert not_listed(ask(lake, "broken-relations")) == [told]
        broken = {row["resourcename"] for row in ask(lake, "broken-relations") if row["arn"]}
        assert broken == {"anna", "nightly"}
        assert not certain(ask(lake, "orphaned-snapshots"))


def test_an_unreadable_line_counts_while_its_listing_is_current(planted: PlantedLake) -> None:
    planted.plant_scopes(2, scopes_of(WORLD), spoiled=SPOILED)
    denied = scopes_of(WORLD, [(ACCOUNT, "ec2", REGION, "DescribeVolumes")])
    planted.plant_scopes(1, denied)
    with open_lake(planted.folder) as lake:
        assert {one[3] for one in related(lake, GONE_VOLUME)} == {"ACCESS_DENIED"}
    renewed = {"DescribeVolumes": [one.resource for one in WORLD if "volume/" in one.arn]}
    planted.plant_listings(0, EC2, renewed, is_narrowed=True)
    with open_lake(planted.folder) as lake:
        assert {one[2] for one in related(lake, GONE_VOLUME)} == {"NOWHERE"}


def test_an_unreadable_line_of_a_partial_run_counts(planted: PlantedLake) -> None:
    planted.plant_scopes(1, scopes_of(WORLD))
    denied = [(ACCOUNT, "ec2", REGION, "DescribeImages")]
    planted.plant_scopes(0, scopes_of(WORLD, denied), spoiled=SPOILED)
    with open_lake(planted.folder) as lake:
        assert {one[3] for one in related(lake, GONE_VOLUME)} == {"LAKE_NOT_READABLE"}


def test_an_unreadable_line_of_a_user_makes_unused_unknown(planted: PlantedLake) -> None:
    planted.plant_scopes(0, scopes_of(WORLD), spoiled=SPOILED)
    with open_lake(planted.folder) as lake:
        keys = [
            row for row in ask(lake, "unused-resources") if row["resourcetype"] == "AWS::KMS::Key"
        ]
    because = f"LAKE_NOT_READABLE: ec2 DescribeVolumes in {ACCOUNT} {REGION}"
    assert {(row["answer"], row["because"]) for row in keys} == {("NOT KNOWN", because)}


def test_every_answer_ends_with_what_it_rests_on(lake: LocalLake) -> None:
    for question in questions():
        *_, last = ask(lake, question)
        assert last["answer"] == "RESTS ON", question
        listings = len({*_listings(types_of(questions()[question].rests_on))})
        count = 2 * listings
        assert last["because"] == f"{count} of {count} listings in 2 accounts"


def _listings(kinds: Sequence[str]) -> Iterator[tuple[str, str]]:
    for kind in kinds:
        yield SERVICE_OF[kind], TYPES[SERVICE_OF[kind]][kind].listing.name


@pytest.mark.parametrize("name", questions())
def test_a_question_is_read_alike_by_both_dialects(name: str) -> None:
    sql = questions()[name].sql
    read = {dialect: sqlglot.transpile(sql, read=dialect) for dialect in ("trino", "athena")}
    assert read["trino"] == read["athena"]


@pytest.mark.parametrize("part", ["AWS::EC2::Disk", "everythin", "users of AWS::EC2::Disk"])
def test_an_answer_rests_on_what_is_collected(part: str) -> None:
    with pytest.raises(ValueError, match="not a collected type"):
        types_of([part])

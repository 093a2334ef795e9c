"""The parts of `make run` that need no AWS: options, progress, what a run must find."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from cidb2 import services
from cidb2.ledger.partitions import run_partition
from cidb2.ledger.writer import Ledger
from cli.progress import OF_A_ROW, Snapshot, summed
from local.commands.options import parse
from local.simulation.expectation import expect
from local.simulation.population import HUB, REGIONS, Organisation
from tests.support.builders import RUN_ID
from tests.support.fakes import MemoryTable

RUN = {"services": ["iam", "ec2"], "accounts": 2}


def test_a_first_run_needs_no_options() -> None:
    chosen = parse([])
    assert (chosen.accounts, chosen.runs, chosen.input) == (5, 1, {})
    assert chosen.regions[0] == "us-east-1"


def test_regions_are_a_number_or_names() -> None:
    assert parse(["--regions", "2"]).regions == REGIONS[:2]
    assert parse(["--regions", "eu-west-2, sa-east-1"]).regions == (
        "us-east-1",
        "eu-west-2",
        "sa-east-1",
    )


def test_the_input_is_json_or_a_file_of_it(tmp_path: Path) -> None:
    wanted = {"services": ["iam"]}
    file = tmp_path / "input.json"
    file.write_text(json.dumps(wanted))
    assert parse(["--input", json.dumps(wanted)]).input == wanted
    assert parse(["--input", str(file)]).input == wanted


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--accounts", "0", "'0' is not a whole number from 1 to 500"),
        ("--resources", "many", "'many' is not a whole number"),
        ("--regions", "mars-1", "mars-1: use a number, or names from us-east-1"),
        ("--regions", "99", "'99' is not a whole number from 1 to 17"),
        ("--input", "nowhere.json", "nowhere.json: No such file or directory"),
        ("--input", "{", "not JSON: Expecting property name"),
    ],
)
def test_a_mistake_is_told_in_one_line(
    option: str, value: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        parse([option, value])
    assert ended.value.code == 2
    assert said in capsys.readouterr().err


def scope(service: str, account: str, region: str) -> dict[str, Any]:
    told = {"awsRegion": region, "outcome": "COMPLETE", "finishedAt": "2026-11-24T04:00:00Z"}
    return row("scope", service, account, region) | told | {"items": 3, "published": 2}


def row(kind: str, service: str, account: str, *rest: str, **content: Any) -> dict[str, Any]:
    sort_key = "#".join([kind, service, account, *rest])
    return {"sk": sort_key, "service": service, "accountId": account, **content}


def test_a_collector_is_done_when_all_its_regions_are() -> None:
    planned = row("collection", "ec2", "1", regions=["a", "b"])
    assert summed(RUN, [planned, scope("ec2", "1", "a")]).done == Counter()
    both = [planned, scope("ec2", "1", "a"), scope("ec2", "1", "b")]
    assert summed(RUN, both).done == Counter(ec2=1)


def test_a_collector_that_died_or_never_began_is_done_too() -> None:
    died = [
        row("collection", "iam", "1", regions=["global"]),
        row("failure", "iam", "1", collector="iam"),
    ]
    never = [scope("ec2", "1", "*")]
    assert summed(RUN, [*died, *never]).done == Counter(iam=1, ec2=1)


def test_a_collector_is_done_with_an_account_when_all_its_services_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(services, "COLLECTORS", {"both": ("iam", "ec2")})
    assert summed(RUN, [scope("iam", "1", "global"), scope("iam", "2", "global")]).done == Counter()
    first = [scope("iam", "1", "global"), scope("ec2", "1", "a"), scope("ec2", "2", "a")]
    assert summed(RUN, first).done == Counter(both=1)


def test_the_attributes_that_are_read_tell_of_a_collector_that_died() -> None:
    table = MemoryTable()
    failure = {"pk": run_partition(RUN_ID, "1"), "sk": "failure#compute#1"}
    told = {"collector": "compute", "accountId": "1", "error": "x", "cause": "y"}
    table.put([failure | told])
    run = {"services": ["lambda"], "accounts": 2}
    assert summed(run, Ledger(table, 400).all_rows(RUN_ID, OF_A_ROW)).done == Counter(compute=1)


def test_a_suspended_account_is_not_one_of_those_that_are_collected() -> None:
    suspended = scope("ec2", "2", "*") | {"reason": "ACCOUNT_SUSPENDED"}
    assert summed(RUN, [suspended, scope("ec2", "1", "*")]).done == Counter(ec2=1)


def test_figures_are_added_up() -> None:
    rows = [scope("ec2", "1", "a"), scope("iam", "1", "global"), row("stored", "ec2", "", stored=5)]
    snapshot = summed(RUN, rows)
    done = Counter(ec2=1, iam=1)
    assert snapshot == Snapshot(("iam", "ec2"), 2, done, items=6, published=4, stored=5)
    assert snapshot.figures == "6 items · 4 published · 5 stored"


def test_a_run_must_find_what_it_asked_for_less_what_nobody_may_read() -> None:
    planted = Organisation(1, 0, REGIONS[:1], seed=1)
    kinds = ("AWS::KMS::Key", "AWS::IAM::Role")
    truth = {
        f"{account.id} {kind}": {
            "arn": f"arn:aws:{kind.split('::')[1].lower()}::{account.id}:x",
            "accountId": account.id,
            "resourceType": kind,
            "awsRegion": "global" if "IAM" in kind else "us-east-1",
        }
        for account in planted.accounts
        for kind in kinds
    }

    def found(**wanted: Any) -> set[str]:
        expected = expect(truth, wanted, planted)
        assert expected.hidden == truth.keys() - expected.found.keys()
        return set(expected.found)

    member, denied = "234567890123", "444455556666"
    everything = {f"{a} {kind}" for a in (HUB, member) for kind in kinds}
    assert found() == everything | {f"{denied} AWS::IAM::Role"}
    assert found(accounts=[member]) == {f"{member} {kind}" for kind in kinds}
    assert found(exclude_accounts=[HUB, denied], services=["kms"]) == {f"{member} AWS::KMS::Key"}
    assert found(accounts=[HUB], regions=["eu-west-1"]) == {f"{HUB} AWS::IAM::Role"}

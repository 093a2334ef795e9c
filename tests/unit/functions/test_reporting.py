"""The page of a run is in the bucket beside its summary, and a run stands without it."""

import json
from typing import Any, cast

import pytest

from cidb2.errors import StorageRefusedError
from cidb2.items.claim_check import ClaimCheck
from cidb2.items.inventory import Inventory
from cidb2.items.item import Change, Item
from cidb2.ledger.writer import Ledger
from cidb2.run import Run
from functions.results_processor.accounts import ListedAccounts
from functions.results_processor.gathering import Gathering
from functions.results_processor.reporting import Reports
from functions.results_processor.trend import RUNS_SHOWN
from tests.support.builders import ACCOUNT, BUCKET, EARLIER_RUN_ID, RUN_ID, a_run, client_error
from tests.support.ending import CONSOLE
from tests.support.fakes import FakeS3, MemoryTable
from tests.support.items import item_of
from tests.support.reports import a_report

RUN = a_run()
KEY = f"runs/{RUN_ID}/report.html"
SUMMARY = a_report(2).report.summary


class Rig:
    """The writer of reports over tables and a bucket in memory."""

    def __init__(self) -> None:
        self.runs, self.items, self.s3 = MemoryTable(), MemoryTable(), FakeS3()
        self.ledger = Ledger(self.runs, 400)
        accounts = [{"accountId": ACCOUNT, "name": "zahlungen"}]
        self.s3.objects[RUN.accounts.key] = json.dumps(accounts).encode()
        self.gathering = a_report(2).report.gathering

    def write(self, run: Run = RUN) -> dict[str, str] | None:
        inventory = Inventory(self.items, ClaimCheck(cast("Any", self.s3), BUCKET))
        reports = Reports(self.ledger, inventory, cast("Any", self.s3), BUCKET, CONSOLE)
        accounts = ListedAccounts(run.accounts, cast("Any", self.s3))
        return reports.write(run, SUMMARY, self.gathering, accounts)

    @property
    def page(self) -> str:
        return self.s3.objects[KEY].decode()


@pytest.fixture
def rig() -> Rig:
    return Rig()


def test_the_page_is_where_the_answer_says(rig: Rig) -> None:
    assert rig.write() == {"bucket": BUCKET, "key": KEY, "url": CONSOLE.object_url(BUCKET, KEY)}
    assert rig.page.startswith("<!doctype html>")
    assert rig.page.endswith("</html>")


def test_accounts_have_their_names(rig: Rig) -> None:
    account = next(iter(SUMMARY["byAccount"]))
    accounts = [{"accountId": account, "name": "zahlungen"}, {"accountId": "named-by-nobody"}]
    rig.s3.objects[RUN.accounts.key] = json.dumps(accounts).encode()
    rig.write()
    assert "zahlungen" in rig.page


def test_an_account_that_was_not_collected_has_the_name_of_its_rows(rig: Rig) -> None:
    rig.gathering.names[next(iter(SUMMARY["byAccount"]))] = "closed-down"
    rig.write()
    assert "closed-down" in rig.page


def an_organization(account_id: str, name: str) -> list[Item]:
    """Return an account in a unit below the root, as the inventory has both."""
    path = "o-exampleorg/r-1a2b/ou-1a2b-3c4d5e6f/"
    return [
        item_of(
            "AWS::Organizations::Account",
            account_id,
            resourceName=name,
            configuration={"Paths": [f"{path}{account_id}/"]},
            tags={"team": "<core>", "Besitzer": "Łukasz"},
        ),
        item_of(
            "AWS::Organizations::OrganizationalUnit",
            "ou-1a2b-3c4d5e6f",
            configuration={"Path": path},
            supplementaryConfiguration={"NamePath": "Root/R&D"},
        ),
    ]


def test_accounts_have_the_units_and_tags_that_the_inventory_knows(rig: Rig) -> None:
    rig.write()
    assert ">Unit<" not in rig.page
    account, *_ = SUMMARY["byAccount"]
    rig.items.store(an_organization(account, "from the inventory"))
    rig.write()
    assert '<th scope="col">Unit</th>' in rig.page
    assert "Root/<wbr>R&amp;D" in rig.page
    assert "<small>Besitzer=Łukasz · team=&lt;core&gt;</small>" in rig.page
    assert 'placeholder="account, name, unit, tag, reason"' in rig.page


def test_an_account_that_the_input_names_by_id_has_the_name_of_the_inventory(rig: Rig) -> None:
    account, *_ = SUMMARY["byAccount"]
    rig.items.store(an_organization(account, "from the inventory"))
    listed = [{"accountId": account, "name": ""}]
    rig.s3.objects[RUN.accounts.key] = json.dumps(listed).encode()
    rig.gathering.names.pop(account, None)
    rig.write()
    assert "from the inventory" in rig.page
    rig.s3.objects[RUN.accounts.key] = json.dumps([{**listed[0], "name": "listed"}]).encode()
    rig.write()
    assert "from the inventory" not in rig.page


def test_a_page_stands_without_an_organisation_that_cannot_be_read(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: Any) -> Any:
        raise StorageRefusedError("no")

    account, unit = an_organization(next(iter(SUMMARY["byAccount"])), "named")
    rig.items.store([account, unit])
    del rig.items.rows[unit["arn"], "current"]["configuration"]
    assert rig.write()
    assert "Root/R&amp;D" not in rig.page
    assert "team=&lt;core&gt;" in rig.page
    monkeypatch.setattr("functions.results_processor.reporting.organization_accounts", refused)
    assert rig.write()
    assert ">Unit<" not in rig.page


def test_what_the_run_changed_is_named(rig: Rig) -> None:
    rig.gathering = Gathering()
    cell = rig.gathering.cells[ACCOUNT, "kms"]
    cell.complete, cell.deleted = 1, 1
    row = {
        "pk": "arn:aws:kms:eu-west-1:234567890123:key/gone",
        "sk": "version#1",
        "changeKey": f"{RUN_ID}/{ACCOUNT}/kms",
        "change": Change.DELETED,
        "accountId": ACCOUNT,
        "awsRegion": "eu-west-1",
        "resourceType": "AWS::KMS::Key",
    }
    rig.items.put([row, row | {"pk": "of another run", "changeKey": f"{EARLIER_RUN_ID}/x/kms"}])
    rig.write()
    assert "key/gone" in rig.page
    assert "of another run" not in rig.page


def test_the_last_runs_are_shown_and_neither_this_one_nor_later_ones(rig: Rig) -> None:
    for number in range(RUNS_SHOWN + 5):
        content = {"status": "PARTIAL", "accounts": 2, "seconds": 1.5, "totals": SUMMARY["totals"]}
        rig.ledger.open_run(f"202610{number:02}T000000Z-aaaaaaaa", content)
    for run_id in (RUN_ID, "20270101T000000Z-bbbbbbbb"):
        rig.ledger.open_run(run_id, {"status": "RUNNING", "accounts": 2})
    rig.ledger.open_run(EARLIER_RUN_ID, {"status": "RUNNING", "accounts": 2})
    rig.write()
    assert "20261034T000000Z" in rig.page
    assert "20261001T000000Z" not in rig.page
    assert "20270101T000000Z" not in rig.page
    assert f'{EARLIER_RUN_ID}</th><td class="words">No summary</td>' in rig.page


def test_a_trend_is_of_runs_of_the_same_types(rig: Rig) -> None:
    """Others may be more frequent, and find less."""
    for number in range(RUNS_SHOWN + 5):
        run_id = f"202610{number:02}T000000Z-aaaaaaaa"
        types = ["AWS::EC2::Volume"] if number else []
        content = {"status": "COMPLETE", "accounts": 2, "seconds": 1.5, "types": types}
        rig.ledger.open_run(run_id, {**content, "totals": SUMMARY["totals"]})
    rig.write()
    assert "20261000T000000Z" in rig.page
    assert "20261034T000000Z" not in rig.page
    rig.write(a_run(types=("AWS::EC2::Volume",)))
    assert "20261000T000000Z" not in rig.page
    assert "20261034T000000Z" in rig.page
    assert "runs of these types, this one on the right" in rig.page


def test_a_report_says_to_which_types_the_run_was_narrowed(rig: Rig) -> None:
    rig.write()
    assert "Narrowed to" not in rig.page
    rig.write(a_run(types=("AWS::EC2::Volume", "AWS::KMS::Key")))
    assert "Narrowed to AWS::EC2::Volume, AWS::KMS::Key." in rig.page
    assert "<dt>Types</dt><dd>only AWS::EC2::Volume, AWS::KMS::Key</dd>" in rig.page


def refuse_the_page(rig: Rig) -> None:
    rig.s3.refusal = client_error("AccessDenied", status=403)


def refuse_the_changes(rig: Rig) -> None:
    rig.items.refusal = StorageRefusedError("inventory: AccessDenied")


def refuse_the_runs(rig: Rig) -> None:
    rig.runs.refusal = StorageRefusedError("runs: AccessDenied")


def break_the_template(rig: Rig) -> None:
    [gap] = a_report(4, denied=True).report.gathering.gaps.values()
    rig.gathering.gaps["NO_SUCH_REASON"] = gap


@pytest.mark.parametrize(
    "harm", [refuse_the_page, refuse_the_changes, refuse_the_runs, break_the_template]
)
def test_a_page_that_cannot_be_written_is_logged_and_harms_nothing(
    rig: Rig, harm: Any, caplog: pytest.LogCaptureFixture
) -> None:
    harm(rig)
    assert rig.write() is None
    assert KEY not in rig.s3.objects
    *_, logged = [record for record in caplog.records if record.exc_info]
    assert logged.message == "The report could not be written"

"""What commands do where the stack is young, old, or left alone."""

import io
import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from rich.console import Console

from cidb2.ledger.scope_record import ListingRecord, ScopeRecord
from cidb2.ledger.tally import Tally
from cidb2.ledger.writer import Ledger
from cidb2.reasons import Reason
from cidb2.scope import Outcome, Scope
from cli import start as starting
from cli.coverage import coverage, known_accounts
from cli.errors import CliError
from cli.options import CommandContext
from cli.report import report
from cli.runs import ended_run, failures, runs
from cli.sql import export, unique_names
from cli.stack import Choice, Stack
from cli.start import start
from cli.terminal import Output
from lake.export import Form
from tests.support.builders import (
    BUCKET,
    CAPTURED_AT,
    EARLIER_RUN_ID,
    RUN_ID,
    a_failure,
    client_error,
)
from tests.support.fakes import FakeS3, MemoryTable

PLACE = {"bucket": BUCKET, "key": f"runs/{RUN_ID}/report.html"}
ARN = "arn:aws:states:us-east-1:123456789012:execution:machine:one"


class Young:
    """A stack in memory, and what a command that is asked of it shows."""

    def __init__(self) -> None:
        self.s3, self.ledger = FakeS3(), Ledger(MemoryTable(), 30)
        self.stack = cast("Any", Stack(cast("Any", None), "it", {"ResultsBucketName": BUCKET}))
        self.stack.s3, self.stack.ledger = self.s3, self.ledger
        self.file = io.StringIO()
        console = Console(file=self.file, width=200, force_terminal=True, color_system=None)
        self.asked = CommandContext(Choice(), Output(as_json=False, console=console))
        self.asked.stack = self.stack

    def run(self, run_id: str = RUN_ID, status: str = "COMPLETE", **content: Any) -> None:
        self.ledger.open_run(run_id, {"status": status, **content})


@pytest.fixture
def young() -> Young:
    return Young()


def test_the_last_run_is_the_last_that_has_ended(young: Young) -> None:
    with pytest.raises(CliError, match="No run has ended yet"):
        ended_run(young.ledger, None)
    young.run(EARLIER_RUN_ID)
    young.run(status="RUNNING")
    assert ended_run(young.ledger, None)["runId"] == EARLIER_RUN_ID
    assert ended_run(young.ledger, RUN_ID)["runId"] == RUN_ID


def test_accounts_are_those_of_all_lists_that_are_kept_and_the_suspended(young: Young) -> None:
    young.run(EARLIER_RUN_ID)
    young.run(failures={Reason.ACCOUNT_SUSPENDED: 1})
    accounts = [{"accountId": "222222222222"}, {"accountId": "111111111111"}]
    young.s3.objects[f"runs/{RUN_ID}/accounts.json"] = json.dumps(accounts).encode()
    suspended = ScopeRecord(
        scope=Scope("333333333333", "iam", "global"),
        outcome=Outcome.FAILED,
        failure=a_failure(Reason.ACCOUNT_SUSPENDED),
        tally=Tally(),
        started_at=CAPTURED_AT,
        finished_at=CAPTURED_AT,
    )
    young.ledger.record(RUN_ID, [suspended])
    assert known_accounts(young.stack) == ["111111111111", "222222222222", "333333333333"]


def test_an_account_that_nobody_told_of_is_not_taken_for_seen(young: Young) -> None:
    with pytest.raises(CliError, match="No run has collected anything yet") as refused:
        coverage(young.asked, older_than=CAPTURED_AT)
    assert refused.value.code == 3
    young.run()
    young.s3.objects[f"runs/{RUN_ID}/accounts.json"] = b'[{"accountId": "111111111111"}]'
    assert coverage(young.asked, older_than=CAPTURED_AT) == 1
    assert re.search(r"111111111111 +\* +\* +never ", young.file.getvalue())
    with pytest.raises(CliError, match="No run has included account 222222222222") as refused:
        coverage(young.asked, older_than=CAPTURED_AT, account="222222222222")
    assert refused.value.code == 3


def test_regions_that_the_last_run_excluded_are_no_gap_and_are_named(young: Young) -> None:
    closed = ScopeRecord(
        scope=Scope("111111111111", "ec2", "ap-east-1"),
        outcome=Outcome.FAILED,
        failure=a_failure(Reason.SCP_DENIED),
        tally=Tally(),
        started_at=CAPTURED_AT,
        finished_at=CAPTURED_AT,
    )
    young.s3.objects[f"runs/{EARLIER_RUN_ID}/accounts.json"] = b'[{"accountId": "111111111111"}]'
    young.run(EARLIER_RUN_ID, excludedRegions=[])
    young.ledger.record(EARLIER_RUN_ID, [closed])
    assert coverage(young.asked, older_than=CAPTURED_AT) == 1
    assert "SCP_DENIED" in young.file.getvalue()
    young.file.truncate(0)
    young.run(excludedRegions=["ap-east-1"])
    assert coverage(young.asked, older_than=CAPTURED_AT) == 0
    assert "SCP_DENIED" not in young.file.getvalue()
    assert "Not listed, because the last run excluded them: ap-east-1." in young.file.getvalue()


def test_runs_that_were_narrowed_to_types_say_so(young: Young) -> None:
    young.run(EARLIER_RUN_ID, startedAt="2026-11-23T03:48:30Z", types=[])
    runs(young.asked)
    assert "ONLY" not in young.file.getvalue()
    young.run(startedAt="2026-11-24T03:48:30Z", types=["AWS::EC2::Volume", "AWS::KMS::Key"])
    young.file.truncate(0)
    runs(young.asked)
    assert re.search(r"INCOMPLETE +ONLY\s", young.file.getvalue())
    assert "AWS::EC2::Volume, AWS::KMS::Key" in young.file.getvalue()
    assert failures(young.asked) == 0
    expected = f"Run {RUN_ID}: COMPLETE, only AWS::EC2::Volume, AWS::KMS::Key\n"
    assert expected in young.file.getvalue()


def test_listings_that_were_listed_alone_are_told_apart_from_those_that_were_missed(
    young: Young,
) -> None:
    def listed(days_ago: int, *, is_narrowed: bool, **outcomes: Outcome) -> ScopeRecord:
        ended = CAPTURED_AT - timedelta(days=days_ago)
        listings = [
            ListingRecord(
                name, outcome, None if outcome == "COMPLETE" else a_failure(), Tally(), ended
            )
            for name, outcome in outcomes.items()
        ]
        scope = Scope("111111111111", "ec2", "eu-west-1")
        return ScopeRecord.of(scope, listings, ended, is_narrowed=is_narrowed)

    done = Outcome.COMPLETE
    young.s3.objects[f"runs/{RUN_ID}/accounts.json"] = b'[{"accountId": "111111111111"}]'
    young.run()
    young.ledger.record(EARLIER_RUN_ID, [listed(9, is_narrowed=False, Images=done, Volumes=done)])
    young.ledger.record(RUN_ID, [listed(2, is_narrowed=True, Volumes=done)])
    assert coverage(young.asked, older_than=CAPTURED_AT) == 1
    assert re.search(r"all but Volumes \(\d+ d\)", young.file.getvalue())
    young.file.truncate(0)
    denied = Outcome.FAILED
    young.ledger.record(RUN_ID, [listed(1, is_narrowed=False, Images=denied, Volumes=done)])
    assert coverage(young.asked, older_than=CAPTURED_AT) == 1
    assert re.search(r" Images \(\d+ d\)", young.file.getvalue())
    assert "Volumes" not in young.file.getvalue()


def test_a_report_is_opened_where_there_is_somebody_to_look_at_it(
    young: Young, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CIDB2_HOME", str(tmp_path))
    opened: list[str] = []
    monkeypatch.setattr("cli.report.typer.launch", opened.append)
    young.run(report=PLACE)
    young.s3.objects[PLACE["key"]] = b"<html>"
    report(young.asked)
    path = tmp_path / "reports" / f"{RUN_ID}.html"
    assert (path.read_bytes(), opened) == (b"<html>", [path.as_uri()])
    assert str(path) in young.file.getvalue()
    with pytest.raises(FileNotFoundError):
        report(young.asked, place=str(tmp_path / "nowhere" / "page.html"))
    with pytest.raises(IsADirectoryError):
        report(young.asked, place="")


def test_a_report_that_is_not_there_is_told_why(young: Young) -> None:
    young.run(EARLIER_RUN_ID, status="RUNNING")
    young.run(report=PLACE)
    with pytest.raises(CliError, match="has no report; its status is RUNNING") as refused:
        report(young.asked, EARLIER_RUN_ID)
    assert refused.value.code == 3
    with pytest.raises(CliError, match=f"The report of run {RUN_ID} has expired") as refused:
        report(young.asked, RUN_ID)
    assert refused.value.code == 3


def test_a_terminal_gets_no_export(young: Young, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    with pytest.raises(CliError, match="Cannot export to a terminal") as refused:
        export(young.asked, "-", form=Form.CSV)
    assert refused.value.code == 2


def test_columns_of_one_name_are_all_told() -> None:
    assert unique_names(["n", "n", "n_2", "n", "m"]) == ["n", "n_2", "n_2_2", "n_3", "m"]


class Machines:
    """Step Functions with one execution that ends as a test says."""

    def __init__(self, **ended: Any) -> None:
        self.ended = ended
        self.started: list[Any] = []

    def start_execution(self, **asked: Any) -> dict[str, str]:
        self.started.append(json.loads(asked["input"]))
        return {"executionArn": ARN}

    def describe_execution(self, **_: Any) -> dict[str, Any]:
        return self.ended


def begun(young: Young, machines: Machines) -> CommandContext:
    young.stack.outputs = {**young.stack.outputs, "StateMachineArn": "machine"}
    young.stack.machines = machines
    return young.asked


def test_who_breaks_off_is_told_that_the_run_goes_on(
    young: Young, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(starting, "follow", interrupted)
    with pytest.raises(CliError, match="the run continues") as left:
        start(begun(young, Machines()), {})
    assert left.value.code == 130
    assert f"stop-execution --execution-arn {ARN}" in left.value.advice


def test_who_may_not_follow_is_told_that_the_run_goes_on(
    young: Young, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: Any) -> None:
        raise client_error("AccessDeniedException")

    monkeypatch.setattr(starting, "follow", refused)
    with pytest.raises(CliError, match=r"Cannot follow the run\. Access denied: ") as left:
        start(begun(young, Machines()), {})
    assert left.value.code == 4
    assert f"The run continues as {ARN}. docs/cli.md" in left.value.advice


@pytest.mark.parametrize(
    ("ended", "said"),
    [
        (
            {"status": "FAILED", "error": "E", "cause": '{"errorMessage": "no account"}'},
            "The run ended with status FAILED. no account",
        ),
        (
            {"status": "FAILED", "error": "E", "cause": "why"},
            "The run ended with status FAILED. E: why",
        ),
        ({"status": "ABORTED"}, "The run ended with status ABORTED."),
    ],
)
def test_a_run_that_fails_says_why_and_ends_with_1(
    young: Young, ended: dict[str, Any], said: str
) -> None:
    machines = Machines(**ended)
    with pytest.raises(CliError) as failed:
        start(begun(young, machines), {"services": ["iam"]})
    assert (failed.value.code, str(failed.value)) == (1, said)
    assert machines.started == [{"services": ["iam"]}]

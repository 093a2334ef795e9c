"""A run ends once what it published is stored, or once it has waited long enough."""

import json
from collections import Counter
from typing import Any

import pytest

from cidb2.errors import StorageRefusedError
from cidb2.ledger.scope_record import ScopeRecord
from cidb2.ledger.tally import Tally
from cidb2.ledger.writer import Ledger
from cidb2.publishing.journal import Journal
from cidb2.scope import EVERY_ACCOUNT, Outcome, Scope
from cidb2.times import now
from tests.support.builders import (
    ACCOUNT,
    BUCKET,
    RUN_ID,
    a_failure,
    a_message,
    a_run,
    client_error,
)
from tests.support.clock import Clock
from tests.support.ending import results_processor
from tests.support.fakes import FakeAws, FakeS3, MemoryTable
from tests.support.gzip_member import only_member
from tests.support.metrics import measured, metric

RUN = a_run(services=("kms", "iam"))
OTHER = "345678901234"
TIMEOUT_SECONDS = 900
USED_AT_THE_END = {"lambdaSeconds": 3.0, "lambdaGbSeconds": 1.5, "lambdaRequests": 1}
SUMMARY = f"runs/{RUN_ID}/summary.json"
REPORT = f"runs/{RUN_ID}/report.html"
SCOPES = f"lake/scopes/run_date=2026-11-24/{RUN_ID}.jsonl.gz"


class Rig:
    """A results processor, and the ledger of a run whose two collectors are done."""

    def __init__(self, *, published: int = 3) -> None:
        self.table = MemoryTable()
        self.ledger = Ledger(self.table, 400)
        self.s3 = FakeS3()
        self.sns = FakeAws(publish={"MessageId": "told"})
        self.s3.objects[RUN.accounts.key] = json.dumps([{"accountId": ACCOUNT}]).encode()
        self.ledger.open_run(RUN_ID, {"status": "RUNNING", "startedAt": RUN.started_at})
        for service, region, count in (("kms", "eu-west-1", published), ("iam", "global", 0)):
            self.ledger.plan(RUN_ID, service, ACCOUNT, [region])
            moment = now()
            record = ScopeRecord(
                Scope(ACCOUNT, service, region),
                Outcome.COMPLETE,
                None,
                Tally(items=count, published=count),
                moment,
                moment,
            )
            self.ledger.record(RUN_ID, [record])

    def store(self, batch: str, service: str = "kms", **counts: int) -> None:
        """Write what the reporter made of a batch."""
        self.ledger.add_stored(batch, {(RUN_ID, service): counts})

    def add_account(self, account: str) -> None:
        accounts = [*json.loads(self.s3.objects[RUN.accounts.key]), {"accountId": account}]
        self.s3.objects[RUN.accounts.key] = json.dumps(accounts).encode()

    def lose(self, account: str, service: str = "kms") -> None:
        """Write the row that the state machine writes for a collector that died."""
        died = {"error": "Lambda.Unknown", "cause": '{"Cause": ""}'}
        key = {"pk": f"run#{RUN_ID}", "sk": f"failure#{service}#{account}"}
        self.table.put([{**key, "collector": service, "accountId": account, **died}])

    def process(self, settlement: Any = None) -> dict[str, Any]:
        processor = results_processor(self.table, self.s3, self.sns, TIMEOUT_SECONDS)
        return processor.process(RUN, settlement, lambda: USED_AT_THE_END)

    @property
    def summary(self) -> dict[str, Any]:
        """The summary in the bucket."""
        document: dict[str, Any] = json.loads(self.s3.objects[SUMMARY])
        return document

    @property
    def lines(self) -> list[dict[str, Any]]:
        """What the lake says of the run's scopes."""
        return [json.loads(line) for line in only_member(self.s3.objects[SCOPES]).splitlines()]

    @property
    def transitions(self) -> float:
        """How many state transitions the run is said to have cost."""
        amount: float = self.summary["cost"]["usage"]["stepFunctionsTransitions"]
        return amount


@pytest.fixture
def rig() -> Rig:
    return Rig()


def test_a_run_whose_messages_are_all_stored_ends_at_once(rig: Rig) -> None:
    rig.store("1", stored=2)
    rig.store("2", superseded=1)
    output = rig.process()
    assert (output["status"], output["reconciled"]) == ("COMPLETE", True)
    assert output["totals"]["stored"] == 2
    assert output["totals"]["superseded"] == 1


def test_a_run_that_published_nothing_ends_at_once() -> None:
    assert Rig(published=0).process()["status"] == "COMPLETE"


def test_the_list_of_accounts_is_read_once_for_their_ids_and_their_names(rig: Rig) -> None:
    rig.store("1", stored=3)
    rig.s3.objects[RUN.accounts.key] = json.dumps([{"accountId": ACCOUNT, "name": "pay"}]).encode()
    rig.process()
    assert rig.s3.reads.count(RUN.accounts.key) == 1
    assert "pay" in rig.s3.objects[REPORT].decode()


def test_the_end_of_a_run_reads_each_scope_row_once(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    settlement = rig.process()["settlement"]
    rig.store("1", stored=3)
    reads, query = Counter[str](), rig.table.query

    def counted(condition: str, values: Any, **options: Any) -> Any:
        if values.get(":sk") == "scope#":
            reads[values[":pk"]] += 1
        return query(condition, values, **options)

    monkeypatch.setattr(rig.table, "query", counted)
    assert rig.process(settlement)["status"] == "COMPLETE"
    assert {*reads.values()} == {1}


def test_while_messages_are_on_their_way_the_list_of_accounts_is_not_read_again(rig: Rig) -> None:
    settlement = rig.process()["settlement"]
    rig.process(settlement)
    assert rig.s3.reads.count(RUN.accounts.key) == 1


def test_while_messages_are_on_their_way_the_run_waits_longer_and_longer(rig: Rig) -> None:
    answer = rig.process()
    waits: list[int] = []
    while answer["status"] == "SETTLING" and len(waits) < 8:
        waits.append(answer["settlement"]["waitSeconds"])
        answer = rig.process(json.loads(json.dumps(answer["settlement"])))
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60]
    assert rig.s3.writes == []
    rig.store("1", stored=3)
    output = rig.process(answer["settlement"])
    assert (output["status"], output["reconciled"]) == ("COMPLETE", True)


def test_a_dead_lettered_message_is_not_waited_for(rig: Rig) -> None:
    rig.store("1", stored=2, deadLettered=1)
    output = rig.process()
    assert (output["status"], output["reconciled"]) == ("COMPLETE", False)
    assert output["services"]["kms"]["deadLettered"] == 1


@pytest.mark.parametrize(("early", "ends"), [(0.001, False), (0, True)])
def test_the_wait_is_bounded_and_then_the_exact_difference_is_told(
    rig: Rig, clock: Clock, early: float, ends: bool
) -> None:
    rig.store("1", stored=1)
    settlement = rig.process()["settlement"]
    clock.advance(seconds=TIMEOUT_SECONDS - early)
    output = rig.process(settlement)
    assert (output["status"] == "COMPLETE") is ends
    if ends:
        assert output["reconciled"] is False
        assert output["services"]["kms"]["difference"] == 2
        assert output["services"]["iam"]["difference"] == 0


def test_a_run_of_which_more_is_stored_than_was_published_ends_at_once_and_says_so(
    rig: Rig,
) -> None:
    rig.store("1", stored=5)
    output = rig.process()
    assert (output["status"], output["reconciled"]) == ("COMPLETE", False)
    assert output["services"]["kms"]["difference"] == -2


def test_one_service_that_waits_is_waited_for_though_another_has_too_much(rig: Rig) -> None:
    rig.store("1", service="iam", stored=5)
    assert rig.process()["status"] == "SETTLING"


def test_of_a_collector_that_died_the_journal_knows_what_was_published(rig: Rig) -> None:
    rig.ledger.plan(RUN_ID, "kms", OTHER, ["eu-west-1"])
    rig.add_account(OTHER)
    Journal(rig.table, OTHER, "kms", RUN_ID).write([a_message("1"), a_message("2")])
    rig.store("1", stored=3)
    answer = rig.process()
    assert answer["settlement"]["published"] == {"kms": 5, "iam": 0}
    rig.store("2", stored=2)
    assert rig.process(answer["settlement"])["reconciled"] is True


def test_of_a_collector_that_was_tried_again_the_journal_knows_what_was_published(
    rig: Rig,
) -> None:
    rig.ledger.add_publishing(RUN_ID, "kms", ACCOUNT, {}, is_repeated=True)
    Journal(rig.table, ACCOUNT, "kms", RUN_ID).write([a_message(each) for each in "1234"])
    rig.store("1", stored=4)
    assert rig.process()["reconciled"] is True


def test_messages_of_a_service_that_the_run_leaves_out_do_not_keep_it_from_ending(
    rig: Rig,
) -> None:
    rig.store("1", stored=3)
    rig.store("2", service="s3", stored=1)
    assert rig.process()["reconciled"] is True


def test_an_account_that_left_no_trace_has_its_row_before_the_run_ends() -> None:
    rig = Rig(published=0)
    rig.add_account(OTHER)
    output = rig.process()
    assert output["status"] == "PARTIAL"
    assert output["failures"] == {"INTERNAL": 2}


def test_a_run_that_collected_nothing_has_failed(rig: Rig) -> None:
    for key in [(pk, sk) for pk, sk in rig.table.rows if sk.startswith("scope#")]:
        del rig.table.rows[key]
    for service, region in (("kms", "eu-west-1"), ("iam", "global")):
        moment = now()
        scope = Scope(ACCOUNT, service, region)
        record = ScopeRecord(scope, Outcome.FAILED, a_failure(), Tally(), moment, moment)
        rig.ledger.record(RUN_ID, [record])
    assert rig.process()["status"] == "FAILED"


def test_the_summary_is_in_the_bucket_in_the_ledger_and_in_the_output() -> None:
    rig = Rig(published=0)
    output = rig.process()
    assert output["summary"] == {"bucket": BUCKET, "key": SUMMARY}
    assert len(rig.summary["scopes"]) == 2
    row = rig.table.rows["runs", RUN_ID]
    for place in (rig.summary, row):
        assert place["status"] == output["status"]
        assert place["totals"] == output["totals"]
    assert row["startedAt"] == RUN.started_at


def test_the_summary_tells_what_every_function_used(rig: Rig) -> None:
    collector = {"lambdaSeconds": 4.0, "lambdaGbSeconds": 4.0, "lambdaRequests": 1}
    for invocation in ("one", "two"):
        rig.ledger.add_usage(RUN_ID, "kms_collector", invocation, collector)
    settlement = rig.process()["settlement"]
    rig.ledger.add_usage(RUN_ID, "results_processor", "three", USED_AT_THE_END)
    rig.ledger.add_stored(
        "batch",
        {(RUN_ID, "kms"): {"stored": 3, "usage": collector | {"dynamodbWriteUnits": 12.5}}},
    )
    cost = rig.process(settlement)["cost"]
    assert {name: each["gbSeconds"] for name, each in cost["functions"].items()} == {
        "kms_collector": 8.0,
        "reporter": 4.0,
        "results_processor": 3.0,
    }
    assert cost["functions"]["results_processor"]["memoryMb"] == 512
    assert cost["usage"]["dynamodbWriteUnits"] == 12.5
    assert rig.summary["cost"] == cost


def test_each_death_and_each_wait_costs_its_states(rig: Rig) -> None:
    rig.store("1", stored=3)
    rig.process()
    before, written = rig.transitions, rig.summary["cost"]["usage"]["dynamodbWriteUnits"]
    rig.lose(ACCOUNT)
    rig.lose(OTHER)
    rig.process()
    assert rig.transitions == before + 2 * 3
    assert rig.summary["cost"]["usage"]["dynamodbWriteUnits"] == written + 2
    rig.process({"attempt": 4, "since": RUN.started_at, "published": {"kms": 3, "iam": 0}})
    assert rig.transitions == before + 2 * 3 + 4 * 3


def test_a_collection_that_failed_as_a_whole_costs_its_own_states_and_is_no_death(rig: Rig) -> None:
    rig.store("1", stored=3)
    rig.process()
    before, written = rig.transitions, rig.summary["cost"]["usage"]["dynamodbWriteUnits"]
    rig.lose(EVERY_ACCOUNT)
    rig.process()
    assert rig.transitions == before + 1
    assert rig.summary["cost"]["usage"]["dynamodbWriteUnits"] == written + 1


def test_the_lake_has_a_line_for_each_scope_with_times_that_sort_as_text(clock: Clock) -> None:
    rig = Rig(published=0)
    scope = Scope(ACCOUNT, "kms", "us-east-1")
    failed = ScopeRecord(
        scope, Outcome.FAILED, a_failure(), Tally(), clock.moment, now(), account_name="payments"
    )
    clock.advance(seconds=0.5)
    narrowed = ScopeRecord(
        Scope(ACCOUNT, "iam", "global"),
        Outcome.COMPLETE,
        None,
        Tally(items=7),
        clock.moment,
        now(),
        is_narrowed=True,
    )
    rig.ledger.record(RUN_ID, [failed, narrowed])
    rig.process()
    shown = ("scope", "outcome", "isnarrowed", "items", "startedat", "runid")
    assert {tuple(line[name] for name in shown) for line in rig.lines} == {
        (f"{ACCOUNT}/kms/eu-west-1", "COMPLETE", False, 0, "2026-11-25T06:00:00.000000Z", RUN_ID),
        (str(scope), "FAILED", False, 0, "2026-11-25T06:00:00.000000Z", RUN_ID),
        (f"{ACCOUNT}/iam/global", "COMPLETE", True, 7, "2026-11-25T06:00:00.500000Z", RUN_ID),
    }
    left_out = {"accountname", "pk", "sk", "expiresat"}
    assert not [line for line in rig.lines if left_out & line.keys()]


def test_a_run_says_that_it_has_ended_once_its_files_are_there(rig: Rig) -> None:
    rig.store("1", stored=3)
    rig.process()
    assert rig.s3.writes == [SCOPES, SUMMARY, REPORT]


def test_a_browser_is_told_that_the_report_is_a_page_and_the_summary_json(rig: Rig) -> None:
    rig.store("1", stored=3)
    rig.process()
    assert rig.s3.types[REPORT] == "text/html; charset=utf-8"
    assert rig.s3.types[SUMMARY] == "application/json"


@pytest.mark.parametrize("file", [SCOPES, SUMMARY])
def test_a_run_one_of_whose_files_is_refused_has_not_ended(
    rig: Rig, file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    rig.store("1", stored=3)
    rig.s3.refusal, rig.s3.refused = client_error("AccessDenied"), file
    with pytest.raises(StorageRefusedError):
        rig.process()
    assert [row["status"] for row in rig.ledger.recent_runs(1, ("status",))] == ["RUNNING"]
    assert rig.sns.calls.total() == 0
    assert not measured(capsys.readouterr().out)


def test_a_run_that_cannot_be_closed_is_told_to_nobody(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise StorageRefusedError("runs-table: no")

    rig.store("1", stored=3)
    monkeypatch.setattr(rig.table, "update", refuse)
    with pytest.raises(StorageRefusedError):
        rig.process()
    assert rig.sns.calls.total() == 0


def test_a_run_is_measured_once_it_has_ended(capsys: pytest.CaptureFixture[str]) -> None:
    rig = Rig()
    rig.process()
    assert not measured(capsys.readouterr().out)
    rig.store("1", stored=2, deadLettered=1)
    rig.process()
    values = measured(capsys.readouterr().out)
    assert values[metric("NotReconciled", Environment="cidb2-test")] == [1.0]
    assert values[metric("ScopesNotComplete", Environment="cidb2-test")] == [0.0]


def test_the_end_of_a_run_is_told_with_a_link_to_its_report(rig: Rig) -> None:
    rig.store("1", stored=3)
    output = rig.process()
    assert output["notification"] == "told"
    [message] = [json.loads(given["Message"]) for given in rig.sns.arguments["publish"]]
    assert output["report"]["url"] in message["email"]
    assert json.loads(message["default"])["report"] == output["report"]


def test_while_messages_are_on_their_way_nobody_is_told(rig: Rig) -> None:
    assert rig.process()["status"] == "SETTLING"
    assert rig.sns.calls.total() == 0


def test_a_run_of_which_nobody_can_be_told_has_ended_all_the_same(rig: Rig) -> None:
    rig.sns.answers["publish"] = client_error("AuthorizationError", status=403)
    rig.store("1", stored=3)
    output = rig.process()
    assert (output["status"], output["notification"]) == ("COMPLETE", None)
    assert [row["status"] for row in rig.ledger.recent_runs(1, ("status",))] == ["COMPLETE"]


def test_a_step_that_is_tried_again_says_the_same(rig: Rig) -> None:
    rig.store("1", stored=3)
    first, again = rig.process(), rig.process()
    for answer in (first, again):
        del answer["finishedAt"], answer["seconds"]
    assert again == first


def test_a_bucket_that_refuses_is_an_error_of_storage(rig: Rig) -> None:
    rig.s3.refusal = client_error("AccessDenied")
    with pytest.raises(StorageRefusedError):
        rig.process()

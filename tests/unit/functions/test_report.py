"""Messages are stored and counted; what cannot be stored is refused alone, without its content."""

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cidb2.errors import (
    InconsistentItemError,
    StorageRefusedError,
    StorageUnavailableError,
    UnknownMessageError,
)
from cidb2.items.item import CLAIMED, Item
from cidb2.ledger.scope_record import ScopeRecord
from cidb2.ledger.tally import Tally
from cidb2.ledger.writer import Ledger
from cidb2.scope import Outcome as ScopeOutcome
from cidb2.times import now, parse
from functions.reporter.admission import Admission, decode
from functions.reporter.report import Reporter
from functions.reporter.stale_messages import StaleMessageFilter
from functions.reporter.store import Outcome
from tests.support.builders import BUCKET, EARLIER_RUN_ID, RUN_ID, SCOPE, an_item
from tests.support.clock import Clock
from tests.support.fakes import MemoryTable
from tests.support.items import changed, item_of
from tests.support.messages import record
from tests.support.metrics import measured, metric
from tests.support.strategies import json_values

MAX_RECEIVE_COUNT = 5
USED = {"lambdaSeconds": 2.0, "lambdaGbSeconds": 1.0, "lambdaRequests": 1, "dynamodbWriteUnits": 8}


class FakeStore:
    """Stores items, or does with those of a name what a test says."""

    def __init__(self) -> None:
        self.items: list[Item] = []
        self.answers: dict[str, Outcome | Exception] = {}
        self.redelivered: list[str] = []
        self.overtaken: list[str] = []

    def store(self, item: Item, *, is_redelivery: bool, only_over_older: bool) -> Outcome:
        if is_redelivery:
            self.redelivered.append(item["resourceId"])
        if only_over_older:
            self.overtaken.append(item["resourceId"])
        answer = self.answers.get(item["resourceId"], Outcome.STORED)
        if isinstance(answer, Exception):
            raise answer
        self.items.append(item)
        return answer


class Rig:
    def __init__(self) -> None:
        self.store = FakeStore()
        self.runs_table = MemoryTable()
        self.ledger = Ledger(self.runs_table, 400)
        self.reporter = Reporter(
            Admission("aws", BUCKET),
            cast("Any", self.store),
            self.ledger,
            StaleMessageFilter(self.ledger, timedelta(hours=1)),
            MAX_RECEIVE_COUNT,
        )

    def counts(self, run_id: str = RUN_ID) -> dict[str, dict[str, int]]:
        """Return what the ledger counts of a run, by service."""
        totals: dict[str, Counter[str]] = {}
        for row in self.ledger.rows(run_id, "stored"):
            figures = {
                name: row[name]
                for name in ("stored", "superseded", "duplicate", "deadLettered")
                if name in row
            }
            totals.setdefault(row["service"], Counter()).update(figures)
        return {service: dict(figures) for service, figures in totals.items()}


@pytest.fixture
def rig() -> Rig:
    return Rig()


def test_a_message_is_stored_as_the_item_that_it_is(rig: Rig) -> None:
    rig.reporter.report(record(an_item()))
    assert rig.store.items == [an_item()]


def test_a_message_that_was_delivered_before_is_stored_as_such() -> None:
    rig = Rig()
    for deliveries in (1, 2):
        rig.reporter.report(record(an_item(str(deliveries)), deliveries=deliveries))
    assert rig.store.redelivered == ["2"]


def test_a_late_message_whose_scope_was_listed_since_is_stored_as_overtaken() -> None:
    rig = Rig()
    rig.reporter.report(record(an_item("before")))
    moment = now()
    complete = ScopeRecord(SCOPE, ScopeOutcome.COMPLETE, None, Tally(), moment, moment)
    rig.ledger.record(RUN_ID, [complete])
    rig.reporter.count("batch", USED)
    rig.reporter.report(record(an_item("after")))
    assert rig.store.overtaken == ["after"]


def test_outcomes_are_counted_by_run_and_service(rig: Rig) -> None:
    rig.store.answers = {"late": Outcome.SUPERSEDED, "again": Outcome.DUPLICATE}
    for name in ("1", "2", "late", "again"):
        rig.reporter.report(record(an_item(name)))
    rig.reporter.report(record(item_of("AWS::EC2::Instance", "3")))
    rig.reporter.report(record(an_item("4", runId=EARLIER_RUN_ID)))
    rig.reporter.count("batch-1", USED)
    assert rig.counts() == {
        "kms": {"stored": 2, "superseded": 1, "duplicate": 1},
        "ec2": {"stored": 1},
    }
    assert rig.counts(EARLIER_RUN_ID) == {"kms": {"stored": 1}}


def test_what_a_batch_used_is_shared_by_its_messages(rig: Rig) -> None:
    for number in range(9):
        rig.reporter.report(record(an_item(str(number))))
    for number in range(3):
        rig.reporter.report(record(item_of("AWS::EC2::Instance", f"e{number}")))
    rig.reporter.count("batch", USED)
    usage = {row["service"]: row["usage"] for row in rig.ledger.rows(RUN_ID, "stored")}
    # Two rows more are written; twelve messages take two receipts and two deletions.
    whole = USED | {"dynamodbWriteUnits": 10, "sqsRequests": 4}
    assert usage["kms"] == {name: pytest.approx(0.75 * each) for name, each in whole.items()}
    assert usage["ec2"] == {name: pytest.approx(0.25 * each) for name, each in whole.items()}


def test_each_batch_counts_what_is_new(rig: Rig) -> None:
    rig.reporter.report(record(an_item("1")))
    rig.reporter.count("batch-1", USED)
    rig.reporter.count("batch-2", USED)
    rig.reporter.report(record(an_item("2")))
    rig.reporter.count("batch-3", USED)
    assert rig.counts() == {"kms": {"stored": 2}}


def test_several_threads_may_report(rig: Rig) -> None:
    records = [record(an_item(str(number))) for number in range(400)]
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(rig.reporter.report, records))
    rig.reporter.count("batch", USED)
    assert rig.counts() == {"kms": {"stored": 400}}


@pytest.mark.parametrize("body", ["", "no json", "{", "null", "[]", "{}", '"text"', "\ud800"])
def test_a_poison_message_is_refused_with_its_reason_in_the_log(
    rig: Rig, log: Any, body: str
) -> None:
    with pytest.raises(UnknownMessageError):
        rig.reporter.report(record(body, message_id="m-1", deliveries=2))
    [line] = log.lines
    assert line["message"] == "A message could not be stored"
    assert line["reason"].startswith("UNKNOWN_MESSAGE: ")
    assert (line["message_id"], line["deliveries"]) == ("m-1", 2)
    assert rig.store.items == []


@pytest.mark.parametrize(
    "item",
    [
        an_item(accountId="hunter2"),
        an_item(tags={"password": ["hunter2"]}),
        an_item(configuration="hunter2"),
        {**an_item(configuration={"a": "hunter2"}), "change": "hunter2"},
        {**an_item(configuration={"Password": "hunter2"}), "surplus": {"hunter2": 1}},
        {"hunter2": "hunter2"},
        ["hunter2"],
    ],
)
def test_no_value_of_a_poison_message_is_in_the_log(rig: Rig, log: Any, item: Any) -> None:
    for body in (json.dumps(item), json.dumps(item)[:-1]):
        with pytest.raises(UnknownMessageError) as refused:
            rig.reporter.report(record(body))
        assert "hunter2" not in str(refused.value)
    assert "UNKNOWN_MESSAGE" in log.text
    assert "hunter2" not in log.text


FORGERIES = {
    "accountId": "345678901234",
    "arn": "arn:aws:kms:eu-west-1:345678901234:key/key-1",
    "configurationItemCaptureTime": "9999-12-31T23:59:59.999999Z",
    "pointer": {"bucket": "another-bucket", "key": "x"},
}


@pytest.mark.parametrize("field", FORGERIES)
def test_what_speaks_for_another_is_refused_with_its_reason_in_the_log(
    rig: Rig, log: Any, field: str
) -> None:
    forged: Any = changed(an_item(), {field: FORGERIES[field]})
    if field == "pointer":
        forged = {name: value for name, value in forged.items() if name not in CLAIMED}
    with pytest.raises(InconsistentItemError):
        rig.reporter.report(record(forged, message_id="m-1", deliveries=MAX_RECEIVE_COUNT))
    [line] = log.lines
    assert line["message"] == "A message could not be stored"
    assert line["reason"].startswith(f"INCONSISTENT_MESSAGE: {field}: ")
    assert rig.store.items == []
    rig.reporter.count("batch", USED)
    assert rig.counts() == {}


def test_a_poison_message_counts_for_no_run(rig: Rig) -> None:
    with pytest.raises(UnknownMessageError):
        rig.reporter.report(record("{}", deliveries=MAX_RECEIVE_COUNT))
    rig.reporter.count("batch", USED)
    assert rig.counts() == {}


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (StorageUnavailableError("table: throttled"), "STORAGE_UNAVAILABLE"),
        (StorageRefusedError("table: no"), "STORAGE_UNAVAILABLE"),
        (KeyError("x"), "INTERNAL"),
    ],
)
def test_an_item_that_cannot_be_stored_is_refused_with_its_reason_and_not_counted(
    rig: Rig, log: Any, error: Exception, reason: str
) -> None:
    rig.store.answers = {"bad": error}
    with pytest.raises(type(error)):
        rig.reporter.report(record(an_item("bad")))
    rig.reporter.report(record(an_item("good")))
    rig.reporter.count("batch", USED)
    assert [line["reason"] for line in log.lines] == [reason]
    assert rig.counts() == {"kms": {"stored": 1}}


@pytest.mark.parametrize(
    ("deliveries", "counted"),
    [(1, 0), (MAX_RECEIVE_COUNT - 1, 0), (MAX_RECEIVE_COUNT, 1), (MAX_RECEIVE_COUNT + 1, 1)],
)
def test_an_item_that_fails_at_its_last_delivery_is_counted_as_dead_lettered(
    rig: Rig, deliveries: int, counted: int
) -> None:
    rig.store.answers = {"bad": StorageRefusedError("table: no")}
    with pytest.raises(StorageRefusedError):
        rig.reporter.report(record(an_item("bad"), deliveries=deliveries))
    rig.reporter.count("batch", USED)
    assert rig.counts() == ({"kms": {"deadLettered": 1}} if counted else {})


def test_a_record_without_attributes_is_a_first_delivery(rig: Rig) -> None:
    rig.store.answers = {"bad": StorageRefusedError("table: no")}
    with pytest.raises(StorageRefusedError):
        rig.reporter.report({"body": json.dumps(an_item("bad"))})


def test_a_ledger_that_refuses_costs_the_counters_and_not_the_items(rig: Rig, log: Any) -> None:
    rig.reporter.report(record(an_item()))
    rig.runs_table.refusal = StorageUnavailableError("runs-table: throttled")
    rig.reporter.count("batch", USED)
    [line] = log.lines
    assert line["counts"] == {f"{RUN_ID}/kms": {"stored": 1}}


def test_what_became_of_messages_is_measured(
    rig: Rig, capsys: pytest.CaptureFixture[str], clock: Clock
) -> None:
    rig.store.answers = {"bad": StorageRefusedError("table: no")}
    rig.reporter.report(record(an_item("1")))
    rig.reporter.report(record(item_of("AWS::EC2::Instance", "2")))
    with pytest.raises(StorageRefusedError):
        rig.reporter.report(record(an_item("bad"), deliveries=MAX_RECEIVE_COUNT))
    rig.reporter.count("batch", USED)
    values = measured(capsys.readouterr().out)
    latencies = values.pop(metric("StoreLatency", Environment="cidb2-test"))
    counts = {"stored": 2.0, "superseded": 0.0, "duplicate": 0.0, "deadLettered": 1.0}
    assert values == {
        metric("Messages", Environment="cidb2-test", Outcome=outcome): [count]
        for outcome, count in counts.items()
    }
    captured_at = parse(an_item()["configurationItemCaptureTime"])
    assert latencies == [(clock.moment - captured_at).total_seconds()] * 2


def test_a_line_says_whose_item_it_is_about_in_every_thread(rig: Rig, log: Any) -> None:
    items = [
        item_of("AWS::KMS::Key", f"{number}", runId=run_id, region=region)
        for number, (run_id, region) in enumerate(
            [(RUN_ID, "eu-west-1"), (EARLIER_RUN_ID, "us-east-1")] * 20
        )
    ]
    rig.store.answers = {item["resourceId"]: StorageRefusedError("no") for item in items}
    bodies = [record(item) for item in items]
    bodies.append({"body": "{}", "messageId": "not an item"})
    with ThreadPoolExecutor(4) as pool:
        for failed in [pool.submit(rig.reporter.report, body) for body in bodies]:
            assert failed.exception()
    said = Counter(
        (line.get("run_id"), line.get("account"), line.get("region")) for line in log.lines
    )
    account = items[0]["accountId"]
    assert said == {
        (RUN_ID, account, "eu-west-1"): 20,
        (EARLIER_RUN_ID, account, "us-east-1"): 20,
        (None, None, None): 1,
    }


@given(json_values | st.text())
def test_whatever_comes_is_an_item_or_an_unknown_message(value: Any) -> None:
    for body in (json.dumps(value), str(value)):
        with pytest.raises(UnknownMessageError):
            decode(body)

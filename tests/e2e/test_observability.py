"""What a run leaves for those who watch it: its trace, its metrics, its log."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

import pytest

from cidb2 import services
from cidb2.reasons import Reason
from cidb2.scope import Outcome, Scope
from cidb2.services import SERVICES
from functions.reporter.report import COUNTED
from local.gateway.call import Call
from local.gateway.tracing import HEADER, new_trace
from local.lambda_runtime import runtime
from local.simulation.population import REGIONS, Organisation
from tests.support.metrics import Metric, measured
from tests.support.services import COLLECTORS, FUNCTIONS
from tests.support.world import World, world
from tests.support.xray import Daemon
from tests.unit.test_docs import DOCS, spans, table

OF_THE_RUN = "1-6743f000-0123456789abcdef01234567"
ROOT = re.compile(r"Root=(1-[0-9a-f]{8}-[0-9a-f]{24})")
TRACE = f"Root={OF_THE_RUN};Parent=0123456789abcdef;Sampled=1"
VALUES = {
    "Service": {*SERVICES},
    "Change": {"CREATED", "CHANGED", "UNCHANGED", "DELETED"},
    "Outcome": {*Outcome, *COUNTED},
    "Reason": {*Reason},
}


@dataclass
class Watched:
    """A run, and all that could be seen of it. `batches` are the reporter's, by their trace."""

    here: World
    run_id: str = ""
    calls: list[Call] = field(default_factory=list)
    segments: list[dict[str, Any]] = field(default_factory=list)
    batches: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def roots(self, service: str, operation: str, function: str = "") -> set[str | None]:
        """Return the traces that calls of a kind belong to, of all callers or one function."""
        return {root_of(each) for each in self.called(service, operation, function)}

    def called(self, service: str, operation: str, function: str = "") -> list[Call]:
        found = [
            each
            for each in self.calls
            if (each.service, each.operation) == (service, operation)
            and (not function or f"{function}Role" in each.principal.arn)
        ]
        assert found, f"{service}:{operation} was not called"
        return found

    def annotations(self, root: str) -> list[dict[str, str]]:
        """Return what was annotated on a trace, subsegment by subsegment."""
        within = [each for each in self.segments if each["trace_id"] == root]
        every = [each for segment in within for each in flattened(segment)]
        return [each["annotations"] for each in every if each.get("annotations")]

    def logs(self) -> str:
        return "".join(self.here.aws.logs(f"{name}Function") for name in FUNCTIONS)


def flattened(segment: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield segment
    for inner in segment.get("subsegments", []):
        yield from flattened(inner)


def root_of(call: Call) -> str | None:
    found = ROOT.search(call.request.headers.get(HEADER, ""))
    return found[1] if found else None


@pytest.fixture(scope="module")
def watched() -> Iterator[Watched]:
    daemon = Daemon()
    address = {"AWS_XRAY_DAEMON_ADDRESS": daemon.address}
    planted = Organisation(1, 30, REGIONS[:2], seed=5)
    with mock.patch.dict(runtime.SAME_FOR_ALL, address), world(planted, time_scale=20) as here:
        seen = Watched(here)
        invoke = here.aws.runtime.invoke

        def note_batches(function: Any, event: bytes, trace_id: str | None = None) -> Any:
            if trace_id is None:  # the poller's: nobody else invokes outside of a trace
                trace_id = new_trace(sampled=True)
                seen.batches[ROOT.search(trace_id)[1]] = json.loads(event)["Records"]  # type: ignore[index]
            return invoke(function, event, trace_id)

        with (
            mock.patch.object(here.aws.runtime, "invoke", note_batches),
            here.watching(seen.calls.append),
        ):
            started = here.aws.client("stepfunctions").start_execution(
                stateMachineArn=here.stack.outputs["StateMachineArn"],
                input="{}",
                traceHeader=TRACE,
            )
            seen.run_id = here.taken(here.aws.wait(started["executionArn"])).run_id
        daemon.close()
        seen.segments = daemon.segments
        yield seen


# --- the trace ------------------------------------------------------------------------------------


def test_the_trace_goes_from_the_start_through_every_function(watched: Watched) -> None:
    assert watched.roots("lambda", "Invoke") == {OF_THE_RUN}
    invoked = {each.uri_parameters["FunctionName"] for each in watched.called("lambda", "Invoke")}
    assert len(invoked) == len(FUNCTIONS) - 1  # the reporter is the queue's
    for name in COLLECTORS:
        assert watched.roots("dynamodb", "BatchWriteItem", name) == {OF_THE_RUN}
    assert watched.roots("s3", "PutObject", "Initializer") == {OF_THE_RUN}
    assert watched.roots("s3", "PutObject", "ResultsProcessor") == {OF_THE_RUN}


def test_it_goes_on_through_topic_and_queue_to_the_reporter(watched: Watched) -> None:
    assert watched.roots("sns", "PublishBatch") == {OF_THE_RUN}
    records = [record for batch in watched.batches.values() for record in batch]
    published = [
        entry["Message"]
        for call in watched.called("sns", "PublishBatch")
        for entry in call.parameters["PublishBatchRequestEntries"]
    ]
    assert sorted(record["body"] for record in records) == sorted(published)
    for record in records:
        assert record["attributes"]["AWSTraceHeader"].startswith(f"Root={OF_THE_RUN}")


def test_what_the_reporter_writes_belongs_to_the_trace_of_its_batch(watched: Watched) -> None:
    """A batch's trace is its own; X-Ray links it to those that its messages name."""
    written: dict[str | None, set[str]] = {}
    for call in watched.called("dynamodb", "PutItem", "Reporter"):
        written.setdefault(root_of(call), set()).add(call.parameters["Item"]["pk"]["S"])
    assert written == {
        root: {json.loads(record["body"])["arn"] for record in batch}
        for root, batch in watched.batches.items()
    }


def test_the_trace_is_annotated_with_run_account_and_collector(watched: Watched) -> None:
    annotated = watched.annotations(OF_THE_RUN)
    assert {each["run_id"] for each in annotated} == {watched.run_id}
    accounts = json.loads(watched.here.object(f"runs/{watched.run_id}/accounts.json"))
    collected = {(each["account"], each["collector"]) for each in annotated if "account" in each}
    assert collected == {
        (account["accountId"], name) for account in accounts for name in services.COLLECTORS
    }
    invocations = len(watched.called("lambda", "Invoke"))
    assert len(annotated) == invocations


def test_the_trace_of_a_batch_is_annotated_with_each_that_it_held(watched: Watched) -> None:
    for root, batch in watched.batches.items():
        told = {
            (each["run_id"], each["account"], each["service_collected"])
            for each in watched.annotations(root)
            if "run_id" in each
        }
        items = [json.loads(record["body"]) for record in batch]
        assert told == {
            (item["runId"], item["accountId"], Scope.parse(item["scope"]).service) for item in items
        }


# --- metrics --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def metrics(watched: Watched) -> dict[Metric, list[float]]:
    return measured(watched.logs())


def test_a_run_emits_the_metrics_that_the_runbook_lists(metrics: dict[Metric, list[float]]) -> None:
    listed = {
        (spans(name)[0], frozenset({"Environment", *spans(dimensions)}))
        for name, dimensions, *_ in table(DOCS / "operations.md", "Metrics", "metric")
    }
    assert {each.form for each in metrics} == listed


def test_the_values_of_dimensions_are_bounded(
    watched: Watched, metrics: dict[Metric, list[float]]
) -> None:
    closed = VALUES | {"Environment": {watched.here.stack.name}}
    for each in metrics:
        for name, value in each.dimensions:
            assert value in closed[name]


def test_metrics_say_what_the_summary_says(
    watched: Watched, metrics: dict[Metric, list[float]]
) -> None:
    summary = json.loads(watched.here.object(f"runs/{watched.run_id}/summary.json"))

    def told(name: str, **dimensions: str) -> list[float]:
        wanted = frozenset({"Environment": watched.here.stack.name, **dimensions}.items())
        return metrics.get(Metric(name, wanted), [])

    for service, figures in summary["services"].items():
        assert told("Items", Service=service, Change="CREATED") == [figures["created"]]
        assert told("ApiCalls", Service=service) == [figures["apiCalls"]]
        requests = figures["publishing"]["requests"] - figures["publishing"]["retries"]
        assert len(told("PublishLatency", Service=service)) == requests
    for reason, count in summary["failures"].items():
        assert told("Scopes", Reason=reason) == [count]
    missed = [row for row in summary["scopes"] if row["outcome"] != Outcome.COMPLETE]
    suspended = [row for row in missed if row["reason"] == Reason.ACCOUNT_SUSPENDED]
    assert suspended
    assert told("ScopesNotComplete") == [len(missed) - len(suspended)]
    assert sum(told("Messages", Outcome="stored")) == summary["totals"]["stored"]
    assert len(told("StoreLatency")) == summary["totals"]["stored"]
    assert told("NotReconciled") == [0]


# --- the log --------------------------------------------------------------------------------------


def test_lines_lead_to_the_run_the_request_and_the_trace(watched: Watched) -> None:
    lines = [json.loads(line) for line in watched.logs().splitlines() if '"level"' in line]
    [end] = [line for line in lines if line["message"] == "The run has ended"]
    denied = [line for line in lines if line["message"] == "An account could not be opened"]
    assert denied
    for line in (end, *denied):
        assert line["run_id"] == watched.run_id
        assert line["xray_trace_id"] == OF_THE_RUN
        assert line["function_request_id"]
    for line in denied:
        assert line["aws_request_id"]
        assert line["account"] in {account.id for account in watched.here.planted.accounts}
        assert line["collector"] in services.COLLECTORS

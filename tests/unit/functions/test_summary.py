"""The summary adds up what the ledger holds, and its brief form stays small."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cidb2.ledger.tally import Tally
from functions.results_processor.reconciliation import Stored
from functions.results_processor.sinks import pour, public
from functions.results_processor.summary import brief, summarise
from functions.results_processor.totals import Totals
from tests.support.builders import ACCOUNT, RUN_ID, a_run

OTHER = "345678901234"
FINISHED_AT = datetime(2026, 11, 24, 3, 50, 0, 500_000, tzinfo=UTC)
RUN = a_run(services=("iam", "kms"))
FIGURES = ("items", "created", "changed", "unchanged", "deleted", "published", "failed", "apiCalls")


def scope(
    outcome: str = "COMPLETE",
    reason: str | None = None,
    *,
    service: str = "kms",
    account: str = ACCOUNT,
    region: str = "eu-west-1",
    **figures: Any,
) -> dict[str, Any]:
    """Return a scope's row as the ledger gives it."""
    row = {
        "pk": f"run#{RUN_ID}",
        "sk": f"scope#{service}#{account}#{region}",
        "expiresAt": 1_800_000_000,
        "service": service,
        "accountId": account,
        "awsRegion": region,
        "outcome": outcome,
        **Tally(**figures).to_document(),
    }
    return row | ({"reason": reason} if reason else {})


def summary(
    *scopes: dict[str, Any],
    collections: Any = (),
    stored: dict[str, Stored] | None = None,
) -> dict[str, Any]:
    totals = Totals()
    pour(scopes, totals)
    return summarise(RUN, totals, collections, stored or {}, FINISHED_AT)


rows = st.lists(
    st.builds(
        scope,
        st.sampled_from(["COMPLETE", "PARTIAL", "FAILED"]),
        st.just("TIMEOUT"),
        service=st.sampled_from(["iam", "kms"]),
        account=st.sampled_from([ACCOUNT, OTHER]),
        **{name: st.integers(0, 100) for name in FIGURES},
    ),
    max_size=8,
)


@given(rows)
def test_services_accounts_and_totals_each_add_up_to_all_scopes(
    scopes: list[dict[str, Any]],
) -> None:
    whole = summary(*scopes)
    for parts in (whole["services"].values(), whole["byAccount"].values(), [whole["totals"]]):
        for name in FIGURES:
            assert sum(part[name] for part in parts) == sum(row[name] for row in scopes)
        for outcome in ("COMPLETE", "PARTIAL", "FAILED"):
            counted = sum(part["scopes"][outcome] for part in parts)
            assert counted == sum(row["outcome"] == outcome for row in scopes)


@pytest.mark.parametrize(
    ("outcomes", "status"),
    [
        (["COMPLETE", "COMPLETE"], "COMPLETE"),
        (["COMPLETE", "PARTIAL"], "PARTIAL"),
        (["COMPLETE", "FAILED"], "PARTIAL"),
        (["PARTIAL"], "PARTIAL"),
        (["FAILED", "FAILED"], "FAILED"),
        ([], "FAILED"),
    ],
)
def test_a_run_fails_only_when_nothing_at_all_was_collected(
    outcomes: list[str], status: str
) -> None:
    scopes = (scope(each, "TIMEOUT" if each != "COMPLETE" else None) for each in outcomes)
    assert summary(*scopes)["status"] == status


def test_suspended_accounts_do_not_make_a_run_incomplete_and_are_named() -> None:
    whole = summary(scope(), scope("FAILED", "ACCOUNT_SUSPENDED", account=OTHER))
    assert whole["status"] == "COMPLETE"
    assert whole["failures"] == {"ACCOUNT_SUSPENDED": 1}


def test_every_scope_that_is_not_complete_is_counted_by_its_reason() -> None:
    whole = summary(
        scope(),
        scope("FAILED", "ROLE_DENIED", account=OTHER),
        scope("PARTIAL", "THROTTLED", region="us-east-1"),
        scope("PARTIAL", "THROTTLED", region="us-east-2"),
    )
    assert whole["failures"] == {"ROLE_DENIED": 1, "THROTTLED": 2}


def test_a_run_says_when_it_was_how_long_it_took_and_of_how_many_accounts() -> None:
    whole = summary(scope())
    assert whole["runId"] == RUN_ID
    assert (whole["startedAt"], whole["finishedAt"]) == (
        "2026-11-24T03:48:30.000Z",
        "2026-11-24T03:50:00.500000Z",
    )
    assert (whole["seconds"], whole["accounts"]) == (90.5, 1)


def test_the_tables_own_keys_are_no_part_of_the_summary() -> None:
    assert not {"pk", "sk", "expiresAt"} & public(scope()).keys()


def test_a_service_of_which_nothing_is_known_has_its_zeros() -> None:
    figures = summary(scope())["services"]["iam"]
    assert figures["items"] == figures["stored"] == 0
    assert figures["scopes"] == {"COMPLETE": 0, "PARTIAL": 0, "FAILED": 0}
    assert figures["publishing"] == {}


def test_figures_of_publishing_add_up_over_the_accounts_of_a_service() -> None:
    collections = [
        {"service": "kms", "publishing": {"messages": 3, "requests": 1}},
        {"service": "kms", "publishing": {"messages": 4, "requests": 2}},
        {"service": "kms"},
        {"service": "iam", "publishing": {"messages": 1}},
    ]
    services = summary(scope(), collections=collections)["services"]
    assert services["kms"]["publishing"]["messages"] == 7
    assert services["kms"]["publishing"]["requests"] == 3
    assert services["iam"]["publishing"]["messages"] == 1


@pytest.mark.parametrize(
    ("counts", "difference", "reconciled"),
    [
        ({"published": 5, "stored": 5}, 0, True),
        ({"published": 5, "stored": 4, "superseded": 1}, 0, True),
        ({"published": 5, "stored": 5, "duplicate": 3}, 0, True),
        ({"published": 5, "stored": 3}, 2, False),
        ({"published": 5, "stored": 4, "deadLettered": 1}, 0, False),
        ({"published": 4, "stored": 5}, -1, False),
        ({}, 0, True),
    ],
)
def test_a_service_is_reconciled_when_all_that_was_published_is_stored_or_overtaken(
    counts: dict[str, int], difference: int, reconciled: bool
) -> None:
    whole = summary(scope(), stored={"kms": Stored(**counts)})
    for figures in (whole["services"]["kms"], whole["totals"]):
        assert (figures["difference"], figures["reconciled"]) == (difference, reconciled)
    assert whole["reconciled"] is reconciled


def test_a_run_is_reconciled_only_when_each_of_its_services_is() -> None:
    stored = {"kms": Stored(published=5, stored=4), "iam": Stored(published=4, stored=5)}
    assert summary(scope(), stored=stored)["reconciled"] is False


def test_the_brief_summary_says_the_counts_and_where_the_rest_is() -> None:
    whole = summary(scope(items=3), scope("FAILED", "TIMEOUT", account=OTHER))
    output = brief(whole, "bucket", "runs/summary.json")
    assert output["summary"] == {"bucket": "bucket", "key": "runs/summary.json"}
    assert output["totals"] == whole["totals"]
    assert output["status"] == "PARTIAL"
    assert output["message"] == (
        "1 of 2 scopes complete; not complete: TIMEOUT 1; see s3://bucket/runs/summary.json"
    )


def test_where_all_is_complete_the_message_has_no_reasons() -> None:
    message = brief(summary(scope()), "bucket", "key")["message"]
    assert message == "1 of 1 scopes complete; see s3://bucket/key"


def test_the_message_does_not_miss_what_a_suspended_account_has() -> None:
    suspended = scope("FAILED", "ACCOUNT_SUSPENDED", account=OTHER)
    message = brief(summary(scope(), suspended), "bucket", "key")["message"]
    assert message == (
        "1 of 1 scopes complete; skipped because the account is suspended: 1; see s3://bucket/key"
    )


def test_the_brief_summary_stays_small_however_many_accounts_and_failures_there_are() -> None:
    scopes = [
        scope("FAILED", "ROLE_DENIED", account=f"{number:012}", service=service)
        for number in range(2_000)
        for service in ("iam", "kms")
    ]
    failed = [{"arn": "x" * 2_000, "errorCode": "Throttling"}] * 50
    collections = [{"service": "kms", "publishing": {"failedMessages": failed}}]
    whole = summary(*scopes, collections=collections)
    assert whole["services"]["kms"]["publishing"]["failedMessages"] == failed
    assert len(json.dumps(brief(whole, "bucket", "key"))) < 5_000

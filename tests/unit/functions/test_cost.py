"""What a run is said to cost: figures that were computed by hand from AWS's price pages."""

from typing import Any

import pytest

from cidb2.ledger.prices import Prices
from cidb2.run import AccountList, Run
from cidb2.services import COLLECTORS
from functions.results_processor.cost import Activity, estimate
from tests.support.builders import a_run

ACCOUNTS = AccountList("bucket", "key", 2)


def used(
    seconds: float, gigabyte_seconds: float, invocations: int, **others: float
) -> dict[str, float]:
    return {
        "lambdaSeconds": seconds,
        "lambdaGbSeconds": gigabyte_seconds,
        "lambdaRequests": invocations,
        **others,
    }


ACTIVITY = Activity(
    usage={
        "initializer": used(0.5, 0.25, 1, dynamodbWriteUnits=3, s3Writes=1),
        "kms_collector": used(10, 10, 2, dynamodbWriteUnits=20, dynamodbReadUnits=4),
        "s3_collector": used(6, 6, 2, dynamodbWriteUnits=10, dynamodbReadUnits=2),
        "reporter": used(4, 4, 1, dynamodbWriteUnits=100, sqsRequests=4),
        "results_processor": used(1, 1, 1, dynamodbReadUnits=12, s3Reads=1),
    },
    deaths=1,
    failed_collections=1,
    waits=2,
)


TRANSITIONS = 6 + 2 * 3 + 2 * 2 + 4 * 2 + 3 + 1 + 1 * 2 * ACCOUNTS.count + 2 * len(COLLECTORS)
"""The run, two waits, two collections, four invocations, a death, a collection that failed, two
collectors in each account, and a branch for each, whether it is wanted or not."""


def run() -> Run:
    return a_run(services=("kms", "s3"), accounts=ACCOUNTS)


def summary(items: int = 16) -> dict[str, Any]:
    return {
        "seconds": 301,
        "totals": {"items": items},
        "services": {
            "kms": {
                "apiCalls": 956,
                "publishing": {"succeeded": 15, "bytes": 30_000, "chunks": 2},
            },
            "s3": {
                "apiCalls": 12,
                "publishing": {"succeeded": 1, "bytes": 200_000, "chunks": 4},
            },
        },
    }


@pytest.fixture
def cost() -> dict[str, Any]:
    return estimate(run(), summary(), ACTIVITY, Prices.load())


def test_the_cost_of_each_service_is_what_the_price_pages_say(cost: dict[str, Any]) -> None:
    assert cost["services"] == {
        # 21.25 GB-seconds at 0.0000133334, 7 invocations at 0.20 a million
        "lambda": 0.000285,
        "stepFunctions": round(TRANSITIONS * 0.025 / 1_000, 6),
        # 6 requests at 0.50 a million
        "sns": 0.000003,
        # 15 messages, one of four chunks, 4 receipts and deletions at 0.40 a million
        "sqs": 0.000009,
        # 135 write units at 0.625 a million, 18 read units at 0.125
        "dynamodb": 0.000087,
        # 3 writes at 0.005 a thousand, 13 reads at 0.0004
        "s3": 0.00002,
        # 956 of the collector and 44 for the stack's key, at 0.03 for ten thousand
        "kms": 0.003,
    }


def test_the_total_is_told_alone_and_by_1000_resources(cost: dict[str, Any]) -> None:
    others = 0.003404
    assert cost["total"] == pytest.approx(others + TRANSITIONS * 0.025 / 1_000, abs=1e-6)
    assert cost["per1000Resources"] == pytest.approx(cost["total"] * 1_000 / 16, abs=1e-4)
    assert cost["inAccounts"] == 0.002882


def test_what_was_counted_is_told(cost: dict[str, Any]) -> None:
    assert cost["usage"] == {
        "dynamodbReadUnits": 18,
        "dynamodbWriteUnits": 135,
        "kmsRequests": 1000,
        "lambdaGbSeconds": 21.25,
        "lambdaRequests": 7,
        "lambdaSeconds": 21.5,
        "s3Reads": 13,
        "s3Writes": 3,
        "snsRequests": 6,
        "sqsRequests": 23,
        "stepFunctionsTransitions": TRANSITIONS,
    }
    assert cost["functions"]["initializer"] == {
        "invocations": 1,
        "seconds": 0.5,
        "gbSeconds": 0.25,
        "memoryMb": 512,
    }


def test_whose_prices_they_are_and_what_is_left_out_is_said(cost: dict[str, Any]) -> None:
    assert (cost["currency"], cost["priceRegion"], cost["pricesOf"]) == (
        "USD",
        "us-east-1",
        "2026-11-24",
    )
    assert any("storage" in each for each in cost["leavesOut"])


def test_other_prices_give_another_estimate() -> None:
    prices = Prices.load(["stepFunctionsTransitions=1"])
    cost = estimate(run(), summary(), ACTIVITY, prices)
    assert cost["services"]["stepFunctions"] == TRANSITIONS
    assert cost["pricesOverridden"] == ["stepFunctionsTransitions"]


def test_a_run_that_found_nothing_has_no_cost_by_resources() -> None:
    cost = estimate(run(), summary(items=0), Activity({"reporter": {}}, 0, 0, 0), Prices.load())
    assert cost["per1000Resources"] is None
    assert cost["functions"] == {}


def test_a_service_that_published_nothing_costs_no_messages() -> None:
    quiet = summary()
    quiet["services"]["s3"]["publishing"] = {}
    usage = estimate(run(), quiet, ACTIVITY, Prices.load())["usage"]
    assert (usage["snsRequests"], usage["sqsRequests"]) == (2, 15 + 4)

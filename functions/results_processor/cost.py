"""Estimates the cost of a run from its usage, and names what is not included. Pure functions."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cidb2.aws.usage import (
    KMS_REQUESTS,
    LAMBDA_GB_SECONDS,
    LAMBDA_REQUESTS,
    LAMBDA_SECONDS,
    S3_READS,
    S3_WRITES,
    SNS_REQUESTS,
    SQS_REQUESTS,
    TRANSITIONS,
    WRITE_UNITS,
    Usage,
    add_up,
)
from cidb2.ledger.prices import Prices
from cidb2.publishing.statistics import CHUNK_BYTES
from cidb2.run import Run
from cidb2.services import COLLECTORS

Row = Mapping[str, Any]

REPORTER = "reporter"

LEAVES_OUT = (
    "invocations that were killed or timed out, and their retries by Step Functions",
    "storage: tables with their versions and backups, bucket, queue, logs",
    "CloudWatch: logs, metrics, alarms, dashboard; X-Ray; the monthly price of the KMS key",
    "polling the empty queue between runs (about 20,000 requests a day)",
    "data transfer between regions; other subscribers to the topic",
    "free tiers, discounts and taxes",
)

# State transitions of a run in statemachine/inventory.asl.yaml.
STATES_OF_A_RUN = 6
"""SetInputAside, Initialize, ParallelCollection, ProcessResults, IsSettled, Success."""
STATES_OF_A_BRANCH = 2
"""IsIAMWanted, CollectIAM or LeaveIAMOut."""
STATES_OF_A_FAILED_COLLECTION = 1
"""RecordIAMFailure."""
STATES_OF_A_WAIT = 3
"""AwaitStorage, ProcessResultsAgain, IsSettled."""

# And in statemachine/collect.asl.yaml.
STATES_OF_A_COLLECTION = 2
"""CollectAccounts, Collected."""
STATES_OF_AN_INVOCATION = 2
"""Collect, IsDone."""
STATES_OF_A_DEATH = 3
"""Collect, Collect once more, RecordFailure."""
STATES_OF_AN_ACCOUNT = 1
"""Close."""

KEY_KEPT_SECONDS = 300
"""Seconds for which DynamoDB, SNS, SQS and S3 Bucket Keys reuse a data key."""


@dataclass(frozen=True, slots=True)
class Activity:
    """A run's figures in the ledger besides its scopes.

    The usage of each function, the number of collectors that died, the number of collectors
    whose whole collection failed, and how often the end waited for storage.
    """

    usage: Mapping[str, Usage]
    deaths: int
    failed_collections: int
    waits: int


def estimate(run: Run, summary: Row, activity: Activity, prices: Prices) -> dict[str, Any]:
    """Return the run's cost in `currency`: in total, by service, and per 1,000 resources.

    `inAccounts` is the part that the collected accounts pay: requests to their KMS and S3.
    """
    in_accounts = _in_accounts(run, summary)
    usage = add_up(
        *activity.usage.values(),
        in_accounts,
        _of_step_functions(run, activity),
        _of_messages(summary),
        _of_keys(summary, activity),
    )
    costs = prices.of(usage)
    total, items = sum(costs.values()), summary["totals"]["items"]
    return {
        "currency": prices.currency,
        "priceRegion": prices.region,
        "pricesOf": prices.date,
        "pricesOverridden": list(prices.overridden),
        "total": _rounded(total),
        "per1000Resources": _rounded(1000 * total / items) if items else None,
        "inAccounts": _rounded(sum(prices.of(in_accounts).values())),
        "services": {service: _rounded(cost) for service, cost in costs.items()},
        "usage": {name: round(amount, 3) for name, amount in sorted(usage.items())},
        "functions": {
            name: _function(used) for name, used in sorted(activity.usage.items()) if used
        },
        "leavesOut": list(LEAVES_OUT),
    }


def _function(used: Usage) -> dict[str, float]:
    seconds, gigabyte_seconds = used[LAMBDA_SECONDS], used[LAMBDA_GB_SECONDS]
    return {
        "invocations": round(used[LAMBDA_REQUESTS], 3),
        "seconds": round(seconds, 3),
        "gbSeconds": round(gigabyte_seconds, 3),
        "memoryMb": round(1024 * gigabyte_seconds / seconds),
    }


def _of_step_functions(run: Run, activity: Activity) -> Usage:
    """Return the usage of transitions, of reading the account list, and of failure rows."""
    collected = [used for name, used in activity.usage.items() if name.endswith("_collector")]
    invocations = sum(used[LAMBDA_REQUESTS] for used in collected)
    transitions = (
        STATES_OF_A_RUN
        + STATES_OF_A_BRANCH * len(COLLECTORS)
        + STATES_OF_A_WAIT * activity.waits
        + STATES_OF_A_COLLECTION * len(run.collectors)
        + STATES_OF_AN_ACCOUNT * run.accounts.count * len(run.collectors)
        + STATES_OF_AN_INVOCATION * invocations
        + STATES_OF_A_DEATH * activity.deaths
        + STATES_OF_A_FAILED_COLLECTION * activity.failed_collections
    )
    return {
        TRANSITIONS: transitions,
        S3_READS: len(run.collectors),
        WRITE_UNITS: activity.deaths + activity.failed_collections,
    }


def _of_messages(summary: Row) -> Usage:
    """Return the requests to SNS, and from SNS to SQS; the reporter counts its own to SQS."""
    publishing = [figures["publishing"] for figures in summary["services"].values()]
    sent = sum(
        max(each.get("succeeded", 0), math.ceil(each.get("bytes", 0) / CHUNK_BYTES))
        for each in publishing
    )
    return {
        SNS_REQUESTS: sum(each.get("chunks", 0) for each in publishing),
        SQS_REQUESTS: sent,
    }


def _in_accounts(run: Run, summary: Row) -> Usage:
    """Return the requests that the accounts pay; S3's listings cost more than its other ones."""
    services = summary["services"]
    of_s3 = services.get("s3", {}).get("apiCalls", 0)
    listings = min(of_s3, run.accounts.count)
    return {
        KMS_REQUESTS: services.get("kms", {}).get("apiCalls", 0),
        S3_WRITES: listings,
        S3_READS: of_s3 - listings,
    }


def _of_keys(summary: Row, activity: Activity) -> Usage:
    """Return the requests for the stack's key: few, because services reuse data keys.

    Each function causes them for two tables and the bucket, SNS two for each publisher, and SQS
    those for its sender and receiver.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
    """
    functions = sum(1 for used in activity.usage.values() if used)
    publishers = sum(name.endswith("_collector") for name in activity.usage)
    periods = math.ceil(summary["seconds"] / KEY_KEPT_SECONDS)
    return {KMS_REQUESTS: periods * (3 * functions + 2 * publishers + 3)}


def _rounded(amount: float) -> float:
    return round(amount, 6)

"""Computes the time and cost of a run of any size from measured constants, quotas and prices.

Lambda gives a function of 1,769 MB one CPU, and smaller functions a proportional share:
https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmarks import constants, page
from benchmarks.breadth import REGIONS, Empty
from benchmarks.constants import Constants
from benchmarks.sample import Samples
from cidb2.aws.usage import Usage
from cidb2.ledger.prices import Prices

PER_ACCOUNT = 330
CHANGED_A_DAY = 0.01
VCPU = 1024 / 1769
START_SECONDS = 0.45
"""CPU of a cold start: see the table of cold starts."""

CONCURRENCY, REPORTERS = 50, 20
"""AccountConcurrency, and the reporter's MaximumConcurrency in the template."""
SCOPES_WITH_RESOURCES = 2 + 2 * REGIONS
"""Scopes per account that have resources: IAM and S3, and KMS and EC2 in each region."""
STATES, STATES_OF_A_COLLECTION = 29, 3
"""State transitions of a run with five waits for storage, and of each collector and account."""
COVERAGE = 1 / 5
"""Share of the ledger's rows that are coverage and not in the run's partitions; see `ledger`."""
SHARING_A_PARTITION = 7
"""Accounts out of 50 whose rows may share a partition: see `cidb2.ledger.partitions`."""
KNOWN_BYTES, ROW_BYTES, READ_UNIT_BYTES = 350, 1_000, 4096
PASSES = 3
"""How often a run reads the outcomes at its end."""

CONFIG_CONTINUOUS, CONFIG_DAILY = 0.003, 0.012
"""USD per configuration item, 2026-11-24: https://aws.amazon.com/config/pricing/"""

QUOTAS: Mapping[str, float] = {
    "Lambda environments": 1_000,
    "STS requests/s": 600,
    "Step Functions transitions/s": 5_000,
    "SNS messages/s": 30_000,
    "inventory table write units/s": 4_000,
    "runs table write units/s": 4_000,
    "runs table write units/s per partition": 1_000,
}
"""Defaults of us-east-1; docs/performance.md cites their pages. Table limits are those of a new
table; an older table allows twice its previous peak."""

MODES = ("first", "full", "changes")


@dataclass(frozen=True)
class Day:
    """A run: its numbers of accounts and resources, and its kind."""

    accounts: int
    resources: int
    mode: str

    @property
    def new(self) -> int:
        """New and changed items."""
        part = 1 if self.mode == "first" else CHANGED_A_DAY
        return round(self.resources * part)

    @property
    def unchanged(self) -> int:
        """Unchanged items that are published."""
        return self.resources - self.new if self.mode == "full" else 0

    @property
    def published(self) -> int:
        return self.new + self.unchanged


class Model:
    """Time, calls and cost of a run."""

    def __init__(self, measured: Constants) -> None:
        self._measured = measured

    def collecting_seconds(self, day: Day) -> float:
        """Return the time to collect all accounts, set by the slowest service."""
        slowest = self._resource_cpu(day) * self._measured.slowest / VCPU / day.accounts
        waves = math.ceil(day.accounts / CONCURRENCY)
        return waves * (slowest + max(map(_in_lambda, self._measured.empty)))

    def storing_seconds(self, day: Day) -> float:
        """Return the reporter's time, limited by its CPU or by a new table's write rate."""
        by_cpu = self._reporter_cpu(day) / VCPU / REPORTERS
        return max(by_cpu, self.item_units(day) / QUOTAS["inventory table write units/s"])

    def item_units(self, day: Day) -> float:
        units = self._measured.units
        new = units["new"] if day.mode == "first" else units["changed"]
        return day.new * new.write_units + day.unchanged * units["unchanged"].write_units

    def calls(self, day: Day) -> float:
        """Return the calls to the accounts, and to STS."""
        empty = self._measured.empty
        of_an_account = sum(each.calls for each in empty) + len(empty)
        return self._measured.calls * day.resources + of_an_account * day.accounts

    def usage(self, day: Day) -> Usage:
        """Return a run's billed usage, named like the prices."""
        measured, empty = self._measured, self._measured.empty
        collections = len(empty) * day.accounts
        requests, batches = math.ceil(day.published / 10), math.ceil(day.published / 100)
        starts = len(empty) * min(day.accounts, CONCURRENCY) + REPORTERS
        seconds = (
            self._resource_cpu(day) / VCPU
            + day.accounts * sum(map(_in_lambda, empty))
            + self._reporter_cpu(day) / VCPU
            + starts * START_SECONDS
        )
        ledger = day.accounts * sum(each.rows for each in empty)
        read = day.resources * KNOWN_BYTES / 2 + PASSES * ledger * (1 - COVERAGE) * ROW_BYTES
        return {
            "lambdaGbSeconds": seconds,
            "lambdaRequests": collections + batches,
            "stepFunctionsTransitions": STATES + STATES_OF_A_COLLECTION * collections,
            "snsRequests": requests,
            "sqsRequests": day.published + 2 * requests,
            "dynamodbWriteUnits": self.item_units(day) + ledger + requests + batches,
            "dynamodbReadUnits": read / READ_UNIT_BYTES,
            "s3Writes": day.accounts
            * (SCOPES_WITH_RESOURCES + sum(each.objects for each in empty)),
            "s3Reads": measured.s3_calls * day.resources,
            "kmsRequests": measured.kms_calls * day.resources,
        }

    def shares(self, day: Day) -> Mapping[str, float]:
        """Return the share of each quota that the run uses."""
        collecting = self.collecting_seconds(day)
        storing = max(1.0, self._reporter_cpu(day) / VCPU / REPORTERS, collecting)
        empty = self._measured.empty
        collections, ledger = len(empty) * day.accounts, sum(each.rows for each in empty)
        sharing = min(SHARING_A_PARTITION, day.accounts) * math.ceil(day.accounts / CONCURRENCY)
        rates = {
            "Lambda environments": len(empty) * min(day.accounts, CONCURRENCY) + REPORTERS,
            "STS requests/s": collections / collecting,
            "Step Functions transitions/s": STATES_OF_A_COLLECTION * collections / collecting,
            "SNS messages/s": day.published / collecting,
            "inventory table write units/s": self.item_units(day) / storing,
            "runs table write units/s": ledger * day.accounts / collecting,
            "runs table write units/s per partition": (
                ledger * (1 - COVERAGE) * sharing / collecting
            ),
        }
        return {name: rate / QUOTAS[name] for name, rate in rates.items()}

    def _resource_cpu(self, day: Day) -> float:
        measured = self._measured
        each = measured.unchanged if day.mode == "changes" else measured.resource
        return day.resources * each

    def _reporter_cpu(self, day: Day) -> float:
        stored = self._measured.stored
        return day.new * stored["new"] + day.unchanged * stored["unchanged"]


def _in_lambda(empty: Empty) -> float:
    """Return the duration of an empty account's collection with the share of a CPU in Lambda."""
    return empty.seconds + empty.cpu * (1 / VCPU - 1)


def organisation(samples: Samples) -> page.Table:
    """Return time, calls, cost and the nearest quota, by size of organisation."""
    model, prices = _model_of(samples), Prices.load()
    rows = []
    for accounts in (200, 1_000, 5_000):
        for mode in MODES:
            day = Day(accounts, accounts * PER_ACCOUNT, mode)
            nearest, part = max(model.shares(day).items(), key=lambda each: each[1])
            rows.append(
                (
                    *(accounts, day.resources, mode),
                    model.collecting_seconds(day) / 60,
                    model.storing_seconds(day) / 60,
                    round(model.calls(day)),
                    sum(prices.of(model.usage(day)).values()),
                    f"{nearest}, {part:.0%}",
                )
            )
    return page.Table(
        (
            *("accounts", "resources", "run", "min to collect", "min to store", "calls"),
            *("USD", "nearest quota, and its part"),
        ),
        rows,
    )


def costs(samples: Samples) -> page.Table:
    """Return the cost of a daily run by service, next to AWS Config for the same changes."""
    model, prices = _model_of(samples), Prices.load()
    services = tuple(dict.fromkeys(prices.services.values()))
    rows: list[Sequence[object]] = []
    for resources in (10_000, 100_000, 1_000_000):
        for mode in MODES:
            day = Day(max(1, resources // PER_ACCOUNT), resources, mode)
            cost = prices.of(model.usage(day))
            total = sum(cost.values())
            config = [day.new * each for each in (CONFIG_CONTINUOUS, CONFIG_DAILY)]
            figures = [*(cost[service] for service in services), total, *config]
            rows.append((resources, mode, *figures))
    head = ("resources", "run", *services, "USD", "Config, continuous", "Config, daily")
    return page.Table(head, rows)


_measured: dict[int, Model] = {}


def _model_of(samples: Samples) -> Model:
    """Return the model; its constants are measured once for all tables."""
    key = id(samples)
    if key not in _measured:
        _measured[key] = Model(constants.measure(samples))
    return _measured[key]

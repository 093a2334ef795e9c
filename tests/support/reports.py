"""Reports of simulated runs of any size, made by the real code from ledger rows."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from random import Random
from typing import Any

from cidb2.items.findings.rule import Finding
from cidb2.ledger.prices import Prices
from cidb2.ledger.tally import Tally
from cidb2.scope import GLOBAL
from cidb2.times import iso, parse
from cidb2.types.catalog import REGIONAL
from functions.results_processor.cost import Activity, estimate
from functions.results_processor.gathering import Gathering
from functions.results_processor.reconciliation import Stored
from functions.results_processor.report import CHANGES_NAMED, Report
from functions.results_processor.sinks import pour
from functions.results_processor.summary import summarise
from functions.results_processor.totals import Totals
from tests.support.builders import a_run

Row = dict[str, Any]

RUN = a_run()
FINDINGS = {
    "s3": Finding.PUBLIC_BUCKET,
    "kms": Finding.KEY_WITHOUT_ROTATION,
    "iam": Finding.POLICY_ALLOWS_ALL,
    "ec2": Finding.INSTANCE_WITH_IMDSV1,
    "lambda": Finding.PUBLIC_FUNCTION,
    "rds": Finding.PUBLIC_DATABASE,
}
TEAMS = ("payments", "search", "checkout", "ledger", "identity")
TROUBLE = (
    ("PARTIAL", "THROTTLED", "ThrottlingException", "Rate exceeded"),
    ("PARTIAL", "PUBLISH_FAILED", "InternalError", "We encountered an internal error"),
    ("FAILED", "TIMEOUT", "ReadTimeoutError", "Read timeout on endpoint URL"),
)
TROUBLED_ACCOUNTS = 0.3
"""The share of accounts with missing data, for any services. The first account has none."""
DENIED = ("FAILED", "ROLE_DENIED", "AccessDenied", "is not authorized to perform: sts:AssumeRole")
SUSPENDED = ("FAILED", "ACCOUNT_SUSPENDED", "", "AWS Organizations does not list it as active")
WELL = ("COMPLETE", "", "", "")


@dataclass(frozen=True)
class Made:
    """A page, and the data that it shows."""

    html: str
    report: Report


def a_report(
    accounts: int,
    *,
    regions: int = 3,
    earlier: int = 0,
    denied: bool = False,
    words: str = "",
    name: str = "",
    seed: int = 1,
) -> Made:
    """Return a run's page; every 13th account denies the role, every 29th is suspended.

    `denied` makes every account deny the role. `words` replace AWS's messages, `name` the names of
    accounts and resources.
    """
    rng, totals, gathering = Random(seed), Totals(), Gathering()
    pour(_rows(accounts, regions, rng, words, denied=denied), totals, gathering)
    stored = {service: Stored(published=10, stored=10) for service in RUN.services}
    finished = parse(RUN.started_at) + timedelta(seconds=20 + accounts / 8)
    summary = summarise(RUN, totals, [], stored, finished)
    summary["cost"] = estimate(RUN, summary, Activity({}, 0, 0, 0), Prices.load())
    names = {
        one: name or f"{rng.choice(TEAMS)}-{n:03}" for n, one in enumerate(summary["byAccount"])
    }
    report = Report(RUN, summary, names, gathering, _earlier(summary, earlier, rng))
    file = BytesIO()
    report.write(list(_changes(report, name, rng)), file)
    return Made(file.getvalue().decode(), report)


def _rows(accounts: int, regions: int, rng: Random, words: str, *, denied: bool) -> Iterator[Row]:
    for service in RUN.services:
        for number in range(accounts):
            fate = DENIED if denied or number % 13 == 4 else WELL
            fate = SUSPENDED if number % 29 == 7 else fate
            places = [GLOBAL]
            if REGIONAL[service]:
                places = ["*"] if fate is not WELL else [f"eu-west-{n + 1}" for n in range(regions)]
            for region in places:
                chance = TROUBLED_ACCOUNTS / len(RUN.services) / len(places)
                in_trouble = fate is WELL and number > 0 and rng.random() < chance
                outcome = rng.choice(TROUBLE) if in_trouble else fate
                yield _row(service, number, region, outcome, rng, words)


def _row(
    service: str, number: int, region: str, fate: tuple[str, str, str, str], rng: Random, words: str
) -> Row:
    outcome, reason, code, said = fate
    account = f"{number * 7_919 + 100_000_000_000}"
    begin = parse(RUN.started_at) + timedelta(seconds=2 + number / 9 + rng.random())
    tally = Tally()
    if outcome != "FAILED":
        created, changed, deleted = (rng.choice((0, 0, 0, 0, 0, each)) for each in (3, 2, 1))
        unchanged = rng.randrange(4, 30)
        items = created + changed + unchanged
        tally = Tally(
            items=items,
            created=created,
            changed=changed,
            unchanged=unchanged,
            deleted=deleted,
            published=items + deleted,
            apiCalls=items * 3,
            seconds=3.5,
        )
    document = tally.to_document()
    if outcome != "FAILED" and rng.random() < 0.25 and service in FINDINGS:
        arns = [f"arn:aws:{service}:{region}:{account}:thing/{n}" for n in range(2)]
        document["findings"] = {FINDINGS[service]: {"count": 2, "unknown": 1, "arns": arns}}
    failure = {"reason": reason, "errorCode": code, "errorMessage": words or said}
    return {
        "service": service,
        "accountId": account,
        "awsRegion": region,
        "outcome": outcome,
        **document,
        "startedAt": iso(begin),
        "finishedAt": iso(begin + timedelta(seconds=2 + 6 * rng.random())),
        **(failure if reason else {}),
    }


def _changes(report: Report, name: str, rng: Random) -> Iterator[Row]:
    for group in report.most_changed():
        for number in range(min(group.cell.changes, CHANGES_NAMED)):
            kind = f"{group.service}-{number:03}"
            yield {
                "pk": f"arn:aws:{group.service}:eu-west-1:{group.account_id}:thing/{name or kind}",
                "change": rng.choice(("CREATED", "CHANGED", "DELETED")),
                "accountId": group.account_id,
                "awsRegion": "eu-west-1",
                "resourceType": f"AWS::{group.service.upper()}::Thing",
                "resourceName": name or kind,
            }


def _earlier(summary: Mapping[str, Any], count: int, rng: Random) -> list[Row]:
    runs = []
    for day in range(count):
        growth = 0.7 + 0.3 * day / count
        totals = dict(summary["totals"])
        for figure in ("items", "created", "changed", "deleted"):
            totals[figure] = int(totals[figure] * growth * rng.uniform(0.95, 1.05))
        runs.append(
            {
                **{key: summary[key] for key in ("status", "accounts", "failures", "cost")},
                "runId": f"202610{day + 1:02}T034830Z-00000000",
                "startedAt": f"2026-10-{day + 1:02}T03:48:30Z",
                "seconds": summary["seconds"] * rng.uniform(0.9, 1.1),
                "totals": totals,
            }
        )
    return runs

"""The trend of the last runs: a small chart for each figure."""

from collections.abc import Mapping, Sequence
from typing import Any

from cidb2.reasons import Reason
from cidb2.scope import Outcome
from functions.results_processor.charts import bars
from functions.results_processor.gathering import CHANGES

Row = Mapping[str, Any]

RUNS_SHOWN = 30
WIDTH, HEIGHT = 240, 48


def panels(runs: Sequence[Row]) -> list[Row]:
    """Return a panel for each figure of the last of `runs`; earlier runs may lack it."""
    shown = runs[-RUNS_SHOWN:]
    labels = [run["runId"] for run in shown]
    made: list[Row] = []
    for title, form, figure in _FIGURES:
        values = [figure(run) if "totals" in run else None for run in shown]
        if values[-1] is not None:
            marks = bars(values, labels, WIDTH, HEIGHT, RUNS_SHOWN)
            made.append({"title": title, "form": form, "bars": marks, "value": values[-1]})
    return made


def _not_complete(run: Row) -> int:
    scopes = run["totals"]["scopes"]
    suspended = run.get("failures", {}).get(Reason.ACCOUNT_SUSPENDED, 0)
    return int(scopes[Outcome.PARTIAL] + scopes[Outcome.FAILED] - suspended)


def _found(run: Row) -> int | None:
    findings = run["totals"].get("findings")
    return None if findings is None else sum(each["count"] for each in findings.values())


_FIGURES: tuple[tuple[str, str, Any], ...] = (
    ("Resources", "number", lambda run: run["totals"]["items"]),
    ("Incomplete scopes", "number", _not_complete),
    ("Changes", "number", lambda run: sum(run["totals"][name] for name in CHANGES)),
    ("Findings", "number", _found),
    ("Duration", "duration", lambda run: run["seconds"]),
    ("Cost", "money", lambda run: run["cost"]["total"] if "cost" in run else None),
)

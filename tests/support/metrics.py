"""Parses metrics from a log, as CloudWatch does: the embedded metric format."""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple


class Metric(NamedTuple):
    """The identity of a metric in a namespace."""

    name: str
    dimensions: frozenset[tuple[str, str]]

    @property
    def form(self) -> tuple[str, frozenset[str]]:
        """The name and the dimension names."""
        return self.name, frozenset(name for name, _ in self.dimensions)


def metric(name: str, **dimensions: str) -> Metric:
    return Metric(name, frozenset(dimensions.items()))


def measured(log: str) -> dict[Metric, list[float]]:
    """Return the values of each metric in a log; other lines are ignored."""
    values: dict[Metric, list[float]] = {}
    for line in log.splitlines():
        if '"_aws"' in line:
            for found, figures in _metrics(json.loads(line)):
                values.setdefault(found, []).extend(figures)
    return values


def _metrics(document: dict[str, Any]) -> Iterator[tuple[Metric, list[float]]]:
    for directive in document["_aws"]["CloudWatchMetrics"]:
        assert directive["Namespace"] == "CIDB2"
        for names in directive["Dimensions"]:
            dimensions = {name: document[name] for name in names}
            for each in directive["Metrics"]:
                yield metric(each["Name"], **dimensions), document[each["Name"]]

"""Compares the inventory table with the accounts' actual resources, field by field."""

import json
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from moto.dynamodb.models.table import Table

from local.simulation.truth import VOLATILE, Item

COMPARED = (
    *("arn", "accountId", "awsRegion", "resourceType", "resourceId", "resourceName"),
    *("tags", "configuration", "supplementaryConfiguration"),
)
"""Compared fields of an item. Without a read configuration, only the planter's `shows` count."""
JSON_TEXT = ("configuration", "supplementaryConfiguration")
DELETED = "ResourceDeleted"
ABSENT = object()
"""The field is missing, unlike null."""


@dataclass
class Report:
    """The result of a comparison. `resources`, `types` and `fields` count what was compared."""

    resources: int = 0
    fields: int = 0
    unreadable: int = 0
    missing: list[str] = field(default_factory=list)
    surplus: list[str] = field(default_factory=list)
    falsely_deleted: list[str] = field(default_factory=list)
    types: Counter[str] = field(default_factory=Counter)
    differing: dict[str, list[str]] = field(default_factory=dict)

    @property
    def differences(self) -> int:
        """Return the number of resources and fields that differ."""
        wrong = len(self.missing) + len(self.surplus) + len(self.falsely_deleted)
        return wrong + sum(len(names) for names in self.differing.values())

    @property
    def is_equal(self) -> bool:
        """Return whether the inventory matches the accounts."""
        return self.differences == 0

    def lines(self) -> Iterator[str]:
        """Yield one line of text per difference."""
        yield from (f"missing          {arn}" for arn in self.missing)
        yield from (f"surplus          {arn}" for arn in self.surplus)
        yield from (f"falsely deleted  {arn}" for arn in self.falsely_deleted)
        for arn, names in self.differing.items():
            yield from (f"differs          {arn}: {name}" for name in names)


@dataclass(frozen=True)
class Changes:
    """The ARNs of created, changed and deleted resources."""

    created: frozenset[str]
    changed: frozenset[str]
    deleted: frozenset[str]


def compare(
    expected: Mapping[str, Item], stored: Mapping[str, Item], hidden: Collection[str] = ()
) -> Report:
    """Compare expected with stored items, both by ARN.

    `hidden` resources could not be listed: they may be missing or keep their last known state, but
    must not be recorded as deleted.
    """
    report = Report(resources=len(expected))
    for arn, truth in expected.items():
        report.types[truth["resourceType"]] += 1
        item = stored.get(arn)
        if item is None:
            report.missing.append(arn)
        elif item["configurationItemStatus"] == DELETED:
            report.falsely_deleted.append(arn)
        else:
            _compare_fields(truth, item, report)
    for arn, item in stored.items():
        gone = item["configurationItemStatus"] == DELETED
        if gone and arn in hidden:
            report.falsely_deleted.append(arn)
        elif not gone and arn not in expected and arn not in hidden:
            report.surplus.append(arn)
    return report


def difference(before: Mapping[str, Item], after: Mapping[str, Item]) -> Changes:
    """Return the changes between two states of the accounts."""
    both = before.keys() & after.keys()
    return Changes(
        frozenset(after.keys() - before.keys()),
        frozenset(arn for arn in both if before[arn] != after[arn]),
        frozenset(before.keys() - after.keys()),
    )


def stored_items(table: Table, s3: Any) -> dict[str, Item]:
    """Return the current rows of the inventory table by ARN, including tombstones.

    Reads moto's table object: a scan over HTTP would take a third of the run's own time.
    """
    items: dict[str, Item] = {}
    for row in table.all_items():
        item = row.to_regular_json()
        if item["sk"] != "current":
            continue
        item |= {name: json.loads(item[name]) for name in JSON_TEXT if name in item}
        if pointer := item.get("pointer"):
            claimed = s3.get_object(Bucket=pointer["bucket"], Key=pointer["key"])
            item |= json.loads(claimed["Body"].read())
        for name in VOLATILE:
            (item["configuration"] or {}).pop(name, None)
        items[item["arn"]] = item
    return items


def _compare_fields(truth: Item, item: Item, report: Report) -> None:
    unreadable = item.get("unreadable", {}).keys()
    excused = tuple(name for name in truth["unreadable"] if name in unreadable)
    compared = [name for name in COMPARED if name in truth]
    wanted, found = _flat(truth, compared, excused), _flat(item, compared, excused)
    for path, value in truth.get("shows", {}).items():
        wanted[f"shows {path}"], found[f"shows {path}"] = value, _at(path, item)
    names = [n for n in wanted.keys() | found if wanted.get(n, ABSENT) != found.get(n, ABSENT)]
    names += [f"unreadable: {name}" for name in unreadable - set(excused)]
    report.fields += len(wanted)
    report.unreadable += len(excused)
    if names:
        report.differing[truth["arn"]] = sorted(names)


def _at(path: str, value: Any) -> Any:
    """Return the value at a path of member names and list indexes."""
    for part in path.split("."):
        try:
            value = value[int(part)] if isinstance(value, list) else value[part]
        except (KeyError, IndexError, TypeError):
            return ABSENT
    return value


def _flat(item: Item, compared: Collection[str], excused: tuple[str, ...]) -> dict[str, Any]:
    leaves = (leaf for top in compared for leaf in _leaves(top, item.get(top)))
    return {name: value for name, value in leaves if not name.startswith(excused)}


def _leaves(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Yield every leaf value with its path; an empty list is a leaf."""
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from _leaves(f"{name}.{key}", inner)
    elif isinstance(value, list) and value:
        for position, inner in enumerate(value):
            yield from _leaves(f"{name}[{position}]", inner)
    else:
        yield name, value

"""Determines which planted resources a run must find: those it asked for and may read."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from moto.backends import get_backend

from cidb2.types.catalog import REGIONAL, TYPES
from cidb2.types.selection import selected_listings, selected_services
from local.simulation.population import HUB, Organisation
from local.simulation.population.planted import Planted
from local.simulation.truth import Item, expected_item


@dataclass(frozen=True)
class Expectation:
    """`found` must be in the inventory; `hidden` may be missing or kept, but never deleted."""

    found: dict[str, Item]
    hidden: frozenset[str]


def expect(
    truth: Mapping[str, Item], wanted: Mapping[str, Any], planted: Organisation
) -> Expectation:
    """Return the part of `truth` that an execution with the input `wanted` must find."""
    accounts = set(_accounts(wanted.get("accounts", "organization"), planted))
    accounts -= set(wanted.get("exclude_accounts", []))
    open_to_all = {a.id for a in planted.accounts if a.has_role and a.id in accounts}
    denied = {a.id for a in planted.accounts if a.condition == "kms denied"}
    excluded = wanted.get("exclude_regions", [])
    regions = [one for one in wanted.get("regions", []) if one not in excluded]

    def is_found(item: Item) -> bool:
        service = item["arn"].split(":")[2]
        return (
            item["accountId"] in open_to_all
            and _is_selected(item["resourceType"], service, wanted)
            and item["awsRegion"] in ["global", *(regions or [item["awsRegion"]])]
            and not (REGIONAL[service] and item["awsRegion"] in excluded)
            and not (service == "kms" and item["accountId"] in denied)
        )

    standing = {**truth, **dict(_expected(planted.expected, truth))}
    found = {arn: item for arn, item in standing.items() if is_found(item)}
    return Expectation(found, frozenset(standing.keys() - found.keys()))


def _is_selected(kind: str, service: str, wanted: Mapping[str, Any]) -> bool:
    """Return whether a run calls a type's listing, for that type or another one."""
    types = tuple(wanted.get("types", ()))
    if not types:
        return service in wanted.get("services", [service])
    listing = TYPES[service][kind].listing.name
    return service in selected_services(wanted) and listing in selected_listings(service, types)


def _expected(planted: Iterable[Planted], truth: Mapping[str, Item]) -> Iterator[tuple[str, Item]]:
    """Yield each resource's expected fields, merged over its actual ones if any were read."""
    for one in planted:
        yield one.arn, {**truth.get(one.arn, {}), **expected_item(one)}


def _accounts(asked: Any, planted: Organisation) -> Iterable[str]:
    if asked == "organization":
        return [account.id for account in planted.accounts]
    if isinstance(asked, list):
        return asked
    backend = get_backend("organizations")[HUB]["aws"]
    parents: dict[str, Any] = {one.id: one.parent_id for one in backend.accounts}
    parents |= {unit.id: unit.parent_id for unit in backend.ou}

    def is_below(child: str) -> bool:
        parent = parents.get(child)
        return parent is not None and (parent in asked["organizational_units"] or is_below(parent))

    return [account.id for account in planted.accounts if is_below(account.id)]

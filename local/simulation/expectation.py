"""Which of the planted resources a run must find: what it asked for, less what nobody may read."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from moto.backends import get_backend

from cidb2.services import REGIONAL
from local.simulation.population import HUB, Organisation
from local.simulation.truth import Item


@dataclass(frozen=True)
class Expectation:
    """`found` must be in the inventory; `hidden` may be missing or kept, but never deleted."""

    found: dict[str, Item]
    hidden: frozenset[str]


def expect(
    truth: Mapping[str, Item], wanted: Mapping[str, Any], planted: Organisation
) -> Expectation:
    """Return what an execution with the input `wanted` must find of `truth`."""
    accounts = set(_accounts(wanted.get("accounts", "organization"), planted))
    accounts -= set(wanted.get("exclude_accounts", []))
    open_to_all = {a.id for a in planted.accounts if a.has_role and a.id in accounts}
    denied = {a.id for a in planted.accounts if a.condition == "kms denied"}
    excluded = wanted.get("exclude_regions", [])
    regions = [one for one in wanted.get("regions", []) if one not in excluded]

    def is_found(item: Item) -> bool:
        service = item["resourceType"].split("::")[1].lower()
        return (
            item["accountId"] in open_to_all
            and service in wanted.get("services", [service])
            and item["awsRegion"] in ["global", *(regions or [item["awsRegion"]])]
            and not (REGIONAL[service] and item["awsRegion"] in excluded)
            and not (service == "kms" and item["accountId"] in denied)
        )

    found = {arn: item for arn, item in truth.items() if is_found(item)}
    return Expectation(found, frozenset(truth.keys() - found.keys()))


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

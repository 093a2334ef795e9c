"""The organisation's accounts in the inventory: name, unit and tags."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain

from cidb2.items.inventory import Inventory, Otherwise
from cidb2.items.item import Item

ACCOUNT = "AWS::Organizations::Account"
UNIT = "AWS::Organizations::OrganizationalUnit"
ROOT = "Root"
"""The name of every root; nobody can rename it."""

_ROOT_LEVELS = 2
"""Parts of a root's path: the organisation and the root."""


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """An account of the organisation.

    `unit` has the names from the root down to its unit, `Root/Workloads/Production`, and `path`
    their ids; both are empty if AWS did not tell them. `tags` are None if they are unreadable.
    `listed_by` is the account in which the organisation was read.
    """

    account_id: str
    name: str
    unit: str = ""
    path: str = ""
    tags: Mapping[str, str] | None = None
    listed_by: str = ""

    def is_below(self, unit: str) -> bool:
        """Return whether the account is in a unit or below it, by its id or by names.

        `Workloads/Production` are names of units in each other, wherever they are in the tree.
        """
        return unit in self.path.split("/") or (
            bool(self.unit) and f"/{unit.casefold()}/" in f"/{self.unit.casefold()}/"
        )


def organization_accounts(
    inventory: Inventory, otherwise: Otherwise | None = None
) -> dict[str, AccountFacts]:
    """Return the accounts of the organisation by id; none if it was never collected.

    Unusable rows are passed to `otherwise`, as `Inventory` does. Raises StorageError.
    """
    rows = chain.from_iterable(map(inventory.of_type, (ACCOUNT, UNIT)))
    given = {} if otherwise is None else {"otherwise": otherwise}
    items = [*inventory.items((row["pk"] for row in rows), whole=False, **given)]
    names = {path: name for path, name in map(_names, _of_type(UNIT, items)) if path}
    return {
        item["resourceId"]: _facts(item, names)
        # The last one counts, if the account was seen in two organisations.
        for item in sorted(_of_type(ACCOUNT, items), key=_captured_at)
    }


def _of_type(resource_type: str, items: Iterable[Item]) -> Iterator[Item]:
    return (item for item in items if item["resourceType"] == resource_type)


def _captured_at(item: Item) -> str:
    return item["configurationItemCaptureTime"]


def _names(unit: Item) -> tuple[str, str]:
    """Return the path of a unit and its names from the root down; empty where unknown."""
    path = (unit.get("configuration") or {}).get("Path")
    names = (unit.get("supplementaryConfiguration") or {}).get("NamePath")
    return path or "", names or ""


def _facts(account: Item, names: Mapping[str, str]) -> AccountFacts:
    paths = (account.get("configuration") or {}).get("Paths") or [""]
    path = paths[0].removesuffix(f"{account['resourceId']}/")
    is_of_root = len(path.rstrip("/").split("/")) == _ROOT_LEVELS
    return AccountFacts(
        account_id=account["resourceId"],
        name=account["resourceName"] or "",
        unit=names.get(path) or (ROOT if is_of_root else ""),
        path=path,
        tags=account.get("tags"),
        listed_by=account["accountId"],
    )

"""Reads what the changes of a run mean, from the versions that the run wrote."""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from cidb2.chunks import chunks
from cidb2.items.item import Change

if TYPE_CHECKING:
    from cidb2.items.inventory import Inventory

AT_ONCE = 1_600
"""Changes whose effects are in memory at once: sixteen reads of a hundred versions."""


def with_effects(
    inventory: "Inventory", changes: Iterable[Mapping[str, Any]]
) -> Iterator[dict[str, Any]]:
    """Yield rows of `Inventory.changes` with `effects` and `addedPrincipals` of their versions.

    These are None and empty if the version has none, or not in their form. What was created or
    deleted takes no read. Raises StorageError.
    """
    for some in chunks(changes, AT_ONCE):
        changed = (row for row in some if row["change"] == Change.CHANGED)
        rows = inventory.effects({"pk": row["pk"], "sk": row["sk"]} for row in changed)
        told = {(row["pk"], row["sk"]): row for row in rows}
        for row in some:
            version = told.get((row["pk"], row["sk"]), {})
            added = _texts(version.get("addedPrincipals")) or []
            yield {**row, "effects": _texts(version.get("effects")), "addedPrincipals": added}


def _texts(value: Any) -> list[str] | None:
    return value if isinstance(value, list) and all(isinstance(one, str) for one in value) else None

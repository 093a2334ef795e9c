"""The effects of a run's changes are read from its versions, and only of what changed."""

from typing import Any, cast

from cidb2.items.claim_check import ClaimCheck
from cidb2.items.effects.reading import with_effects
from cidb2.items.inventory import Inventory
from tests.support.builders import BUCKET
from tests.support.fakes import FakeS3, MemoryTable

TOLD = {"effects": ["TRUST_ADDED"], "addedPrincipals": ["*"]}
NOTHING: dict[str, Any] = {"effects": None, "addedPrincipals": []}


class CountedTable(MemoryTable):
    """Counts the keys that are read."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def get(self, keys: Any, fields: Any = ()) -> Any:
        listed = [*keys]
        self.asked += [key["pk"] for key in listed]
        return super().get(listed, fields)


def a_change(name: str, change: str = "CHANGED") -> dict[str, Any]:
    return {"pk": name, "sk": "version#1", "change": change}


def test_each_change_has_what_its_version_tells_and_others_are_not_read() -> None:
    table = CountedTable()
    versions: dict[str, dict[str, Any]] = {
        "told": TOLD,
        "none": {"effects": []},
        "earlier": {},
        "odd": {"effects": "TRUST_ADDED", "addedPrincipals": [1]},
    }
    table.put({**a_change(name), **told} for name, told in versions.items())
    inventory = Inventory(table, ClaimCheck(cast("Any", FakeS3()), BUCKET))
    changes = [*map(a_change, versions), a_change("new", "CREATED"), a_change("gone", "DELETED")]
    found = {row["pk"]: row for row in with_effects(inventory, changes)}
    assert [*found] == [*versions, "new", "gone"]
    effects = {name: {key: row[key] for key in NOTHING} for name, row in found.items()}
    assert effects == {
        "told": TOLD,
        "none": {"effects": [], "addedPrincipals": []},
        **dict.fromkeys(("earlier", "odd", "new", "gone"), NOTHING),
    }
    assert table.asked == [*versions]


def test_more_changes_than_one_read_takes_are_all_told() -> None:
    table = CountedTable()
    names = [f"{number:04}" for number in range(1_701)]
    table.put({**a_change(name), **TOLD} for name in names)
    inventory = Inventory(table, ClaimCheck(cast("Any", FakeS3()), BUCKET))
    rows = [*with_effects(inventory, map(a_change, names))]
    assert [row["pk"] for row in rows] == names
    assert all(row["effects"] == ["TRUST_ADDED"] for row in rows)

"""The rooms of the layer: imports run one way, and every room says what belongs in it."""

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from tests.support.template import ROOT

LAYER = ROOT / "layers" / "shared" / "cidb2"
ENTRANCE = ""
BELOW = {
    "collecting": {"publishing", "ledger", "lake", "items", "types", "aws", ENTRANCE},
    "publishing": {"items", "types", "aws", ENTRANCE},
    "ledger": {"items", "types", "aws", ENTRANCE},
    "lake": {"items", "types", "aws", ENTRANCE},
    "items": {"types", "aws", ENTRANCE},
    "types": {"aws", ENTRANCE},
    "aws": {ENTRANCE},
    ENTRANCE: set(),
}
"""What each room may import. The entrance is what stands beside the rooms."""

MODULES = sorted(LAYER.rglob("*.py"))
FLOORS = 7


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(LAYER.parent).with_suffix("").parts)


def room_of(module: str) -> str:
    part = module.split(".")[1]
    return part if part in BELOW else ENTRANCE


def imported(path: Path) -> Iterator[str]:
    """Yield the modules of the layer that a module of it imports."""
    known = {name_of(each) for each in MODULES}
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("cidb2"):
            for alias in node.names:
                member = f"{node.module}.{alias.name}"
                yield member if member in known else str(node.module)


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_room_imports_only_from_the_rooms_below_it(path: Path) -> None:
    room = room_of(name_of(path))
    above = {each for each in imported(path) if room_of(each) not in BELOW[room] | {room}}
    assert above == set()


def test_no_module_imports_itself_by_way_of_others() -> None:
    graph = {name_of(path): {*imported(path)} for path in MODULES}
    assert [*TopologicalSorter(graph).static_order()]  # CycleError names the circle


def test_the_layer_has_few_floors() -> None:
    floors: dict[str, int] = {}
    for room in TopologicalSorter(BELOW).static_order():
        floors[room] = 1 + max((floors[below] for below in BELOW[room]), default=0)
    assert max(floors.values()) <= FLOORS


@pytest.mark.parametrize("room", sorted({*BELOW} - {ENTRANCE}))
def test_a_room_says_in_one_line_what_belongs_in_it(room: str) -> None:
    docstring = ast.get_docstring(ast.parse((LAYER / room / "__init__.py").read_text()))
    assert docstring is not None
    assert len(docstring.splitlines()) == 1


def test_there_are_no_rooms_but_these() -> None:
    folders = {path.parent.name for path in LAYER.glob("*/*.py")}
    assert folders == {*BELOW} - {ENTRANCE}

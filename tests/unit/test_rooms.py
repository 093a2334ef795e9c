"""The rooms of the layer and of local/: imports run one way, each room says what belongs in it."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from tests.support.template import ROOT

ENTRANCE = ""
"""What stands beside the rooms."""

FLOORS = 7


@dataclass(frozen=True)
class House:
    """A package of rooms; `below` is what each may import."""

    folder: Path
    below: Mapping[str, set[str]]

    @property
    def rooms(self) -> set[str]:
        return {*self.below} - {ENTRANCE}

    @cached_property
    def modules(self) -> dict[str, Path]:
        return {self._name_of(path): path for path in sorted(self.folder.rglob("*.py"))}

    def _name_of(self, path: Path) -> str:
        parts = path.relative_to(self.folder.parent).with_suffix("").parts
        return ".".join(parts).removesuffix(".__init__")

    def room_of(self, module: str) -> str:
        room = module.removeprefix(f"{self.folder.name}.").partition(".")[0]
        return room if room in self.below else ENTRANCE

    def imported(self, module: str) -> Iterator[str]:
        """Yield the modules of the house that a module of it imports."""
        for node in ast.walk(ast.parse(self.modules[module].read_text(encoding="utf-8"))):
            source = getattr(node, "module", None) or ""
            if isinstance(node, ast.ImportFrom) and source.split(".")[0] == self.folder.name:
                for alias in node.names:
                    member = f"{source}.{alias.name}"
                    yield member if member in self.modules else source


LAYER = House(
    ROOT / "layers" / "shared" / "cidb2",
    {
        "collecting": {"publishing", "ledger", "lake", "items", "types", "aws", ENTRANCE},
        "publishing": {"items", "types", "aws", ENTRANCE},
        "ledger": {"items", "types", "aws", ENTRANCE},
        "lake": {"items", "types", "aws", ENTRANCE},
        "items": {"types", "aws", ENTRANCE},
        "types": {"aws", ENTRANCE},
        "aws": {ENTRANCE},
        ENTRANCE: set(),
    },
)
LOCAL = House(
    ROOT / "local",
    {
        "real": {"commands", "emulator", "deployment", "gateway"},
        "commands": {"emulator", "simulation", "deployment", "gateway"},
        "emulator": {
            *("lambda_runtime", "patches", "deployment", "gateway", "execution_environment"),
        },
        "lambda_runtime": {"patches", "gateway", "execution_environment"},
        "patches": {"gateway", "execution_environment"},
        "gateway": {"execution_environment"},
        "deployment": set(),
        "simulation": set(),
        "execution_environment": set(),
        ENTRANCE: set(),
    },
)
HOUSES = {"layer": LAYER, "local": LOCAL}

in_every_module = pytest.mark.parametrize(
    ("house", "module"),
    [pytest.param(house, name, id=name) for house in HOUSES.values() for name in house.modules],
)
in_every_room = pytest.mark.parametrize(
    ("house", "room"),
    [
        pytest.param(house, room, id=f"{name}/{room}")
        for name, house in HOUSES.items()
        for room in sorted(house.rooms)
    ],
)
in_every_house = pytest.mark.parametrize("house", HOUSES.values(), ids=HOUSES)


@in_every_module
def test_a_room_imports_only_from_the_rooms_below_it(house: House, module: str) -> None:
    room = house.room_of(module)
    allowed = house.below[room] | {room}
    assert {one for one in house.imported(module) if house.room_of(one) not in allowed} == set()


@in_every_house
def test_no_module_imports_itself_by_way_of_others(house: House) -> None:
    graph = {name: {*house.imported(name)} for name in house.modules}
    assert [*TopologicalSorter(graph).static_order()]  # CycleError names the circle


@in_every_house
def test_a_house_has_few_floors(house: House) -> None:
    floors: dict[str, int] = {}
    for room in TopologicalSorter(house.below).static_order():
        floors[room] = 1 + max((floors[below] for below in house.below[room]), default=0)
    assert max(floors.values()) <= FLOORS


@in_every_room
def test_a_room_says_in_one_line_what_belongs_in_it(house: House, room: str) -> None:
    docstring = ast.get_docstring(ast.parse((house.folder / room / "__init__.py").read_text()))
    assert docstring is not None
    assert len(docstring.splitlines()) == 1


@in_every_house
def test_there_are_no_rooms_but_these(house: House) -> None:
    folders = {path.parent.name for path in house.folder.glob("*/*.py")}
    assert folders == house.rooms


def test_everything_local_is_in_a_room() -> None:
    assert [path.name for path in LOCAL.folder.glob("*.py")] == ["__init__.py"]


def test_the_pages_know_neither_the_command_line_nor_the_embedded_aws() -> None:
    imported = {
        str(getattr(node, "module", None) or node.names[0].name).split(".")[0]
        for path in (ROOT / "explore").glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    assert {"cidb2", "lake"} <= imported
    assert not imported & {"cli", "local", "functions", "boto3", "botocore"}

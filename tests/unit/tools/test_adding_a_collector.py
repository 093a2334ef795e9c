"""What a service needs beside its line in services.py; `docs/adding-a-collector.md` says how.

Where something lacks, the failure is the list of what is still to be done.
"""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from cidb2.services import COLLECTOR_OF, COLLECTORS, SERVICES, collector_title
from cidb2.types.actions import iam_prefix
from cidb2.types.catalog import DECLARED
from local.deployment.intrinsics import names_in
from local.simulation.population.organisation import SHARES
from tests.support.template import ROOT, STATE_MACHINES, TEMPLATE, parsed
from tests.support.world import PLANTED_SERVICES
from tools.collectors import ALARM, EVENTS, generate, renamed, with_alarms
from tools.member_policies import sid_of
from tools.services import collector

MACHINE = STATE_MACHINES["InventoryStateMachine"]
"""The one that has a branch for each collector."""

MENTIONS = {
    "CollectorPolicy": ("Role", 1),
    "InventoryStateMachine": ("Function", 1),
    "CollectStateMachineRole": ("Function", 1),
    r"ThrottledFunctions\d*Alarm": ("Function", 1),
    "InventoryDashboard": ("Function", 2),
}
"""Which resources of the template name every collector's function or role, and how often.

A pattern is for those that have to be several.
"""


POPULATION = "local/simulation/population/"
TRUTH = "local/simulation/truth/"


def lacking(service: str) -> Iterator[str]:
    """Yield what is still to be done for a service, in the order of the page."""
    for part in (_declaration, _generated, _embedded, _tests, _docs):
        yield from part(service)


def _declaration(service: str) -> Iterator[str]:
    if service not in DECLARED:
        yield "layers/shared/cidb2/types/catalog.py: declare its types"


def _generated(service: str, root: Path = ROOT) -> Iterator[str]:
    """Yield what `make collector` has still to write."""
    collector = COLLECTOR_OF.get(service, service)
    yield from _template(collector, service, parsed(root / TEMPLATE.relative_to(ROOT)))
    machine = MACHINE.relative_to(ROOT)
    if f"$.run.collectors.{collector}," not in (root / machine).read_text("utf-8"):
        yield f"{machine}: add a branch that starts at Is{collector_title(collector)}Wanted"
    if not (root / f"functions/{collector}_collector/app.py").exists():
        yield f"functions/{collector}_collector/app.py: write it"
    for path in EVENTS:
        run = json.loads((root / path).read_text("utf-8"))["run"]
        if service not in run["services"] or not run["collectors"].get(collector):
            yield f"{path}: name {service}"


def text_of(path: str) -> str:
    return (ROOT / path).read_text("utf-8")


def _template(collector: str, service: str, template: dict[str, Any]) -> Iterator[str]:
    resources, name = template["Resources"], f"{collector.capitalize()}Collector"
    for kind in ("Function", "Role", "LogGroup"):
        if f"{name}{kind}" not in resources:
            yield f"template.yaml: declare {name}{kind}"
    for where, (kind, times) in MENTIONS.items():
        named = [each for each in resources if re.fullmatch(where, each)]
        found = [*names_in([resources[each] for each in named])].count(f"{name}{kind}")
        if found != times:
            yield f"template.yaml: {where} names {name}{kind} {found} times, not {times}"
    if f'"{name}Role"' not in json.dumps(template["Outputs"]["CollectorRoleArns"]):
        yield f"template.yaml: the output CollectorRoleArns does not name {name}Role"
    role = json.dumps(resources.get(f"{name}Role"))
    if f"/service={service}/" not in role:
        yield f"template.yaml: {name}Role may not write service={service} to the lake"


def _embedded(service: str) -> Iterator[str]:
    planters = {module.__name__.rpartition(".")[2].strip("_"): module for module in SHARES}
    if service not in planters:
        modules = (ROOT / POPULATION).glob(f"{service.replace('-', '_')}*.py")
        texts = [path.read_text("utf-8") for path in modules]
        if "def plant_each(" not in "".join(texts):
            yield f"{POPULATION}: {service} has no module with plant_each"
        return
    for name in ("plant", "change", "delete"):
        if not hasattr(planters[service], name):
            yield f"{POPULATION}: {service} has nothing to {name} resources with"
    readers = "".join(path.read_text("utf-8") for path in (ROOT / TRUTH).glob("*.py"))
    if f'"aws::{service}::' not in readers.lower():
        yield f"{TRUTH}: read what stands in the accounts of {service}"


def _tests(service: str) -> Iterator[str]:
    if service in PLANTED_SERVICES and f"{service}:" not in text_of("tests/faults/operations.txt"):
        yield "tests/faults/operations.txt: record it anew"
    prefix = iam_prefix(DECLARED[service].client) if service in DECLARED else service
    statement = re.compile(rf"^CollectorRole/\w+ \| {sid_of(prefix)} \|", re.MULTILINE)
    if not statement.search(text_of("tests/permissions/evidence.txt")):
        yield "tests/permissions/evidence.txt: record it anew"


def _docs(service: str) -> Iterator[str]:
    if f"\n`{service}`, " not in text_of("docs/types.md"):
        yield "docs/types.md: make docs"


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_has_all_that_it_needs(service: str) -> None:
    to_do = [*lacking(service)]
    assert not to_do, "\n".join(["docs/adding-a-collector.md says how to", *to_do])


def test_a_collector_reads_its_services_and_no_service_has_two_collectors() -> None:
    for name, services in COLLECTORS.items():
        assert [each.name for each in collector(name).services] == [*services]
    assert len({*SERVICES}) == len(SERVICES)
    folders = {path.parent.name for path in ROOT.glob("functions/*_collector/app.py")}
    assert folders == {f"{name}_collector" for name in COLLECTORS}


def test_of_a_service_that_is_only_a_name_everything_lacks() -> None:
    to_do = [*lacking("fax")]
    places = {line.partition(":")[0] for line in to_do}
    assert places == {
        "layers/shared/cidb2/types/catalog.py",
        *("functions/fax_collector/app.py", "template.yaml", "statemachine/inventory.asl.yaml"),
        *("events/collector.json", "events/results-processor.json"),
        POPULATION,
        "tests/permissions/evidence.txt",
        "docs/types.md",
    }
    assert sum(line.startswith("template.yaml") for line in to_do) == 3 + len(MENTIONS) + 2


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a folder with what is generated."""
    for path in ("template.yaml", "lake/athena.yaml", "statemachine/inventory.asl.yaml", *EVENTS):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, tmp_path / path)
    for handler in ROOT.glob("functions/*_collector/app.py"):
        folder = tmp_path / handler.relative_to(ROOT).parent
        folder.mkdir(parents=True)
        shutil.copy(handler, folder)
    return tmp_path


def test_what_is_generated_is_there(root: Path) -> None:
    generate(root)
    for path in ("template.yaml", "statemachine/inventory.asl.yaml", *EVENTS):
        assert (root / path).read_text("utf-8") == text_of(path), "make collector"


def test_new_collectors_and_their_services_are_generated_in_their_order(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    last = [*COLLECTORS][-1]
    more = {**COLLECTORS, "office": ("fax", "post"), "garden": ("fern",)}
    for module in ("cidb2.services", "tools.collectors"):
        monkeypatch.setattr(f"{module}.COLLECTORS", more)
    monkeypatch.setattr("tools.collectors.SERVICES", (*SERVICES, "fax", "post", "fern"))
    generate(root)
    monkeypatch.setitem(cast("dict[str, str]", COLLECTOR_OF), "fax", "office")
    monkeypatch.setitem(cast("dict[str, str]", COLLECTOR_OF), "post", "office")
    assert [*_generated("fax", root)] == [*_generated("post", root)] == []
    handler = (root / "functions/office_collector/app.py").read_text("utf-8")
    assert 'collector_of("office")' in handler
    machine = parsed(root / "statemachine/inventory.asl.yaml")
    *_, like, new, newest = machine["States"]["ParallelCollection"]["Branches"]
    assert renamed(json.dumps(like), last, "office") == json.dumps(new)
    assert renamed(json.dumps(new), "office", "garden") == json.dumps(newest)
    branches = parsed(MACHINE)["States"]["ParallelCollection"]["Branches"]
    assert json.dumps(like) == json.dumps(branches[-1])


def test_an_alarm_watches_as_many_functions_as_it_can_and_the_next_one_the_others(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tools.collectors.COLLECTORS", {f"c{number}": () for number in range(18)})
    template = with_alarms(text_of("template.yaml"))
    assert with_alarms(template) == template
    (root / "template.yaml").write_text(template, "utf-8")
    resources = parsed(root / "template.yaml")["Resources"]
    alarms = {name: each for name, each in resources.items() if name.startswith(ALARM)}
    watched = [[*names_in(each["Properties"]["Metrics"])] for each in alarms.values()]
    assert [len(each) for each in watched] == [10, 10, 1]
    assert watched[2] == ["C17CollectorFunction"]
    shown = [name for name in names_in(resources["InventoryDashboard"]) if name.startswith(ALARM)]
    assert [*alarms] == [*shown] == [f"{ALARM}{number}Alarm" for number in ("", 2, 3)]

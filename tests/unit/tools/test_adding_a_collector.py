"""What a service needs beside its entry in services.py; `docs/adding-a-collector.md` says how.

Where something lacks, the failure is the list of what is still to be done.
"""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cidb2.services import REGIONAL, SERVICES, TITLES
from local.deployment.intrinsics import names_in
from local.simulation.population.organisation import SHARES
from tests.support.template import MEMBER_TEMPLATE, ROOT, STATE_MACHINES, TEMPLATE, parsed
from tools.copy_collector import EVENTS, copy, renamed
from tools.services import declared

MACHINE = STATE_MACHINES["InventoryStateMachine"]
"""The one that has a branch for each collector."""

MENTIONS = {
    "CollectorPolicy": ("Role", 1),
    "InventoryStateMachine": ("Function", 1),
    "CollectStateMachineRole": ("Function", 1),
    "ThrottledFunctionsAlarm": ("Function", 1),
    "InventoryDashboard": ("Function", 2),
}
"""Which resources of the template name every collector's function or role, and how often."""


POPULATION = "local/simulation/population/"
TRUTH = "local/simulation/truth/"
FOR_A_REGIONAL_ONE = "template.yaml: its role may not ForgetAllRegions, as of a regional service"


def lacking(service: str) -> Iterator[str]:
    """Yield what is still to be done for a service, in the order of the page."""
    for part in (_title, _code, _copied, _accounts, _embedded, _tests, _docs):
        yield from part(service)


def _title(service: str) -> Iterator[str]:
    if service not in TITLES:
        yield "layers/shared/cidb2/services.py: give it a display title in TITLES"


def _copied(service: str, root: Path = ROOT) -> Iterator[str]:
    """Yield what `tools/copy_collector.py` has still to copy."""
    yield from _template(service, parsed(root / TEMPLATE.relative_to(ROOT)))
    machine = MACHINE.relative_to(ROOT)
    if f"$.run.services.{service}," not in (root / machine).read_text("utf-8"):
        yield f"{machine}: add a branch that starts at Is{service.upper()}Wanted"
    for path in EVENTS:
        if service not in json.loads((root / path).read_text("utf-8"))["run"]["services"]:
            yield f"{path}: say yes to {service}"


def text_of(path: str) -> str:
    return (ROOT / path).read_text("utf-8")


def title(service: str) -> str:
    return service.capitalize()


def _absent(paths: tuple[str, ...]) -> Iterator[str]:
    yield from (f"{path}: write it" for path in paths if not (ROOT / path).exists())


def _code(service: str) -> Iterator[str]:
    folder = f"functions/{service}_collector"
    files = (f"{folder}/app.py", f"{folder}/collector.py")
    yield from _absent(files)
    if Path(ROOT / files[1]).exists() and declared(service).name != service:
        yield f"{files[1]}: {service.upper()} has another name than {service}"


def _template(service: str, template: dict[str, Any]) -> Iterator[str]:
    resources, name = template["Resources"], f"{title(service)}Collector"
    for kind in ("Function", "Role", "LogGroup"):
        if f"{name}{kind}" not in resources:
            yield f"template.yaml: declare {name}{kind}"
    for where, (kind, times) in MENTIONS.items():
        found = [*names_in(resources[where])].count(f"{name}{kind}")
        if found != times:
            yield f"template.yaml: {where} names {name}{kind} {found} times, not {times}"
    if f'"{name}Role"' not in json.dumps(template["Outputs"]["CollectorRoleArns"]):
        yield f"template.yaml: the output CollectorRoleArns does not name {name}Role"
    role = json.dumps(resources.get(f"{name}Role"))
    if f"/service={service}/" not in role:
        yield f"template.yaml: {name}Role may not write service={service} to the lake"
    if REGIONAL.get(service, True) and "ForgetAllRegions" not in role:
        yield FOR_A_REGIONAL_ONE


def _accounts(service: str) -> Iterator[str]:
    [role] = parsed(MEMBER_TEMPLATE)["Resources"].values()
    [policy] = role["Properties"]["Policies"]
    sids = [one["Sid"] for one in policy["PolicyDocument"]["Statement"]]
    if title(service) not in sids:
        yield f"{MEMBER_TEMPLATE.relative_to(ROOT)}: add the statement {title(service)}"


def _embedded(service: str) -> Iterator[str]:
    planters = {module.__name__.rpartition(".")[2].strip("_"): module for module in SHARES}
    if service not in planters:
        yield f"{POPULATION}: plant {service}, and give it a share in organisation.py"
    else:
        for name in ("plant", "change", "delete"):
            if not hasattr(planters[service], name):
                yield f"{POPULATION}: {service} has nothing to {name} resources with"
    readers = "".join(path.read_text("utf-8") for path in (ROOT / TRUTH).glob("*.py"))
    if f'"aws::{service}::' not in readers.lower():
        yield f"{TRUTH}: read what stands in the accounts of {service}"


def _tests(service: str) -> Iterator[str]:
    yield from _absent(
        tuple(
            f"tests/{tier}/test_{service}_collector.py"
            for tier in ("unit/functions", "integration")
        )
    )
    if f"| member {service} " not in text_of("tests/faults/operations.txt"):
        yield "tests/faults/operations.txt: record it anew"
    if f"CollectorRole/run | {title(service)} |" not in text_of("tests/permissions/evidence.txt"):
        yield "tests/permissions/evidence.txt: record it anew"


def _docs(service: str) -> Iterator[str]:
    collected = text_of("docs/architecture.md").split("\n## What is collected\n")[1]
    if f"`aws::{service}::" not in collected.split("\n## ")[0].lower():
        yield "docs/architecture.md: add a row to What is collected"
    [row] = re.findall(r"^\| `services` \|.*$", text_of("docs/operations.md"), re.MULTILINE)
    if f"`{service}`" not in row:
        yield "docs/operations.md: name it at the input's field services"


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_has_all_that_it_needs(service: str) -> None:
    to_do = [*lacking(service)]
    assert not to_do, "\n".join(["docs/adding-a-collector.md says how to", *to_do])


def test_every_collector_is_of_a_service() -> None:
    folders = {path.parent.name for path in ROOT.glob("functions/*_collector/app.py")}
    assert folders == {f"{service}_collector" for service in SERVICES}


def test_of_a_service_that_is_only_a_name_everything_lacks() -> None:
    to_do = [*lacking("rds")]
    places = {line.partition(":")[0] for line in to_do}
    assert places == {
        "layers/shared/cidb2/services.py",
        *("functions/rds_collector/app.py", "functions/rds_collector/collector.py"),
        *("template.yaml", "statemachine/inventory.asl.yaml", "member-account/template.yaml"),
        *("events/collector.json", "events/results-processor.json"),
        *(POPULATION, TRUTH),
        *("tests/unit/functions/test_rds_collector.py", "tests/integration/test_rds_collector.py"),
        *("tests/faults/operations.txt", "tests/permissions/evidence.txt"),
        *("docs/architecture.md", "docs/operations.md"),
    }
    assert sum(line.startswith("template.yaml") for line in to_do) == 3 + len(MENTIONS) + 3


def test_what_collectors_have_alike_is_copied(tmp_path: Path) -> None:
    copied = (
        *("template.yaml", "lake/athena.yaml", "statemachine/inventory.asl.yaml", *EVENTS),
        f"functions/{SERVICES[-1]}_collector/app.py",
    )
    for path in copied:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, tmp_path / path)
    (tmp_path / "functions/rds_collector").mkdir()
    copy(tmp_path, SERVICES[-1], "rds")
    assert {*_copied("rds", tmp_path)} <= {FOR_A_REGIONAL_ONE}
    assert "import RDS" in (tmp_path / "functions/rds_collector/app.py").read_text("utf-8")
    machine = parsed(tmp_path / "statemachine/inventory.asl.yaml")
    *_, like, new = machine["States"]["ParallelCollection"]["Branches"]
    assert renamed(json.dumps(like), SERVICES[-1], "rds") == json.dumps(new)
    assert json.dumps(like) == json.dumps(
        parsed(MACHINE)["States"]["ParallelCollection"]["Branches"][-1]
    )

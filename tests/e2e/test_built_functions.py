"""What `sam build` makes: each function runs from it, with the built layer and nothing else."""

import ast
import importlib.util
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import cache_from_source
from pathlib import Path
from typing import Any

import pytest

from cidb2 import services
from cidb2.times import now, sortable
from cidb2.types.actions import operations_of
from cidb2.types.catalog import DECLARED
from local.simulation.population import HUB, REGIONS, Organisation
from local.simulation.truth import Item
from tests.support.events import load_event
from tests.support.isolated import IsolatedFunction, runtime_folder
from tests.support.sam import host_build, sam_build
from tests.support.template import ROOT
from tests.support.world import World, world

pytestmark = [
    pytest.mark.built,
    pytest.mark.skipif(
        importlib.util.find_spec("awslambdaric") is None,
        reason="AWS's runtime client exists for Linux only",
    ),
]

MEMBER = "234567890123"
RUN_ID = "20261124T034830Z-1a2b3c4s0"
FUNCTIONS = {
    "initializer": "InitializerFunction",
    **{f"{one}_collector": f"{one.capitalize()}CollectorFunction" for one in services.COLLECTORS},
    "reporter": "ReporterFunction",
    "results_processor": "ResultsProcessorFunction",
}
COLLECTORS = [name for name in FUNCTIONS if name.endswith("_collector")]
SDK = {"boto3", "botocore", "s3transfer", "jmespath", "dateutil", "urllib3", "six.py"}
BROUGHT = {"results_processor": {"jinja2", "markupsafe"}}
"""What a function has of its own beside its modules."""

BY_THE_TRACER = "xray"
"""The X-Ray SDK makes a client to ask for sampling rules, when it is imported outside of Lambda."""

LARGE_FIELDS: dict[str, Any] = {"tags": {}, "configuration": {}, "supplementaryConfiguration": {}}
AARCH64 = 183
CAPTURE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
JUST_NOW = sortable(now())
"""Messages that are hours late would be overtaken by what the collectors here have listed."""
"""The ELF header's name for the machine (elf(5), e_machine)."""

LAYER_LIMIT_BYTES = 30_000_000


@pytest.fixture(scope="module", name="host_build")
def built_for_host(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return host_build(tmp_path_factory)


@pytest.fixture(scope="module")
def default_build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sam_build(tmp_path_factory.mktemp("default"))


# --- what runs ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Story:
    """What each built function answered to its sample event, and where it ran."""

    here: World
    answers: dict[str, Any]
    surroundings: dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def story(host_build: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    runtime = runtime_folder(tmp_path_factory.mktemp("runtime") / "python")
    planted = Organisation(1, 16, REGIONS[:2], seed=61)
    with world(planted, template=host_build / "template.yaml", time_scale=5) as here:
        answers, surroundings = {}, {}
        put(here, f"runs/{RUN_ID}/accounts.json", [{"accountId": MEMBER, "name": "payments"}])
        for item in items_of(load_event("reporter")):
            if "pointer" in item:
                put(here, item["pointer"]["key"], LARGE_FIELDS)
        for name, logical_id in FUNCTIONS.items():
            layer = host_build / "SharedLayer" / "python"
            function = IsolatedFunction(
                here.aws, logical_id, host_build / logical_id, layer, runtime
            )
            try:
                answers[name] = invoke(function.invoke, event_of(here, name))
            finally:
                function.close()
            surroundings[name] = function.surroundings
        yield Story(here, answers, surroundings)


def put(here: World, key: str, document: Any) -> None:
    """Put an object into the results bucket that a sample event speaks of."""
    bucket = here.stack.outputs["ResultsBucketName"]
    here.aws.client("s3").put_object(Bucket=bucket, Key=key, Body=json.dumps(document))


def items_of(event: dict[str, Any]) -> list[Item]:
    """Return the items in a batch of queue messages."""
    return [json.loads(record["body"]) for record in event["Records"]]


def event_of(here: World, function: str) -> dict[str, Any]:
    """Return a function's sample event, with the names of the stack that is deployed."""
    name = "collector" if function.endswith("_collector") else function.replace("_", "-")
    text = json.dumps(load_event(name))
    text = CAPTURE_TIME.sub(JUST_NOW, text)
    names = {
        "cidb2-dev-resultsbucket": here.stack.outputs["ResultsBucketName"],
        f"arn:aws:sns:us-east-1:{HUB}:cidb2-dev-InventoryTopic": here.stack.outputs["TopicArn"],
    }
    for sample, deployed in names.items():
        text = text.replace(sample, deployed)
    event: dict[str, Any] = json.loads(text)
    return event


def invoke(function: Callable[[Any], Any], event: dict[str, Any]) -> Any:
    """Return a function's answer, its last one where it asks to be invoked again."""
    answer = function(event)
    while answer.get("status") == "SETTLING":
        answer = function(event | {"settlement": answer["settlement"]})
    return answer


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_process_knows_the_function_and_the_layer_only(
    story: Story, host_build: Path, name: str
) -> None:
    surroundings = story.surroundings[name]
    path = [Path(entry) for entry in surroundings["path"] if entry]
    assert Path(surroundings["folder"]) == host_build / FUNCTIONS[name]
    assert path[:2] == [host_build / FUNCTIONS[name], host_build / "SharedLayer" / "python"]
    assert not [entry for entry in path if entry.is_relative_to(ROOT)]
    assert not [entry for entry in path if entry.name == "site-packages"]


def test_the_built_initializer_decides_a_run(story: Story) -> None:
    run = story.answers["initializer"]["run"]
    assert run["accounts"]["count"] == 2
    assert run["services"] == [*services.SERVICES]
    listed = json.loads(story.here.object(run["accounts"]["key"]))
    assert [account["accountId"] for account in listed] == [HUB, MEMBER]
    assert story.here.run_row(run["runId"])["status"] == "RUNNING"


@pytest.mark.parametrize("name", COLLECTORS)
def test_a_built_collector_collects_an_account(story: Story, name: str) -> None:
    answer, collected = story.answers[name], services.COLLECTORS[name.removesuffix("_collector")]
    wanted = {"accounts": [MEMBER], "services": [*collected]}
    expected = story.here.expected(wanted).found
    assert (answer["status"], answer["continuation"]) == ("DONE", None)
    assert set(answer["scopes"]) == {"COMPLETE"}
    assert answer["publishing"]["succeeded"] == answer["publishing"]["messages"] == len(expected)
    own = {arn: item for arn, item in story.here.inventory().items() if arn in expected}
    assert own.keys() == expected.keys()
    assert all(item["runId"] == RUN_ID for item in own.values())


def test_the_built_reporter_stores_the_messages(story: Story) -> None:
    assert story.answers["reporter"] == {"batchItemFailures": []}
    for sent in items_of(event_of(story.here, "reporter")):
        expected = sent | (LARGE_FIELDS if "pointer" in sent else {})
        stored = story.here.item(sent["arn"])
        assert {name: stored[name] for name in expected} == expected


def test_the_built_results_processor_ends_a_run(story: Story) -> None:
    summary = story.answers["results_processor"]
    assert (summary["runId"], summary["status"]) == (RUN_ID, "COMPLETE")
    everything = {"accounts": [MEMBER], "services": [*services.SERVICES]}
    found = len(story.here.expected(everything).found)
    assert summary["totals"]["items"] == summary["totals"]["published"] == found
    assert story.here.run_row(RUN_ID)["status"] == "COMPLETE"
    page = story.here.object(summary["report"]["key"]).decode()
    assert f"{found:,}" in page
    assert page.endswith("</html>")


def test_the_built_template_takes_an_inventory(story: Story) -> None:
    wanted = {"accounts": [HUB]}
    taken = story.here.take_inventory(wanted)
    assert taken.summary["status"] == "COMPLETE"
    assert list(story.here.compare_found(taken, wanted).lines()) == []


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_begins_without_what_only_a_refusal_needs(
    host_build: Path, tmp_path: Path, name: str
) -> None:
    layer = host_build / "SharedLayer" / "python"
    path = (host_build / FUNCTIONS[name], layer, runtime_folder(tmp_path / "python"))
    script = f"import sys, functions.{name}.app; print(*sys.modules)"
    ran = subprocess.run(
        [sys.executable, "-S", "-c", script],
        env={"PYTHONPATH": os.pathsep.join(map(str, path)), "PYTHONDONTWRITEBYTECODE": "1"},
        check=True,
        capture_output=True,
        text=True,
    )
    imported = set(ran.stdout.split())
    assert imported >= {"botocore", "cidb2"}
    assert not imported & {"jsonschema", "referencing", "rpds", "attrs"}


# --- what is in it ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_holds_its_own_modules_and_nothing_else(
    default_build: Path, name: str, record_property: Callable[[str, object], None]
) -> None:
    folder = default_build / FUNCTIONS[name]
    built = {path.relative_to(folder): path for path in folder.rglob("*") if path.is_file()}
    source = ROOT / "functions" / name
    files = [*source.glob("*.py"), *source.glob("templates/*")]
    sources = {path.relative_to(ROOT): path for path in files}
    brought = {path for path in built if path.parts[0].split("-")[0] in BROUGHT.get(name, ())}
    assert built.keys() - brought == sources.keys()
    assert {path.parts[0] for path in brought} >= BROUGHT.get(name, set())
    assert all(built[path].read_bytes() == sources[path].read_bytes() for path in sources)
    record_property(f"{name}, bytes", size(folder))


def test_the_layer_holds_all_that_functions_import(
    default_build: Path, record_property: Callable[[str, object], None]
) -> None:
    layer = default_build / "SharedLayer" / "python"
    tops = {path.name for path in layer.iterdir()}
    assert {"cidb2", "aws_lambda_powertools", "aws_xray_sdk", "fastjsonschema"} <= tops
    assert {"jsonschema", "rpds"} <= tops
    assert tops >= SDK
    source = ROOT / "layers" / "shared" / "cidb2"
    kept = {p.relative_to(source) for p in source.rglob("*") if p.suffix in (".py", ".json")}
    built = {path.relative_to(layer / "cidb2") for path in (layer / "cidb2").rglob("*")}
    assert kept <= built
    # Bytecode of the runtime's version, where there is an interpreter to make it.
    compiled = {path.name.split(".")[-2] for path in layer.rglob("*.pyc")}
    assert compiled <= {"cpython-313"}
    assert not [path for path in (layer / "cidb2").rglob("*") if "test" in path.name]
    record_property("layer, bytes", size(layer))
    assert size(layer) < LAYER_LIMIT_BYTES


def test_the_layer_holds_the_models_of_the_services_that_are_called(default_build: Path) -> None:
    data = default_build / "SharedLayer" / "python" / "botocore" / "data"
    assert {path.name for path in data.iterdir() if path.is_dir()} == called_services() | {
        BY_THE_TRACER
    }


def called_services() -> set[str]:
    """Return every service that deployed code calls, by name or by the declaration of its types."""
    sources = [*ROOT.glob("functions/**/*.py"), *ROOT.glob("layers/shared/cidb2/**/*.py")]
    calls = [
        node
        for path in sources
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "client"
    ]
    named = [call.args[0] for call in calls]
    declared = {
        client
        for service in DECLARED.values()
        for each in service.types
        for client, _ in operations_of(service, each)
    }
    return declared | {str(name.value) for name in named if isinstance(name, ast.Constant)}


def test_the_layer_brings_bytecode_that_is_taken_as_it_is(host_build: Path) -> None:
    layer = host_build / "SharedLayer" / "python"
    for path in layer.rglob("*.py"):
        compiled = Path(cache_from_source(str(path)))
        assert compiled.is_file(), path
        # PEP 552: an unchecked hash, for SAM and Lambda change the times of files.
        assert compiled.read_bytes()[4:8] == b"\x01\x00\x00\x00"


def test_the_default_layer_is_built_for_lambda_on_arm64(default_build: Path) -> None:
    binaries = list((default_build / "SharedLayer").rglob("*.so"))
    assert [path.name for path in binaries if "rpds" in path.parts] == [
        "rpds.cpython-313-aarch64-linux-gnu.so"
    ]
    for path in binaries:
        header = path.read_bytes()[:20]
        assert header[:4] == b"\x7fELF"
        assert int.from_bytes(header[18:20], "little") == AARCH64, path


def size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())

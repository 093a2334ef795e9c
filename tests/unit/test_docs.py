"""The record and the code say the same: what the pages name is there, and nothing is left out."""

import json
import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from cidb2 import errors
from cidb2.items.findings.catalog import RULES
from cidb2.items.findings.rule import Finding
from cidb2.ledger.partitions import SHARDS
from cidb2.ledger.runbook import ADVICE
from cidb2.reasons import Reason
from cidb2.services import COLLECTORS, collector_title
from cidb2.types.declaration import Call, ListingCall, Lookup, ResourceType
from local.deployment.intrinsics import Resolver
from tests.support.template import (
    MEMBER_TEMPLATE,
    ORGANIZATION_TEMPLATE,
    ROOT,
    STATE_MACHINES,
    TEMPLATE,
    parsed,
)
from tools import permissions_page, types_page
from tools.pictures import LARGEST_BYTES

TEMPLATES = (TEMPLATE, MEMBER_TEMPLATE, ORGANIZATION_TEMPLATE)
DOCS = ROOT / "docs"
LAYER = ROOT / "layers" / "shared" / "cidb2"
PAGES = [ROOT / "README.md", *sorted(DOCS.glob("*.md"))]
OBJECTS_IN_S3 = {"accounts.json", "summary.json", "report.html"}
FOLDERS = (
    *("functions", "layers", "statemachine", "events", "member-account", "local", "tests"),
    *("benchmarks", "cli", "explore", "delivery", "tools", "requirements", "docs"),
)
PATH = re.compile(rf"(?<![\w/.-])(?:{'|'.join(FOLDERS)})/[\w.<>*/-]*")
FILE = re.compile(r"[\w.-]+\.(?:asl\.yaml|yaml|toml|json|md|py|lock)")
FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)

every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


class Row(NamedTuple):
    """A row of a table, under the nearest heading and the first cell of the table's head."""

    heading: str
    table: str
    cells: list[str]


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def prose_of(page: Path) -> str:
    return FENCED.sub("", text_of(page))


def spans(text: str) -> list[str]:
    """Return what stands between backticks."""
    return SPAN.findall(text)


def code_of(page: Path) -> str:
    return "\n".join([*FENCED.findall(text_of(page)), *spans(prose_of(page))])


def slugs(page: Path) -> set[str]:
    """Return the anchors that GitHub gives to a page's headings."""
    plain = (
        re.sub(r"[^\w\- ]", "", heading.lower()) for heading in HEADING.findall(prose_of(page))
    )
    return {heading.replace(" ", "-") for heading in plain}


def rows(page: Path) -> Iterator[Row]:
    heading, table = "", ""
    for line in prose_of(page).splitlines():
        if found := HEADING.match(line):
            heading = found[1]
        if not line.startswith("|"):
            table = ""
            continue
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if not table:
            table = cells[0]
        elif set(line) - set("|-: "):
            yield Row(heading, table, cells)


def table(page: Path, heading: str, first: str) -> list[list[str]]:
    return [row.cells for row in rows(page) if (row.heading, row.table) == (heading, first)]


@every_page
def test_links_lead_somewhere(page: Path) -> None:
    for link in LINK.findall(prose_of(page)):
        if "://" in link:
            continue
        name, _, anchor = link.partition("#")
        target = (page.parent / name) if name else page
        assert target.exists(), link
        assert not anchor or anchor in slugs(target), link


def test_pictures_are_there_and_small() -> None:
    shown = re.findall(r'\bsrc(?:set)?="([^"]+)"', text_of(ROOT / "README.md"))
    assert shown
    assert all((ROOT / path).stat().st_size < LARGEST_BYTES for path in shown)


@every_page
def test_files_and_folders_that_are_named_exist(page: Path) -> None:
    named = {path.rstrip(".") for path in PATH.findall(text_of(page))}
    named |= {span for span in spans(prose_of(page)) if FILE.fullmatch(span)} - OBJECTS_IN_S3
    for path in named:
        if re.search(r"[<*]", path):
            assert any(ROOT.glob(re.sub(r"<[^>]*>", "*", path))), path
        else:
            places = (ROOT, page.parent, *ROOT.glob("functions/*"))
            assert any((place / path).exists() for place in places), path


@every_page
def test_make_targets_that_are_named_exist(page: Path) -> None:
    targets = re.findall(r"^([a-z-]+):", text_of(ROOT / "Makefile"), re.MULTILINE)
    assert set(re.findall(r"\bmake ([a-z][a-z-]*)", code_of(page))) <= set(targets)


def test_modules_of_the_embedded_aws_are_all_named() -> None:
    named = set(PATH.findall(prose_of(DOCS / "architecture.md")))
    inside = {path for path in (ROOT / "local").iterdir() if not path.name.startswith("_")}
    told = {f"local/{path.name}" + ("/" if path.is_dir() else "") for path in inside}
    assert told <= named


def test_markers_that_are_named_exist() -> None:
    declared = re.findall(r'^    "(\w+): ', text_of(ROOT / "pyproject.toml"), re.MULTILINE)
    cells = table(DOCS / "testing.md", "Markers", "marker")
    assert {name for row in cells for name in spans(row[0])} <= set(declared)


@pytest.mark.parametrize(
    ("options", "page", "heading"),
    [
        ("RUN_OPTIONS", DOCS / "local-runs.md", "Options"),
        ("REAL_OPTIONS", DOCS / "real-accounts.md", "Your own accounts, without deploying"),
    ],
)
def test_the_variables_of_make_run_are_all_told(options: str, page: Path, heading: str) -> None:
    listed = text_of(ROOT / "Makefile").split(f"\n{options} = ")[1].split("\n\n")[0]
    told = [spans(cells[0])[0] for cells in table(page, heading, "variable")]
    assert told == re.findall(r"\$\(if \$\((\w+)\),--", listed)


def test_every_reason_has_its_section() -> None:
    reasons = prose_of(DOCS / "reasons.md").split("\n## Reasons\n")[1].split("\n## ")[0]
    assert re.findall(r"^### (.+)$", reasons, re.MULTILINE) == list(Reason)


def test_what_to_do_about_a_reason_is_said_in_the_same_words() -> None:
    sections = text_of(DOCS / "reasons.md").split("\n## Reasons\n")[1].split("\n### ")[1:]
    quoted = {
        section.split("\n")[0]: " ".join(re.findall(r"^> (.+)$", section, re.MULTILINE))
        for section in sections
    }
    assert {reason: quoted[reason] for reason in Reason} == ADVICE


def test_every_finding_is_described() -> None:
    cells = table(DOCS / "reasons.md", "Findings", "finding")
    assert [spans(row[0])[0] for row in cells] == list(Finding) == [rule.finding for rule in RULES]
    assert [row[2].replace("`", "") for row in cells] == [
        rule.advice + (f" [AWS]({rule.page})" if rule.page else "") for rule in RULES
    ]


def test_a_runs_rows_are_read_from_all_of_its_partitions() -> None:
    page = " ".join(text_of(DOCS / "queries.md").split())
    assert f"all of its partitions in the runs table, at most {SHARDS + 1}." in page
    assert f'"run#$RUN" "run#$RUN#"{{00..{SHARDS - 1}}}' in page


def test_errors_of_failed_runs_are_ours_or_the_machines() -> None:
    known = {*vars(errors), "NothingCollected", "ClientError"}
    listed = table(DOCS / "operations.md", "Failed runs", "error")
    named = {
        name for cells in listed for name in spans(cells[0]) if re.fullmatch(r"[A-Za-z]+", name)
    }
    assert named <= known
    assert known >= {"InvalidInputError", "StorageRefusedError"} <= named


def test_every_parameter_of_the_templates_is_described() -> None:
    told = set(spans(prose_of(DOCS / "architecture.md")))
    assert {name for path in TEMPLATES for name in parsed(path)["Parameters"]} <= told


def test_defaults_of_the_parameters_are_told_as_they_are() -> None:
    parameters = parsed(TEMPLATE)["Parameters"]
    cells = table(DOCS / "architecture.md", "The parameters of the stack", "parameter")
    told: dict[str, str] = {}
    for names, defaults, _ in cells:
        told |= zip(spans(names), defaults.replace("`", "").split(", "), strict=True)
    wanted = {name: str(rules["Default"]) or "empty" for name, rules in parameters.items()}
    assert told == wanted


def test_the_lambda_quota_that_a_run_needs_is_told_as_the_template_makes_it() -> None:
    template = parsed(TEMPLATE)
    [source] = template["Resources"]["ReporterFunction"]["Properties"]["Events"].values()
    reporters = source["Properties"]["ScalingConfig"]["MaximumConcurrency"]
    accounts = template["Parameters"]["AccountConcurrency"]["Default"]
    told = (
        f"`AccountConcurrency` × {len(COLLECTORS)} + {reporters}: "
        f"{accounts * len(COLLECTORS) + reporters} with the default of {accounts}."
    )
    assert told in text_of(DOCS / "operations.md")


def test_every_field_of_the_execution_input_is_described() -> None:
    schema = json.loads(text_of(LAYER / "schemas" / "execution-input.json"))["properties"]
    config = schema.pop("config")["properties"]
    cells = table(DOCS / "operations.md", "Execution input", "field")
    assert [spans(row[0])[0] for row in cells] == [*schema, *(f"config.{name}" for name in config)]


def test_every_field_of_an_item_is_described() -> None:
    schema = json.loads(text_of(LAYER / "schemas" / "item.json"))["properties"]
    cells = table(DOCS / "architecture.md", "The item", "field")
    assert {name for row in cells for name in spans(row[0])} == set(schema)


def test_every_state_of_the_machines_is_described() -> None:
    told = " ".join(prose_of(DOCS / "architecture.md").split("\n## The state machines\n")[1:])
    machines = [parsed(path) for path in STATE_MACHINES.values()]
    others = "|".join(map(collector_title, COLLECTORS))
    names = {re.sub(others, "IAM", name) for name in states(machines)}
    assert not {name for name in names if not re.search(rf"\b{name}\b", told)}


def states(machine: Any) -> Iterator[str]:
    """Yield the name of every state, those inside of others too."""
    if isinstance(machine, dict):
        yield from machine.get("States", {})
        for inner in machine.values():
            yield from states(inner)
    elif isinstance(machine, list):
        for inner in machine:
            yield from states(inner)


def test_modules_of_the_layer_are_listed_by_package() -> None:
    cells = table(DOCS / "architecture.md", "The modules of the layer", "package")
    told = {next(iter(spans(row[0])), ""): sorted(spans(row[1])) for row in cells}
    packages = [LAYER, *(path.parent for path in LAYER.glob("*/**/__init__.py"))]
    modules = {
        package: sorted(path.stem for path in package.glob("[!_]*.py") if not declares_types(path))
        for package in packages
    }
    assert told == {
        "/".join(package.relative_to(LAYER).parts): names for package, names in modules.items()
    }


def declares_types(path: Path) -> bool:
    """Tell whether a module of the layer is one of those of which each service has its own."""
    return re.search(r"^ +ResourceType\($", text_of(path), re.MULTILINE) is not None


@pytest.mark.parametrize(
    ("declared", "heading"),
    [
        (ResourceType, "of a type"),
        (ListingCall, "of a `ListingCall`"),
        (Call, "of a `Call`"),
        (Lookup, "of a `Lookup`"),
    ],
)
def test_every_field_of_a_declaration_is_described(declared: type[Any], heading: str) -> None:
    def names(first: str) -> set[str]:
        rows = table(DOCS / "adding-a-type.md", "Fields of a declaration", first)
        return {name for row in rows for name in spans(row[0])}

    own = {field.name for field in fields(declared)}
    shared = names("of all of these")
    assert names(heading) == own - shared
    assert shared <= {field.name for field in fields(Call)}


def test_a_brought_key_needs_the_policy_of_the_stacks_own() -> None:
    stack = {"AWS::Partition": "aws", "AWS::AccountId": "123456789012"}
    stack |= {"AWS::Region": "eu-west-1", "AWS::StackName": "cidb2-prod"}
    resolver = Resolver(stack, attribute=lambda *_: None)
    own = parsed(TEMPLATE)["Resources"]["DataKey"]["Properties"]["KeyPolicy"]["Statement"]
    section = text_of(DOCS / "operations.md").split("\n## Using your own KMS key\n")[1]
    told = re.findall(r"^```json\n(.*?)^```", section.split("\n## ")[0], re.MULTILINE | re.DOTALL)
    assert [json.loads(each) for each in told] == [resolver.resolve(own)]


def test_the_page_of_permissions_is_made_of_templates_and_evidence() -> None:
    assert text_of(DOCS / "iam-permissions.md") == permissions_page.page(), "make docs"
    assert text_of(DOCS / "types.md") == types_page.page(), "make docs"


def test_every_statement_of_every_policy_is_listed_with_its_actions() -> None:
    wanted = {one for path in TEMPLATES for one in statements(parsed(path))}
    of_trust = {"OnlyTheCollectorsOfTheHub", "OnlyTheInitializerOfTheHub"}
    assert set(listed_statements()) == {one for one in wanted if one[1] not in of_trust}


def test_every_statement_says_why() -> None:
    for heading, first, cells in rows(DOCS / "iam-permissions.md"):
        if first in ("statement", "policy"):
            reason, asked = cells[-2:]
            assert reason.endswith("."), cells
            assert asked or heading == "Resource policies of the hub", cells


Statement = tuple[str, str, frozenset[str]]
"""The resource that holds it, its Sid, its actions."""


def statements(template: dict[str, Any]) -> Iterator[Statement]:
    """Yield the statements that have a Sid; those of a separate policy belong to its roles."""
    for name, resource in template["Resources"].items():
        properties = resource.get("Properties", {})
        is_policy = resource["Type"] in ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy")
        owners = [role["Ref"] for role in properties["Roles"]] if is_policy else [name]
        for statement in with_sid(properties):
            actions = statement["Action"]
            every = [actions] if isinstance(actions, str) else actions
            yield from ((owner, statement["Sid"], frozenset(every)) for owner in owners)


def with_sid(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if "Sid" in value:
            yield value
        for inner in value.values():
            yield from with_sid(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from with_sid(inner)
    elif (
        isinstance(value, str) and '"Sid": ' in value
    ):  # a policy that CloudFormation takes as text
        yield from with_sid(json.loads(value))


def listed_statements() -> Iterator[Statement]:
    """Yield what the page lists: by the roles in a heading, or by the policy in the first cell."""
    for heading, first, cells in rows(DOCS / "iam-permissions.md"):
        if first == "statement":
            for owner in heading.split(", "):
                yield owner, spans(cells[0])[0], frozenset(spans(cells[1]))
        elif first == "policy":
            yield spans(cells[0])[0], spans(cells[1])[0], frozenset(spans(cells[4]))

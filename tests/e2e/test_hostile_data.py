"""Text that does harm elsewhere passes unchanged into the table, and harms nothing on its way."""

import csv
import dataclasses
import io
import json
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from starlette.testclient import TestClient

from cidb2.visible import visible
from cli.explore import StackCopy
from cli.options import CommandContext
from cli.past import StackPast
from cli.stack import Choice
from explore.app import create_app
from explore.guard import OneBrowser
from explore.page import page_of
from explore.store import Store
from local.commands.report import show_failures
from local.commands.serve import variables
from local.simulation.population import REGIONS, Organisation
from tests.support import hostile
from tests.support.command_line import CommandLine
from tests.support.services import functions_for
from tests.support.world import PLANTED_SERVICES, Taken, World, eventually, world

ACCOUNT = "234567890123"
PLACE = REGIONS[1]
PORT = 7420
BUCKETS = ("-1.a_bucket", "xn--a-bucket.example.com")
"""Names as S3 once allowed them; none may hold what a spreadsheet or a browser would act on."""


def policy(text: str) -> str:
    """Return a policy with a text where policies hold any: JSON escapes what XML cannot carry."""
    statement = {
        "Sid": "Hostile",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": "*",
        "Condition": {"StringEquals": {f"aws:RequestTag/{text}": text}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def tags(texts: tuple[str, ...], key: str = "Key", value: str = "Value") -> list[dict[str, str]]:
    """Return tags whose keys and values are hostile; each starts as the text does."""
    return [{key: f"{text} {number}", value: text} for number, text in enumerate(texts)]


def plant(here: World) -> set[str]:
    """Put hostile text wherever an API takes it; return the ARNs of what holds it."""
    iam, s3, kms, ec2 = (
        here.aws.client(service, account=ACCOUNT, region=PLACE)
        for service in ("iam", "s3", "kms", "ec2")
    )
    arns = set[str]()
    for bucket, text in zip(BUCKETS, ("".join(hostile.IN_JSON), hostile.CONTROL), strict=True):
        place: Any = {"LocationConstraint": PLACE}
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration=place)
        s3.put_bucket_policy(Bucket=bucket, Policy=policy(text))
        s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": tags(hostile.IN_XML)})
        arns.add(f"arn:aws:s3:::{bucket}")
    for number, text in enumerate(hostile.IN_XML):
        role = iam.create_role(
            RoleName=f"hostile-{number}",
            Description=text,
            AssumeRolePolicyDocument=policy(hostile.CONTROL),
            Tags=tags(hostile.FORMULAS),
        )
        arns.add(role["Role"]["Arn"])
    for text in hostile.IN_JSON:
        key = kms.create_key(
            Description=text,
            Policy=policy(text),
            Tags=tags(hostile.IN_JSON, "TagKey", "TagValue"),
        )
        arns.add(key["KeyMetadata"]["Arn"])
    [instance, *_] = (
        each
        for reservation in ec2.describe_instances()["Reservations"]
        for each in reservation["Instances"]
    )
    name = {"Key": "Name", "Value": hostile.FORMULAS[0]}
    ec2.create_tags(Resources=[instance["InstanceId"]], Tags=[*tags(hostile.IN_XML), name])
    return arns | {f"arn:aws:ec2:{PLACE}:{ACCOUNT}:instance/{instance['InstanceId']}"}


@dataclasses.dataclass(frozen=True)
class Inventory:
    """Two runs: one over hostile data, and one in which AWS's own words are hostile."""

    here: World
    planted: set[str]
    taken: Taken
    refused: Taken


@pytest.fixture(scope="module")
def inventory() -> Iterator[Inventory]:
    planted = Organisation(1, 16, REGIONS[:2], seed=11)
    planted.accounts = [
        dataclasses.replace(account, name="".join(hostile.IN_JSON)) for account in planted.accounts
    ]
    with world(planted, time_scale=20) as here:
        arns = plant(here)
        here.aws.client("sqs").send_message(
            QueueUrl=here.stack.outputs["QueueUrl"], MessageBody=json.dumps([*hostile.IN_JSON])
        )
        words = "".join(hostile.IN_JSON)
        taken = here.take_inventory()
        with here.aws.faults.error("KMSInternalException", words, service="kms", account=ACCOUNT):
            some = {"accounts": [ACCOUNT], "services": ["iam", "kms"]}
            refused = here.take_inventory(some)
        eventually(lambda: "UNKNOWN_MESSAGE" in here.aws.logs("ReporterFunction"))
        yield Inventory(here, arns, taken, refused)


def test_it_passes_into_the_table_unchanged(inventory: Inventory) -> None:
    report = inventory.here.compare()
    assert list(report.lines()) == []
    stored = {arn: inventory.here.item(arn) for arn in inventory.planted}
    for item in stored.values():
        assert set(hostile.FORMULAS) <= set(item["tags"].values())
        if item["resourceType"] != "AWS::IAM::Role":  # whose tags take no others
            assert set(hostile.IN_XML) <= set(item["tags"].values())
    told = json.dumps([*stored.values()], default=str)
    for text in hostile.IN_JSON:
        assert json.dumps(text)[1:-1] in told


def test_every_line_of_a_log_is_one_and_plain(inventory: Inventory) -> None:
    for name in functions_for(PLANTED_SERVICES):
        log = inventory.here.aws.logs(f"{name}Function")
        assert log
        for line in log.split("\n"):
            assert line.isascii()
            assert line.isprintable()
            if not line.startswith(("START ", "END ", "REPORT ")) and line:
                json.loads(line)


def test_a_log_tells_hostile_words_as_they_were(inventory: Inventory) -> None:
    lines = inventory.here.aws.logs("KmsCollectorFunction").split("\n")
    told = [json.loads(line)["exception"] for line in lines if '"exception"' in line]
    assert any("".join(hostile.IN_JSON) in each for each in told)


def test_the_summary_is_ascii_and_holds_them_as_they_were(inventory: Inventory) -> None:
    taken = inventory.refused
    [key] = [key for key in inventory.here.keys(f"runs/{taken.run_id}/") if "summary" in key]
    assert inventory.here.object(key).isascii()
    words = [scope["errorMessage"] for scope in taken.summary["scopes"] if "errorMessage" in scope]
    assert any("".join(hostile.IN_JSON) in each for each in words)


def test_the_terminal_interprets_nothing(inventory: Inventory) -> None:
    file = io.StringIO()
    console = Console(file=file, width=1_000, highlight=False, emoji=False)
    names = {account.id: account.name for account in inventory.here.planted.accounts}
    show_failures(inventory.taken.summary, names, console)
    told = file.getvalue()
    assert all(line.isprintable() for line in told.split("\n"))
    assert hostile.HTML + "".join(hostile.FORMULAS) + hostile.MARKUP in told


@pytest.fixture
def cidb2(inventory: Inventory, tmp_path: Path) -> CommandLine:
    home = {"CIDB2_HOME": str(tmp_path), "CIDB2_STACK": ""}
    return CommandLine(variables(inventory.here.aws) | home)


def test_the_command_line_shows_it_and_the_terminal_interprets_nothing(
    inventory: Inventory, cidb2: CommandLine
) -> None:
    key = next(arn for arn in inventory.planted if ":kms:" in arn)
    bucket = next(arn for arn in inventory.planted if ":s3:" in arn)
    shown = ""
    for command in (
        *(["find", "--account", ACCOUNT], ["changes"], ["runs"], ["coverage"]),
        *(["failures", inventory.refused.run_id], ["show", key], ["history", key]),
        *(["show", bucket], ["sql", "SELECT * FROM resources"]),
    ):
        for form in ([], ["--json"]):
            ran = cidb2(*command, *form)
            assert ran.exit_code in (0, 1), ran.output
            assert all(line.isprintable() for line in ran.output.split("\n")), command
            shown += ran.output
    assert hostile.HTML in shown
    assert hostile.MARKUP in shown
    assert all(formula in shown for formula in hostile.FORMULAS)
    assert visible(hostile.CONTROL) in shown
    refused = cidb2("show", "".join(hostile.IN_JSON))
    assert refused.exit_code == 2
    assert all(line.isprintable() for line in refused.output.split("\n"))


@pytest.fixture
def pages(
    inventory: Inventory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[TestClient]:
    """Return a browser that `cidb2 explore` let in, over a copy of the stack's lake."""
    for name, value in variables(inventory.here.aws).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("CIDB2_HOME", str(tmp_path))
    asked, gate = CommandContext(Choice()), OneBrowser(PORT)
    source = StackCopy(asked, None)
    store = Store(tmp_path, None, source.build, source.marks)
    store.refresh()
    assert store.failure == ""
    app = create_app(store, StackPast(asked.stack, asked.output), gate)
    client = TestClient(app, f"http://127.0.0.1:{PORT}")
    client.get("/", params={"token": gate.token})
    yield client
    assert store.index
    store.index.close()


def test_pages_show_it_and_a_browser_obeys_nothing(inventory: Inventory, pages: TestClient) -> None:
    resources = [page_of(arn) for arn in sorted(inventory.planted)]
    paths = [
        *("/", f"/resources?account={ACCOUNT}", "/resources?q=cmd", "/changes?since=30d"),
        *(f"/changes?run={inventory.refused.run_id}", f"/runs/{inventory.refused.run_id}"),
        *("/coverage", "/runs", "/pivot?rows=tag:Owner", "/sql?saved=what-do-we-have", "/ask"),
        *(f"{resource}{view}" for resource in resources for view in ("", "/history", "/json")),
    ]
    shown = ""
    for path in paths:
        answer = pages.get(path)
        assert answer.status_code == 200, (path, answer.text)
        if not path.endswith("/json"):
            assert not re.search(r"<script(?! src=)|<img|\son\w+=", answer.text), path
            assert all(each.isprintable() for each in answer.text.replace("\t", "").split("\n"))
            shown += unescape(answer.text)
    assert hostile.HTML in shown
    assert all(formula in shown for formula in hostile.FORMULAS)
    assert visible(hostile.CONTROL, keep="\n\t") in shown
    told = pages.get(f"{resources[0]}/history").text
    assert "from the inventory table" in told
    assert 'class="key created"' in told


def test_a_spreadsheet_computes_nothing_of_an_export(
    inventory: Inventory, cidb2: CommandLine, tmp_path: Path
) -> None:
    path = tmp_path / "all.csv"
    values = (
        "SELECT arn, value FROM resources CROSS JOIN "
        "UNNEST(map_values(CAST(json_parse(tags) AS MAP(varchar, varchar)))) AS t (value)"
    )
    csv.field_size_limit(10_000_000)  # a policy or a listing may be longer than 128 KiB
    told: set[str] = set()
    for query in ([], ["--query", values]):
        assert cidb2("export", str(path), *query).exit_code == 0
        with path.open(newline="", encoding="utf-8") as file:
            cells = {cell for row in csv.reader(file) for cell in row}
        assert cells & inventory.planted
        assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))] == []
        told |= cells
    assert {f"'{formula}" for formula in hostile.FORMULAS} <= told
    assert {hostile.HTML, hostile.MARKUP, hostile.UNICODE} <= told


def test_an_input_is_refused_in_words_that_are_one_line(inventory: Inventory) -> None:
    execution = inventory.here.run({"services": ["".join(hostile.IN_JSON)]})
    assert execution.status == "FAILED"
    assert execution.error == "InvalidInputError"
    assert (execution.cause or "").isprintable()

"""A newcomer's session with `cidb2` on a deployed stack, and what it says of mistakes."""

import json
import re
import socket
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial, partialmethod
from pathlib import Path
from random import Random
from typing import Any

import duckdb
import pytest
import uvicorn
from starlette.testclient import TestClient

from cli.main import COMMANDS
from explore import guard
from lake.export import Form
from local.commands.serve import variables
from local.gateway.call import Call
from local.simulation.population import HUB, REGIONS, Organisation
from local.simulation.population.ec2_hosts import REACHED, UNREACHED, plant_hosts
from local.simulation.population.ec2_place import Ec2Place
from local.simulation.population.site import Site
from local.simulation.truth import Item
from tests.support.command_line import NO_CREDENTIALS, CommandLine
from tests.support.template import ROOT
from tests.support.world import PLANTED_SERVICES, Taken, World, eventually, world

HEALTHY = "234567890123"
TOKEN = "token-of-the-terminal"
NOWHERE = "arn:aws:iam::234567890123:role/nowhere"


@dataclass(frozen=True)
class Session:
    """A stack with two runs behind it, and a shell that reaches it."""

    here: World
    shown: str
    first: Taken
    second: Taken
    cidb2: CommandLine


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    planted = Organisation(1, 24, REGIONS[:2], seed=5)
    home = tmp_path_factory.mktemp("home")
    with world(planted, time_scale=20) as here:
        shell = CommandLine(
            {**variables(here.aws), "CIDB2_STACK": "", "CIDB2_HOME": str(home), "COLUMNS": "200"}
        )
        site = Site(HEALTHY, 1, REGIONS[:1], Random(5), 0)
        ec2 = here.aws.client("ec2", account=HEALTHY, region=REGIONS[0])
        assert [*plant_hosts(Ec2Place(site, ec2, HUB))]
        started = shell("start", "--input", json.dumps({"services": [*PLANTED_SERVICES]}))
        assert started.exit_code == 0, started.output
        [arn] = re.findall("^Started (.+)$", started.stdout, re.MULTILINE)
        first = here.taken(here.aws.describe(arn))
        planted.mutate(2)
        second = here.take_inventory()
        yield Session(here, started.stdout, first, second, shell)


@pytest.fixture
def cidb2(session: Session) -> CommandLine:
    return session.cidb2


def test_a_run_is_followed_to_its_figures(session: Session) -> None:
    totals = session.first.totals
    assert re.search(r"^ +[\d.]+ s  IAM \d/4  KMS \d/4 ", session.shown, re.MULTILINE)
    assert f"{session.first.run_id}  PARTIAL in " in session.shown
    assert re.search(rf"^  items .* {totals['items']} *$", session.shown, re.MULTILINE)
    assert "Deploy member-account/template.yaml" in session.shown
    assert "`cidb2 report` opens the report" in session.shown


def test_a_run_that_is_not_followed_is_named(session: Session) -> None:
    narrow = json.dumps({"accounts": [HEALTHY], "services": ["iam"]})
    arn = session.cidb2.json("start", "--no-follow", "--input", narrow)["executionArn"]
    assert session.here.aws.wait(arn).status == "SUCCEEDED"
    refused = session.cidb2("start", "--input", "-", stdin='{"regions": ["eu-west-9"]}')
    assert refused.exit_code == 1
    assert "regions[0]: eu-west-9 is not a region" in refused.stderr
    told = session.cidb2.json("start", "--input", '{"regions": ["eu-west-9"]}')
    assert (told["status"], "eu-west-9" in told["cause"]) == ("FAILED", True)


def test_the_report_is_saved(session: Session, tmp_path: Path) -> None:
    page = session.here.object(f"runs/{session.first.run_id}/report.html")
    path = tmp_path / "page.html"
    assert session.cidb2("report", session.first.run_id, "-o", str(path)).exit_code == 0
    assert path.read_bytes() == page
    assert session.cidb2("report", session.first.run_id, "-o", "-").stdout_bytes == page
    told = session.cidb2.json("report", session.first.run_id)
    assert Path(told["report"]).read_bytes() == page


def test_both_engines_answer_alike(session: Session) -> None:
    assert {"LakeDatabaseName", "LakeWorkGroupName"} <= session.here.stack.outputs.keys()
    day = ("--day", f"{datetime.now(UTC):%Y-%m-%d}")
    for query in (("what-could-we-not-see",), ("what-do-we-have",), ("as-of-a-day", *day)):
        by_athena, by_duckdb = (
            session.cidb2.json("sql", *query, "--engine", engine) for engine in ("auto", "duckdb")
        )
        assert by_athena == by_duckdb
        assert by_athena


def test_sql_answers_over_the_lake(session: Session) -> None:
    told = session.cidb2.json("sql", "what-do-we-have")
    standing = [item for item in session.here.inventory().values() if item["change"] != "DELETED"]
    assert sum(row["resources"] for row in told) == len(standing)
    missed = session.cidb2.json("sql", "what-could-we-not-see")
    assert "LAKE_NOT_READABLE" not in {row["reason"] for row in missed}
    own = "SELECT count(*) AS n FROM resources WHERE resourcetype = 'AWS::S3::Bucket'"
    [row] = session.cidb2.json("sql", own)
    assert row["n"] == sum(item["resourceType"] == "AWS::S3::Bucket" for item in standing)
    assert session.cidb2("sql", "-", stdin=own).stdout == f"n\n{row['n']}\n"
    assert "public-buckets" in session.cidb2("sql").stdout


def test_the_inventory_is_exported(session: Session, tmp_path: Path) -> None:
    standing = {
        arn for arn, item in session.here.inventory().items() if item["change"] != "DELETED"
    }
    for form in Form:
        path = tmp_path / f"all.{form}"
        ran = session.cidb2("export", str(path))
        assert ran.stdout == f"Wrote {len(standing):,} rows to {path}\n"
        read = {"csv": "read_csv", "json": "read_json", "parquet": "read_parquet"}[form]
        rows = duckdb.connect().execute(f"SELECT arn FROM {read}('{path}')").fetchall()
        assert {arn for (arn,) in rows} == standing
    piped = session.cidb2("export", "-", "--format", "json", "--query", "what-do-we-have")
    assert json.loads(piped.stdout) == session.cidb2.json("sql", "what-do-we-have")


def test_the_runs_are_listed_with_what_they_found(session: Session) -> None:
    *_, last, first = session.cidb2.json("runs")
    assert (last["runId"], first["runId"]) == (session.second.run_id, session.first.run_id)
    assert last["totals"]["items"] == session.second.totals["items"]
    shown = session.cidb2("runs").stdout
    told = rf"{last['runId']} +PARTIAL +\S+ +{last['seconds']} +4 +{last['totals']['items']} "
    assert re.search(told, shown)
    assert len(session.cidb2("runs", "--limit", "1").stdout.splitlines()) == 2


def test_what_is_missing_is_told_with_what_to_do(session: Session) -> None:
    ran = session.cidb2("failures", session.second.run_id)
    assert ran.exit_code == 1
    alike = r"ROLE_DENIED +111122223333 +5 services +\*, global +5 +- +AccessDenied"
    assert re.search(alike, ran.stdout)
    assert "Deploy member-account/template.yaml in the account" in ran.stdout
    ran = session.cidb2("failures", session.second.run_id, "--scopes")
    assert re.search(r"ROLE_DENIED +111122223333 +iam +global +- +AccessDenied", ran.stdout)
    told = session.cidb2.json("failures", session.first.run_id)
    outcomes = session.here.outcomes(session.first.run_id).values()
    assert len(told) == sum(outcome != "COMPLETE" for outcome, _ in outcomes)


def test_coverage_names_what_nobody_has_seen(session: Session) -> None:
    stale = session.cidb2.json("coverage")
    assert {(row["accountId"], row["lastReason"]) for row in stale} == {
        ("111122223333", "ROLE_DENIED"),
        ("444455556666", "SCP_DENIED"),
        ("777788889999", "ACCOUNT_SUSPENDED"),
    }
    whole = session.cidb2("coverage", "--account", HEALTHY)
    assert (whole.exit_code, whole.stdout[:38]) == (0, "Every scope of 1 account has been list")
    everything = session.cidb2.json("coverage", "--older-than", "0m")
    assert len(everything) == len(session.here.coverage())


SOUGHT: tuple[tuple[str, Callable[[Item], bool]], ...] = (
    ("", lambda item: True),
    ("--type role", lambda item: item["resourceType"] == "AWS::IAM::Role"),
    (
        "--type AWS::S3::Bucket --type key",
        lambda item: item["resourceType"] in ("AWS::S3::Bucket", "AWS::KMS::Key"),
    ),
    (f"--account {HEALTHY}", lambda item: item["accountId"] == HEALTHY),
    (
        f"--account {HEALTHY} --type iam::user --region global",
        lambda item: item["accountId"] == HEALTHY and item["resourceType"] == "AWS::IAM::User",
    ),
    (
        f"--account {HEALTHY} --region {REGIONS[1]}",
        lambda item: item["accountId"] == HEALTHY and item["awsRegion"] == REGIONS[1],
    ),
    (
        "--tag Stage=prod --type AWS::S3::Bucket",
        lambda item: (
            item["resourceType"] == "AWS::S3::Bucket"
            and (item["tags"] or {}).get("Stage") == "prod"
        ),
    ),
    (
        f"--tag Stage --account {HEALTHY}",
        lambda item: "Stage" in (item["tags"] or {}) and item["accountId"] == HEALTHY,
    ),
    (
        f"--name CHECKOUT --account {HEALTHY}",
        lambda item: (
            item["accountId"] == HEALTHY and "checkout" in (item.get("resourceName") or "")
        ),
    ),
    (
        "--name *-role-* --type AWS::IAM::Role",
        lambda item: (
            item["resourceType"] == "AWS::IAM::Role" and "-role-" in item["resourceName"].lower()
        ),
    ),
)


@pytest.mark.parametrize(("options", "is_sought"), SOUGHT, ids=[one[0] for one in SOUGHT])
def test_find_finds_what_is_there(
    session: Session, options: str, is_sought: Callable[[Item], bool]
) -> None:
    expected = {
        arn
        for arn, item in session.here.inventory().items()
        if item["change"] != "DELETED" and is_sought(item)
    }
    assert expected
    found = [one["arn"] for one in session.cidb2.json("find", *options.split())]
    assert set(found) == expected
    assert len(found) == len(expected)


def test_finding_nothing_is_an_answer_of_its_own(cidb2: CommandLine) -> None:
    ran = cidb2("find", "--name", "no such thing", "--type", "role")
    assert (ran.exit_code, ran.stdout) == (1, "Nothing found.\n")


def test_a_resource_is_shown_whole(session: Session) -> None:
    [one, *_] = session.cidb2.json("find", "--type", "bucket", "--account", HEALTHY)
    stored = session.here.item(one["arn"])
    told = session.cidb2.json("show", one["arn"])
    told.pop("relationships")
    assert told == {name: stored[name] for name in told}
    assert told["supplementaryConfiguration"]
    shown = session.cidb2("show", one["arn"]).stdout
    assert f"ARN          {one['arn']}\n" in shown
    assert "\nsupplementaryConfiguration\n{\n" in shown


def test_a_role_is_related_to_what_uses_it(session: Session) -> None:
    sql = "SELECT arn, targetarn FROM relations WHERE relationshipname = 'Is associated with Role'"
    [used, *_] = [row for row in session.cidb2.json("sql", sql) if row["targetarn"]]
    told = session.cidb2.json("related", used["targetarn"])
    assert used["arn"] in {one["target"] for one in told["relations"]}
    [user] = [
        one
        for one in session.cidb2.json("show", used["arn"])["relationships"]
        if one["target"] in used["targetarn"]
    ]
    assert user["relationshipName"] == "Is associated with Role"
    shown = session.cidb2("related", used["targetarn"]).stdout
    assert used["arn"] in shown
    assert "This answer rests on" in shown
    assert session.cidb2("related", used["arn"], "--dot").stdout.startswith("digraph related {\n")
    refused = session.cidb2("related", used["arn"], "--dot", "--json")
    assert refused.exit_code == 2


def test_a_question_is_answered_with_what_it_rests_on(session: Session) -> None:
    told = session.cidb2.json("ask", "unused-resources")
    assert told["answers"]
    assert told["restsOn"]["known"] < told["restsOn"]["listings"]
    assert "ROLE_DENIED" in {gap["reason"] for gap in told["restsOn"]["notListed"]}
    assert "what-uses" in session.cidb2("ask").stdout


def test_what_is_open_to_the_internet_has_a_public_address_an_open_group_and_a_route(
    session: Session,
) -> None:
    told = session.cidb2.json("ask", "open-to-the-internet")["answers"]
    cards = {
        row["resourcename"]: row
        for row in told
        if row["resourcetype"] == "AWS::EC2::NetworkInterface" and row["answer"] == "OPEN"
    }
    assert (cards[REACHED]["ports"], cards[REACHED]["way"]) == ("tcp 443", "public address, IPv4")
    assert cards[REACHED]["serves"].startswith("i-")
    assert UNREACHED not in cards
    assert "WAY" in session.cidb2("ask", "open-to-the-internet").stdout


def test_changes_are_those_of_the_runs_since(session: Session) -> None:
    here, second = session.here, session.second
    told = session.cidb2.json("changes", "--run", second.run_id)
    assert {(row["arn"], row["change"]) for row in told} == {
        (row["pk"], row["change"]) for row in here.changes(second.run_id)
    }
    assert {row["change"] for row in told} == {"CREATED", "CHANGED", "DELETED"}
    times = [row["configurationItemCaptureTime"] for row in told]
    assert times == sorted(times)
    since_ever = session.cidb2.json("changes", "--since", "2026-01-01")
    assert len(since_ever) == len(told) + session.first.totals["created"]
    deleted = session.cidb2("changes", "--type", "iam::user", "--account", HEALTHY).stdout
    assert "AWS::IAM::User" in deleted
    assert "AWS::IAM::Role" not in deleted
    assert session.cidb2("changes", "--since", "2100-01-01").stdout == "No changes in 0 runs.\n"


def test_changes_are_told_and_chosen_by_what_they_mean(session: Session) -> None:
    run = ("--run", session.second.run_id)
    told = {row["arn"]: row for row in session.cidb2.json("changes", *run)}
    judged = {arn: row["effects"] for arn, row in told.items() if row["effects"] is not None}
    assert judged.keys() == {arn for arn, row in told.items() if row["change"] == "CHANGED"}
    versions = session.here.versions()
    for arn, effects in judged.items():
        [stored] = [one for one in versions[arn] if one["runId"] == session.second.run_id]
        assert stored["effects"] == effects
    for effect in ("EXPOSURE_WIDENED", "TRUST_ADDED", "TAGS_ONLY"):
        chosen = session.cidb2.json("changes", *run, "--effect", effect)
        assert {row["arn"] for row in chosen} == {
            arn for arn, effects in judged.items() if effect in effects
        }
        assert chosen, effect
    [role, *_] = [
        row
        for row in told.values()
        if {"principal": "990099009900", "standing": "NOT_KNOWN"} in row["addedPrincipals"]
    ]
    text = session.cidb2("changes", *run, "--effect", "trust_added").stdout
    assert "990099009900 (not known whether of the organisation)" in text
    assert re.search(r"^By effect: .*TRUST_ADDED \d", text, re.MULTILINE)
    assert "TRUST_ADDED: 990099009900" in session.cidb2("history", role["arn"]).stdout
    page = session.here.object(f"runs/{session.second.run_id}/report.html").decode()
    assert "Changes by effect" in page
    assert "990099009900" in page
    by_effect = session.second.totals["effects"]
    assert by_effect["TAGS_ONLY"]["count"] == sum("TAGS_ONLY" in each for each in judged.values())


def test_a_history_says_what_was_different(session: Session) -> None:
    changed = [
        row["arn"]
        for row in session.cidb2.json("changes", "--run", session.second.run_id)
        if row["change"] == "CHANGED"
    ]
    assert changed
    told = {arn: session.cidb2.json("history", arn) for arn in changed[:3]}
    for created, after in told.values():
        assert (created["change"], created["differences"]) == ("CREATED", [])
        assert (after["change"], after["runId"]) == ("CHANGED", session.second.run_id)
        assert after["differences"]
    [difference, *_] = told[changed[0]][1]["differences"]
    shown = session.cidb2("history", changed[0]).stdout
    assert re.search(rf"^  [~+-] {re.escape(difference['path'])}: ", shown, re.MULTILINE)
    assert f"CHANGED  {session.second.run_id}\n" in shown


@pytest.fixture(scope="module")
def documented() -> dict[str, set[str]]:
    """Return the actions that the page tells of each command."""
    section = (ROOT / "docs" / "cli.md").read_text().partition("## Required permissions")[2]
    rows = [re.findall("`([^`]+)`", line) for line in section.splitlines() if line[:3] == "| `"]
    return {command: set(actions) for command, *actions in rows}


def test_every_command_has_its_actions_told(documented: dict[str, set[str]]) -> None:
    assert [*documented] == [command.__name__ for command in COMMANDS]


@pytest.mark.parametrize("command", [command.__name__ for command in COMMANDS])
def test_a_command_asks_for_the_actions_that_are_told(
    session: Session,
    documented: dict[str, set[str]],
    command: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run, arn = session.second.run_id, next(iter(session.here.versions()))
    pages = ["/", f"/r/{arn}/history", f"/changes?run={run}", f"/runs/{run}"]
    monkeypatch.setattr(guard, "OneBrowser", partial(guard.OneBrowser, token=TOKEN))
    monkeypatch.setattr(uvicorn.Server, "run", partialmethod(browse, pages))
    narrow = json.dumps({"accounts": [HEALTHY], "services": ["iam"]})
    page = ["-o", str(tmp_path / "page.html")]
    arguments = {
        "start": [["--input", narrow]],
        "report": [page, [run, *page]],
        "failures": [[run]],
        "find": [["--account", HEALTHY], ["--type", "key"], []],
        "refresh": [[arn]],
        "show": [[arn]],
        "history": [[arn]],
        "changes": [["--run", run]],
        "related": [[arn]],
        "ask": [["blind-spots"]],
        "sql": [["what-do-we-have"]],
        "export": [[str(tmp_path / "all.csv")]],
        "explore": [["--port", "0"]],
    }
    asked: set[str] = set()

    def note(call: Call) -> None:
        is_ours = call.request.headers.get("User-Agent", "").startswith("cidb2 ")
        if is_ours and call.principal.session_name == "operator":
            asked.add(action(call))

    with session.here.watching(note):
        for each in arguments.get(command, [[]]):
            ran = session.cidb2(command, *each, CIDB2_HOME=str(tmp_path))
            assert ran.exit_code in (0, 1), ran.output
    if command in ("start", "refresh"):  # a run this short may end before anybody looks
        asked.add("dynamodb:Query")
    if command == "history":  # of trust that was added, if the organisation had been collected
        asked.add("dynamodb:BatchGetItem")
    assert asked == documented[command] | {"cloudformation:DescribeStacks"}


def browse(server: uvicorn.Server, pages: Sequence[str], sockets: list[socket.socket]) -> None:
    """Open pages of `cidb2 explore` instead of serving them."""
    [listener] = sockets
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    app: Any = server.config.app
    browser = TestClient(app, base_url=address)
    entry = f"/?token={TOKEN}"
    eventually(lambda: browser.get(entry).status_code == 200)  # once the index is built
    for page in pages:
        assert browser.get(page).status_code == 200, page


def action(call: Call) -> str:
    service = {"stepfunctions": "states"}.get(call.service, call.service)
    name = {"ListObjectsV2": "ListBucket", "HeadObject": "GetObject"}
    return f"{service}:{name.get(call.operation, call.operation)}"


def test_what_is_deleted_is_still_shown(session: Session) -> None:
    changes = session.cidb2.json("changes", "--run", session.second.run_id)
    [gone, *_] = [row["arn"] for row in changes if row["change"] == "DELETED"]
    assert session.cidb2.json("show", gone)["configurationItemStatus"] == "ResourceDeleted"
    name = gone.rpartition("/")[2]
    assert session.cidb2("find", "--name", name, "--account", HEALTHY).exit_code == 1


@pytest.mark.parametrize(
    ("command", "code", "said"),
    [
        (["show", NOWHERE], 3, f"The inventory has no resource {NOWHERE}."),
        (["history", NOWHERE], 3, "`cidb2 find` lists the ARNs of current resources."),
        (["failures", "20260101T000000Z-00000000"], 3, "Run 20260101T000000Z-00000000 does not"),
        (["runs", "--stack", "nowhere"], 3, "Stack nowhere does not exist in us-east-1."),
        (["runs", "--stack-region", "eu-west-3"], 3, "There is no CIDB2 stack in eu-west-3."),
        (["runs", "--profile", "nobody"], 2, "The config profile (nobody) could not be found"),
        (["report", "20260101T000000Z-00000000"], 3, "Run 20260101T000000Z-00000000 does not"),
        (["start", "--input", "nowhere.json"], 2, "nowhere.json: No such file or directory"),
        (["start", "--input", "{"], 2, "not JSON: Expecting property name"),
        (["start", "--input", '{"services": ["fax"]}'], 2, "services[0]: 'fax' is not one of"),
        (["sql", "SELEC 1"], 2, "Only queries are allowed: SELECT, WITH, VALUES or TABLE."),
        (["sql", "SELECT (1"], 2, "The query failed: "),
        (["sql", "SELECT nothing FROM resources"], 2, '"nothing" not found in FROM clause'),
        (["sql", "SELECT (1", "--engine", "duckdb"], 2, "The query failed: "),
        (["sql", "SELECT 1", "--day", "today"], 2, "'today' is not a day such as 2026-11-24"),
        (["report", "-o", "/nowhere/x.html"], 2, "/nowhere/x.html: No such file or directory"),
        (["runs", "--stack-region", "nowhere!"], 2, "Provided region_name 'nowhere!'"),
        (["export", "inventory"], 2, "inventory has no known extension."),
        (["export", "/nowhere/x.csv"], 2, "/nowhere/x.csv: No such file or directory"),
        (["find", "--type", "AWS::Nothing"], 2, "'AWS::Nothing' is not a type: use one of"),
        (["find", "--tag", "=prod"], 2, "use KEY=VALUE, or KEY for any value"),
        (["coverage", "--older-than", "long"], 2, "'long' is not a time: use 90m, 36h"),
        (["coverage", "--account", "111122223334"], 3, "No run has included account 111122223334."),
        (["show", "fraud-data"], 2, "'fraud-data' is not an ARN"),
        (["history", ""], 2, "'' is not an ARN"),
        (["show", "arn:" + "x" * 3000], 2, "is not an ARN"),
        (["sql", "DROP VIEW items"], 2, "Only queries are allowed"),
        (["export", "", "--format", "csv"], 2, "Is a directory"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_a_mistake_is_told_in_a_line_or_two(
    cidb2: CommandLine, command: list[str], code: int, said: str
) -> None:
    ran = cidb2(*command)
    assert ran.exit_code == code
    assert said in unboxed(ran.stderr)
    assert ran.stdout == ""


def unboxed(text: str) -> str:
    """Return words in one line, without the frame that typer draws around them."""
    return " ".join(text.translate(dict.fromkeys(map(ord, "│╭╮╰╯─"), " ")).split())


def test_credentials_and_region_are_asked_for(cidb2: CommandLine) -> None:
    ran = cidb2("runs", **NO_CREDENTIALS)
    assert ran.exit_code == 4
    assert ran.stderr.startswith("Error: No valid credentials: ")
    assert "aws sso login" in ran.stderr
    ran = cidb2("runs", AWS_REGION="", AWS_DEFAULT_REGION="", AWS_CONFIG_FILE="/dev/null")
    assert ran.exit_code == 2
    assert "No region is set." in ran.stderr


@pytest.mark.parametrize(
    ("service", "operation", "error", "code", "said"),
    [
        ("cloudformation", "DescribeStacks", "ExpiredToken", 4, "AWS rejected the credentials"),
        ("cloudformation", "DescribeStacks", "AccessDenied", 4, "Access denied: "),
        ("dynamodb", "Query", "AccessDeniedException", 4, "docs/cli.md"),
        ("dynamodb", "Query", "InternalServerError", 5, "This may be transient; retry."),
    ],
)
def test_what_aws_refuses_is_told_in_its_words(
    session: Session, service: str, operation: str, error: str, code: int, said: str
) -> None:
    faults = session.here.aws.faults
    with faults.error(error, "in words of its own", service=service, operation=operation):
        ran = session.cidb2("runs")
    assert ran.exit_code == code
    assert said in ran.stderr
    assert f"in words of its own ({error})" in ran.stderr
    assert "Traceback" not in ran.output


def test_resources_are_found_by_name_unit_and_tag_of_their_account(
    session: Session, tmp_path: Path
) -> None:
    """The last test: it takes one more inventory."""
    [planted] = [one for one in session.here.planted.accounts if one.id == HEALTHY]
    role = ("find", "--type", "role")
    ran = session.cidb2(*role, "--unit", "Production")
    assert (ran.exit_code, ran.stdout) == (3, "")
    assert "The inventory has no accounts of the organisation." in ran.stderr
    taken = session.here.take_inventory({"accounts": [HUB], "services": ["organizations"]})
    assert taken.summary["status"] == "COMPLETE"
    roles = session.cidb2.json(*role, "--account", HEALTHY)
    for options in (
        ("--account-name", planted.name.upper()),
        ("--unit", "Workloads/Production"),
        ("--account-tag", f"team={planted.name.partition('-')[0]}", "--account-tag", "stage"),
    ):
        assert session.cidb2.json(*role, *options) == roles
    assert {
        (one["accountName"], one["accountUnit"], one["accountTags"]["team"]) for one in roles
    } == {(planted.name, "Root/Workloads/Production", planted.name.partition("-")[0])}
    shown = session.cidb2(*role, "--account", HEALTHY).stdout
    assert re.search(rf"ACCOUNT +ACCOUNT NAME +REGION.*\n.*{HEALTHY} +{planted.name} ", shown)
    assert session.cidb2(*role, "--account-name", "nobody").exit_code == 1
    [told] = [one for one in session.cidb2.json("sql", "accounts") if one["accountid"] == HEALTHY]
    assert (told["accountname"], told["accountunit"]) == (planted.name, "Root/Workloads/Production")
    file = tmp_path / "all.json"
    assert session.cidb2("export", str(file)).exit_code == 0
    exported = [one for one in json.loads(file.read_text()) if one["accountid"] == HEALTHY]
    assert {(one["accountname"], one["accounttags"]["team"]) for one in exported} == {
        (planted.name, planted.name.partition("-")[0])
    }

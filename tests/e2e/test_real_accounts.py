"""`make run REAL=1`: the stack is here, the accounts are in another cloud, played by another moto.

Nothing reaches a network: the person's AWS_ENDPOINT_URL names that other server.
"""

import gzip
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.session import get_session
from moto.backends import get_backend

from cidb2.services import COLLECTORS, SERVICES, by_collector
from cidb2.types.actions import action_of, operations_of
from cidb2.types.catalog import DECLARED
from local.commands.session import new_console
from local.emulator.cloud import Cloud
from local.emulator.embedded import EmbeddedAws
from local.gateway.call import CREDENTIAL
from local.real import __main__ as real
from local.real.forward import MemberAccounts
from local.real.person import Person
from local.real.plan import is_agreed
from local.real.reads import Reads
from local.simulation.check import compare, stored_items
from local.simulation.population import HUB
from tests.support.other_cloud import (
    AUDITOR,
    EXPIRED_KEY,
    EXTERNAL_ID,
    PERSON,
    REGIONS,
    OtherCloud,
    other_cloud,
)
from tests.support.services import FUNCTIONS
from tests.support.template import MEMBER_TEMPLATE, ROOT
from tests.support.world import PLANTED_SERVICES

if TYPE_CHECKING:
    from local.simulation.truth import Item

pytestmark = pytest.mark.e2e

READS = Reads.of(MEMBER_TEMPLATE)


def policy_of(actions: Sequence[str]) -> str:
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


NARROWED = policy_of(READS.actions)
WHO = ("sts", "GetCallerIdentity")
IN = ("sts", "AssumeRole")


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OtherCloud]:
    with other_cloud(tmp_path_factory.mktemp("cloud")) as started:
        yield started


@pytest.fixture(autouse=True)
def person(cloud: OtherCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    """Be somebody whose AWS tools are set up for the other cloud, which has seen nothing yet."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in cloud.environment.items():
        monkeypatch.setenv(name, value)
    cloud.forget()


class Watched(EmbeddedAws):
    """An embedded AWS that tells what reached its own moto, and what its inventory came to."""

    last: "Watched"

    def __enter__(self) -> Self:
        self.answered: set[tuple[str, str]] = set()
        Watched.last = self
        front = self.cloud.front
        inside = front._application

        def watch(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
            if signature := CREDENTIAL.search(environ.get("HTTP_AUTHORIZATION", "")):
                account = environ.get("HTTP_X_MOTO_ACCOUNT_ID", "")
                self.answered.add((account, signature[3]))
            return inside(environ, start_response)

        front._application = watch
        return super().__enter__()

    def __exit__(self, *problem: object) -> None:
        tables = get_backend("dynamodb")[self.stack.account][self.stack.region].tables
        inventory = tables[self.stack.outputs["InventoryTableName"]]
        self.inventory: dict[str, Item] = stored_items(inventory, self.client("s3"))
        super().__exit__(*problem)


def operations(cloud: OtherCloud) -> set[tuple[str, str]]:
    return {(call["service"], call["operation"]) for call in cloud.calls()}


def are_reads(asked: set[tuple[str, str]]) -> bool:
    return {action_of(*each) for each in asked} <= set(READS.actions)


def test_the_inventory_is_of_the_accounts_in_the_other_cloud(
    cloud: OtherCloud,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(real, "EmbeddedAws", Watched)
    accounts = [*cloud.members, cloud.without_role]
    asked = [
        "--accounts",
        " ".join(accounts),
        "--role",
        AUDITOR,
        "--external-id",
        EXTERNAL_ID,
        "--services",
        " ".join(PLANTED_SERVICES),
        "--yes",
    ]
    runs, logs = tmp_path / "runs", tmp_path / "logs"
    assert real.main(asked, runs=runs, logs=logs) == 0
    shown = capsys.readouterr().out

    # What is found is what stands there, to the last field; what is closed has its reason.
    found = compare(cloud.standing(cloud.members), Watched.last.inventory)
    assert found.resources > 80
    assert list(found.lines()) == []
    [summary] = runs.rglob("summary.json")
    scopes = json.loads(summary.read_text())["scopes"]
    failed = {(s["accountId"], s["reason"]) for s in scopes if s["outcome"] != "COMPLETE"}
    assert failed == {(cloud.without_role, "ROLE_DENIED")}
    assert re.search(rf"{cloud.without_role} +all services +ROLE_DENIED", shown)
    assert list(runs.rglob("report.html"))

    # The other cloud saw reads, each signed, in sessions that are narrowed to reads.
    calls = cloud.calls()
    assert are_reads(operations(cloud) - {WHO, IN})
    assert all(call["signed"] for call in calls)
    person = f"arn:aws:iam::{HUB}:user/{PERSON}"
    for call in calls:
        is_own = (call["service"], call["operation"]) in (WHO, IN)
        role = f"arn:aws:iam::{call['account']}:role/{AUDITOR}"
        assert call["caller"] == (person if is_own else role)
        if not is_own:
            [statement] = json.loads(call["policy"])["Statement"]
            assert set(statement["Action"]) <= set(READS.actions)

    # The embedded AWS was the hub and nothing else.
    assert not {account for account, _ in Watched.last.answered} & set(accounts)
    assert {service for _, service in Watched.last.answered} >= {"dynamodb", "sns", "s3"}

    # No key of anybody's is in a log, on the terminal or in what is kept.
    keys = {cloud.secret_key, *(call["key"] for call in calls)}
    kept = [text_of(file) for file in [*logs.glob("*.log"), *runs.rglob("*.*")]]
    collectors = by_collector(PLANTED_SERVICES)
    assert len([*logs.glob("*.log")]) == len(FUNCTIONS) - len(COLLECTORS) + len(collectors)
    assert not [key for key in keys for text in [shown, *kept] if key in text]


def text_of(file: Path) -> str:
    content = file.read_bytes()
    return (gzip.decompress(content) if file.suffix == ".gz" else content).decode()


def test_make_run_reads_the_account_of_the_credentials_themselves(cloud: OtherCloud) -> None:
    done = subprocess.run(
        [
            *("make", "-o", "setup", "run", "REAL=1", "ROLE=none", "YES=1"),
            *(f"REGIONS={REGIONS[1]}", "SERVICES=iam kms"),
        ],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    calls = cloud.calls()
    assert {call["caller"] for call in calls} == {f"arn:aws:iam::{HUB}:user/{PERSON}"}
    assert all(call["signed"] for call in calls)
    assert are_reads(operations(cloud) - {WHO})
    assert {service for service, _ in operations(cloud)} == {"sts", "iam", "kms", "ec2"}
    named = re.search(r"\bSummary +(\S+)", done.stdout)
    assert named
    totals = json.loads((ROOT / named[1]).read_text())["totals"]
    wanted = [
        item
        for item in cloud.standing([HUB]).values()
        if item["resourceType"].startswith("AWS::IAM::")
        or (item["resourceType"], item["awsRegion"]) == ("AWS::KMS::Key", REGIONS[1])
    ]
    assert totals["items"] == totals["stored"] == len(wanted) > 0
    assert cloud.secret_key not in done.stdout + done.stderr


def test_nothing_collected_is_a_failure(
    cloud: OtherCloud, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["--accounts", cloud.members[0], "--role", AUDITOR, "--services", "iam", "--yes"]
    assert real.main(asked, runs=tmp_path / "runs", logs=tmp_path / "logs") == 1
    shown = capsys.readouterr().out
    assert re.search(rf"{cloud.members[0]} +IAM +ROLE_DENIED", shown)
    assert operations(cloud) == {WHO, IN}


def test_it_says_what_it_will_call_and_waits_for_consent(
    cloud: OtherCloud, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", StringIO())
    assert real.main(["--accounts", " ".join(cloud.members), "--regions", "eu-west-1"]) == 1
    shown = capsys.readouterr().out
    assert operations(cloud) == {WHO}
    assert shown.index("sts:GetCallerIdentity") < shown.index(f"arn:aws:iam::{HUB}:user/{PERSON}")
    assert READS.role_name in shown
    assert "eu-west-1" in shown
    assert all(account in shown for account in cloud.members)
    assert all(action.partition(":")[2] in shown for action in READS.actions)
    assert shown.rstrip().endswith("there is no terminal to ask for consent; agree with YES=1")


@pytest.mark.parametrize(("typed", "agreed"), [("y", True), ("n", False), ("", False)])
def test_somebody_at_a_terminal_is_asked(
    typed: str, agreed: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    terminal = StringIO(f"{typed}\n")
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stdin", terminal)
    assert is_agreed(new_console()) is agreed
    assert "Start? [y/n] (n):" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("environment", "arguments", "told", "called"),
    [
        ({"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}, [], "no credentials", False),
        ({"AWS_SECRET_ACCESS_KEY": ""}, [], "the credentials are incomplete", False),
        ({"AWS_PROFILE": "nobody"}, [], "profile nobody does not exist (profiles: none)", False),
        ({}, ["--profile", "nobody"], "profile nobody does not exist (profiles: none)", False),
        ({"AWS_ACCESS_KEY_ID": EXPIRED_KEY}, [], "the credentials have expired", True),
        ({}, ["--role", "none"], f"the credentials belong to {HUB}, not to", True),
        ({"AWS_ENDPOINT_URL_STS": "http://127.0.0.1:9"}, [], "Could not connect", False),
    ],
    ids=["none", "half", "profile variable", "profile", "expired", "another's", "unreachable"],
)
def test_credentials_that_are_of_no_use_are_told_in_one_line(
    cloud: OtherCloud,
    environment: dict[str, str],
    arguments: list[str],
    told: str,
    called: bool,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value) if value else monkeypatch.delenv(name)
    assert real.main(["--accounts", cloud.members[0], "--yes", *arguments]) == 1
    last = capsys.readouterr().out.rstrip().splitlines()[-1]
    assert last.startswith("  Not started  ")
    assert told in last
    assert operations(cloud) == ({WHO} if called else set())


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "list the accounts (ACCOUNTS=...)"),
        (["--accounts", "12345"], "'12345' is not a 12-digit account id"),
        (["--accounts", f"{HUB} 234567890123", "--role", "none"], "reads only the account"),
        (["--accounts", HUB, "--services", "fax"], f"'fax' is not one of {', '.join(SERVICES)}"),
        (["--accounts", HUB, "--regions", "Ireland"], "'Ireland' is not a region"),
    ],
)
def test_options_that_are_wrong_are_told_before_anything_is_called(
    cloud: OtherCloud, arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        real.main(arguments)
    assert told in capsys.readouterr().err
    assert operations(cloud) == set()


@pytest.fixture
def embedded() -> Iterator[Cloud]:
    with Cloud() as embedded:
        embedded.front.only_signed = True
        yield embedded


def role(account: str, name: str = READS.role_name) -> str:
    return f"arn:aws:iam::{account}:role/{name}"


def by_role(*accounts: str) -> MemberAccounts:
    return MemberAccounts(Person(None), READS, roles=[role(account) for account in accounts])


def assume(embedded: Cloud, role_arn: str, policy: str | None = NARROWED) -> Any:
    given = {"Policy": policy} if policy else {}
    sts = embedded.client("sts")
    return sts.assume_role(RoleArn=role_arn, RoleSessionName="test", **given)["Credentials"]


def session(embedded: Cloud, account: str) -> Callable[[str], Any]:
    """Return what makes clients of the embedded AWS that stand for the role in an account."""
    keys = assume(embedded, role(account))
    names = ("AccessKeyId", "SecretAccessKey", "SessionToken")
    return session_of(embedded, *(keys[name] for name in names))


def session_of(
    embedded: Cloud, access_key: str, secret: str, token: str | None
) -> Callable[[str], Any]:
    return lambda service: get_session().create_client(
        service,
        region_name=embedded.region,
        endpoint_url=embedded.endpoint,
        aws_access_key_id=access_key,
        aws_secret_access_key=secret,
        aws_session_token=token,
        config=Config(retries={"total_max_attempts": 1}),
    )


def refusal(call: Callable[..., Any], **arguments: Any) -> str:
    with pytest.raises(ClientError) as refused:
        call(**arguments)
    return str(refused.value.response["Error"]["Code"])


@pytest.mark.parametrize("is_own", [False, True], ids=["role", "credentials"])
def test_what_is_no_read_of_the_role_never_leaves_the_machine(
    cloud: OtherCloud, embedded: Cloud, is_own: bool
) -> None:
    account = HUB if is_own else cloud.members[0]
    members = MemberAccounts(Person(None), READS, HUB) if is_own else by_role(account)
    embedded.front.services.insert(0, members.answer)
    client = session(embedded, account)
    assert client("iam").get_account_authorization_details()["RoleDetailList"]
    seen = operations(cloud)
    assert refusal(client("iam").create_user, UserName="mallory") == "AccessDenied"
    assert refusal(client("s3").get_object, Bucket="any", Key="secret") == "AccessDenied"
    assert refusal(client("kms").create_key) == "AccessDenied"
    assert refusal(client("ec2").run_instances, MinCount=1, MaxCount=1) == "AccessDenied"
    assert refusal(client("sts").get_caller_identity) == "AccessDenied"
    assert operations(cloud) == seen


def test_credentials_of_one_account_open_no_other(cloud: OtherCloud, embedded: Cloud) -> None:
    embedded.front.services.insert(0, MemberAccounts(Person(None), READS, HUB).answer)
    with pytest.raises(
        ClientError, match=f"credentials belong to {HUB}, not to {cloud.members[0]}"
    ):
        session(embedded, cloud.members[0])
    assert operations(cloud) == set()


@pytest.mark.parametrize(
    ("wanted", "policy"),
    [
        (role(HUB), NARROWED),
        (role(HUB, "Admin"), NARROWED),
        ("planned", None),
        ("planned", "no JSON"),
        ("planned", "{}"),
        ("planned", policy_of(["*"])),
        ("planned", policy_of([*READS.actions, "iam:CreateUser"])),
    ],
    ids=["account", "role", "no policy", "no JSON", "empty", "everything", "more"],
)
def test_only_planned_roles_are_assumed_and_only_to_read(
    wanted: str, policy: str | None, cloud: OtherCloud, embedded: Cloud
) -> None:
    planned = cloud.members[0]
    embedded.front.services.insert(0, by_role(planned).answer)
    with pytest.raises(ClientError, match=r"not a role of this run|the session policy may only"):
        assume(embedded, role(planned) if wanted == "planned" else wanted, policy)
    assert operations(cloud) == set()
    assert assume(embedded, role(planned))


def test_nobody_else_on_the_machine_is_answered(cloud: OtherCloud, embedded: Cloud) -> None:
    embedded.front.services.insert(0, by_role(cloud.members[0]).answer)
    issued = assume(embedded, role(cloud.members[0]))
    key, secret, token = (issued[n] for n in ("AccessKeyId", "SecretAccessKey", "SessionToken"))
    cloud.forget()
    thief: tuple[str, str, str | None]
    for thief in (("AKIAMADEUPMADEUPMADE", "x", None), (key, "guessed", token)):
        asking = session_of(embedded, *thief)
        for ask in (
            asking("iam").get_account_authorization_details,
            asking("sts").get_caller_identity,
            asking("lambda").list_functions,
            asking("s3").list_buckets,
        ):
            assert refusal(ask) == "SignatureDoesNotMatch"
    assert session_of(embedded, key, secret, token)("iam").get_account_authorization_details()
    cloud.forget()
    for path in ("/", "/moto-api/data.json", "/moto-api/seed?a=1"):
        with pytest.raises(HTTPError, match="403"):
            urlopen(f"{embedded.endpoint}{path}", timeout=20)
    assert operations(cloud) == set()


def test_a_cloud_that_cannot_be_reached_is_told_under_botocores_name(
    cloud: OtherCloud, embedded: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_KMS", "http://127.0.0.1:9")
    embedded.front.services.insert(0, by_role(cloud.members[0]).answer)
    client = session(embedded, cloud.members[0])
    assert refusal(client("kms").list_keys) == "EndpointConnectionError"
    assert client("iam").get_account_authorization_details()["RoleDetailList"]


def test_credentials_that_end_on_the_way_are_told(
    cloud: OtherCloud, embedded: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = cloud.folder / "given.json"
    keys = {"Version": 1, "AccessKeyId": cloud.access_key, "SecretAccessKey": cloud.secret_key}
    given.write_text(json.dumps(keys | {"SessionToken": "t", "Expiration": "2026-01-01T00:00:00Z"}))
    config = tmp_path / "config"
    config.write_text(f"[profile ends]\ncredential_process = cat {given}\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    members = MemberAccounts(Person("ends"), READS, roles=[role(cloud.members[0])])
    embedded.front.services.insert(0, members.answer)
    given.unlink()
    with pytest.raises(ClientError, match="the credentials have expired"):
        session(embedded, cloud.members[0])


def test_every_action_of_the_role_is_one_that_a_call_can_have() -> None:
    clients = {
        client
        for service in DECLARED.values()
        for each in service.types
        for client, _ in operations_of(service, each)
    }
    models = {name: get_session().get_service_model(name) for name in clients}
    known = {
        action_of(name, operation)
        for name, model in models.items()
        for operation in model.operation_names
    }
    assert set(READS.actions) <= known

"""`sam deploy` against the embedded AWS: what was built becomes a stack, runs, changes and goes."""

import base64
import hashlib
import io
import json
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from local.artifact import LINK
from local.call import Call
from local.check import Report
from local.embedded import FUNCTION, EmbeddedAws
from local.member_roles import deploy_member_roles
from local.population import REGIONS, Organisation
from local.stack import Stack
from tests.permissions.pipeline import EXECUTION_CALLS, SAM_CALLS
from tests.support.athena import Athena
from tests.support.buckets import empty_buckets
from tests.support.events import load_event
from tests.support.sam import SamCli, host_layer_settings, sam_build
from tests.support.template import TEMPLATE, parsed
from tests.support.world import Taken, World

if TYPE_CHECKING:
    from subprocess import CompletedProcess

DEV, PROD = "cidb2-dev", "cidb2-prod"
LAYER = "AWS::Lambda::LayerVersion"
CHANGED = "Environment=dev LogLevel=DEBUG LogRetentionDays=30 MaxReceiveCount=3"
KEPT_IN_PROD = {
    name
    for name, resource in parsed(TEMPLATE)["Resources"].items()
    if isinstance(resource.get("DeletionPolicy"), dict)
}
IN_A_DATABASE = {
    name
    for name, resource in parsed(TEMPLATE)["Resources"].items()
    if resource["Type"] == "AWS::Glue::Table"  # whose name is its own in the stack's database
}
CHANGE_SET = re.compile(r"arn:\S+:changeSet/\S+")
LISTINGS = (
    ("athena", "list_work_groups", "WorkGroups"),
    ("dynamodb", "list_tables", "TableNames"),
    ("glue", "get_databases", "DatabaseList"),
    ("iam", "list_roles", "Roles"),
    ("lambda", "list_event_source_mappings", "EventSourceMappings"),
    ("lambda", "list_functions", "Functions"),
    ("lambda", "list_layers", "Layers"),
    ("logs", "describe_log_groups", "logGroups"),
    ("s3", "list_buckets", "Buckets"),
    ("scheduler", "list_schedules", "Schedules"),
    ("sns", "list_subscriptions", "Subscriptions"),
    ("sns", "list_topics", "Topics"),
    ("sqs", "list_queues", "QueueUrls"),
    ("stepfunctions", "list_state_machines", "stateMachines"),
)


@dataclass(frozen=True)
class Step:
    """What a command said and left behind: entries of the hub's listings that name the stack."""

    said: str
    status: str
    standing: list[str]
    ids: dict[str, str]


class Hub:
    """The embedded AWS, and the SAM CLI that deploys to it."""

    def __init__(self, aws: EmbeddedAws, build: Path) -> None:
        self.aws = aws
        self.cli = SamCli(aws, build)
        self.steps: dict[str, Step] = {}

    def stack(self, name: str) -> Stack:
        return self.aws.cloudformation.record(name).stack

    def keep(self, name: str, stack: str, done: "CompletedProcess[str]", code: int = 0) -> None:
        """Keep what a command came to, under a name."""
        said = done.stdout + done.stderr
        assert done.returncode == code, said
        status = self.aws.cloudformation.record(stack).status
        ids = {name: each.physical_id for name, each in self.stack(stack).resources.items()}
        self.steps[name] = Step(said, status, self.standing(stack), ids)

    def standing(self, stack: str) -> list[str]:
        entries = [
            json.dumps(entry, default=str)
            for service, operation, field in LISTINGS
            for entry in getattr(self.aws.client(service), operation)().get(field, [])
        ]
        member_role = (
            f'"RoleName": "CIDB2-Collector-Role-{stack}"'  # it trusts the stack, and is not of it
        )
        of_stack = re.compile(rf"\b{stack}\b")
        return [each for each in entries if of_stack.search(each) and member_role not in each]

    def packages(self, stack: str) -> dict[str, list[str]]:
        """Return the files in the package of each function, and of its layer."""
        found = {}
        for resource in (*self.stack(stack).of_type(FUNCTION), *self.stack(stack).of_type(LAYER)):
            code = resource.properties.get("Code") or resource.properties["Content"]
            body = self.aws.client("s3").get_object(Bucket=code["S3Bucket"], Key=code["S3Key"])
            with zipfile.ZipFile(io.BytesIO(body["Body"].read())) as archive:
                found[resource.logical_id] = archive.namelist()
        return found

    @contextmanager
    def watching(self) -> Iterator[set[tuple[str, str]]]:
        """Yield what is called meanwhile: service and operation, as IAM tells them apart."""
        calls: set[tuple[str, str]] = set()

        def note(call: Call) -> None:
            of_a_version = "Version" if "VersionId" in call.parameters else ""
            calls.add((call.service, call.operation + of_a_version))

        observers = self.aws.cloud.front.observers
        observers.append(note)
        try:
            yield calls
        finally:
            observers.remove(note)

    def swap_artifacts(self, packaged: Path) -> dict[str, str]:
        """Write something else over each function's package; return what was there, as SHA-256."""
        there = {}
        s3 = self.aws.client("s3")
        for name, resource in parsed(packaged)["Resources"].items():
            if resource["Type"] == "AWS::Serverless::Function":
                code = resource["Properties"]["CodeUri"]
                at = {"Bucket": code["Bucket"], "Key": code["Key"]}
                body = s3.get_object(**at, VersionId=code["Version"])["Body"].read()
                there[name] = base64.b64encode(hashlib.sha256(body).digest()).decode()
                s3.put_object(**at, Body=b"another program")
        return there

    def code_of_functions(self, stack: str) -> dict[str, str]:
        """Return the SHA-256 of what each function of a stack runs."""
        client = self.aws.client("lambda")
        return {
            each.logical_id: client.get_function_configuration(FunctionName=each.physical_id)[
                "CodeSha256"
            ]
            for each in self.stack(stack).of_type(FUNCTION)
        }


@dataclass(frozen=True)
class Story:
    """The life of two stacks, step by step, and the inventory that one of them took."""

    hub: Hub
    steps: dict[str, Step]
    packages: dict[str, list[str]]
    taken: Taken
    compared: Report
    in_the_lake: int
    environment: dict[str, str]
    logging: dict[str, str]
    redrive: str
    retention: int
    kept: set[str]
    approved: dict[str, str]
    ran: dict[str, str]
    proposed: set[tuple[str, str]]
    executed: set[tuple[str, str]]


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    build = sam_build(tmp_path_factory.mktemp("build"), **host_layer_settings())
    planted = Organisation(1, 16, REGIONS[:2], seed=67)
    with EmbeddedAws(before_deploy=lambda _: planted.plant(), time_scale=5) as aws:
        hub = Hub(aws, build)
        deploy, keep = hub.cli.deploy, hub.keep
        keep("created", DEV, deploy("dev"))
        keep("unchanged", DEV, deploy("dev"))
        packages = hub.packages(DEV)
        aws.stack = hub.stack(DEV)
        deploy_member_roles(aws, planted)
        here = World(aws, planted)
        taken = here.take_inventory(load_event("execution-default"))
        compared = here.compare_found(taken, {})
        athena = Athena(aws.client, aws.stack, tmp_path_factory.mktemp("lake"))
        in_the_lake = sum(row["resources"] for row in athena.ask("what-do-we-have"))
        keep("changed", DEV, deploy("dev", "--parameter-overrides", CHANGED))
        ids = hub.steps["changed"].ids
        function = aws.client("lambda").get_function_configuration(
            FunctionName=ids["ReporterFunction"]
        )
        queue = aws.client("sqs").get_queue_attributes(
            QueueUrl=ids["ReporterQueue"], AttributeNames=["RedrivePolicy"]
        )
        [group] = aws.client("logs").describe_log_groups(
            logGroupNamePrefix=ids["ReporterLogGroup"]
        )["logGroups"]
        with hub.watching() as proposed:
            pinned = hub.cli.pin("prod")
            shown = deploy("prod", "--template-file", pinned, "--no-execute-changeset")
        keep("shown", PROD, shown)
        [change_set, *_] = CHANGE_SET.findall(hub.steps["shown"].said)
        approved = hub.swap_artifacts(pinned)
        with hub.watching() as executed:
            second = hub.cli.execute(change_set)
        keep("second", PROD, second)
        ran = hub.code_of_functions(PROD)
        keep("executed twice", PROD, hub.cli.execute(change_set), code=1)
        keep("not empty", DEV, hub.cli.delete("dev"), code=1)
        empty_buckets(aws, hub.stack(DEV))
        keep("deleted", DEV, hub.cli.delete("dev"))
        keep("deleted in prod", PROD, hub.cli.delete("prod"))
        kept = {name for name, each in hub.steps["second"].ids.items() if is_there(aws, each)}
        keep("again", PROD, deploy("prod", "--no-confirm-changeset"))
        yield Story(
            hub,
            hub.steps,
            packages,
            taken,
            compared,
            in_the_lake,
            function["Environment"]["Variables"],
            function["LoggingConfig"],
            queue["Attributes"]["RedrivePolicy"],
            group["retentionInDays"],
            kept,
            approved,
            ran,
            proposed,
            {call for call in executed if call[0] == "cloudformation"},
        )


def is_there(aws: EmbeddedAws, physical_id: str) -> bool:
    """Return whether a key, table or bucket of that name is still there and of use."""
    keys = [key["KeyId"] for key in aws.client("kms").list_keys()["Keys"]]
    if physical_id in keys:
        described = aws.client("kms").describe_key(KeyId=physical_id)["KeyMetadata"]
        return bool(described["KeyState"] == "Enabled")
    buckets = [bucket["Name"] for bucket in aws.client("s3").list_buckets()["Buckets"]]
    return physical_id in [*buckets, *aws.client("dynamodb").list_tables()["TableNames"]]


def always_there() -> set[str]:
    """Return the resources that depend on no condition."""
    resources = parsed(TEMPLATE)["Resources"]
    return {name for name, one in resources.items() if "Condition" not in one}


def test_sam_creates_every_resource_of_the_template(story: Story) -> None:
    created = story.steps["created"]
    assert created.status == "CREATE_COMPLETE"
    declared = always_there() - {"SharedLayer"}
    assert declared < created.ids.keys()
    assert [name for name in created.ids if name.startswith("SharedLayer")]
    for name in declared:
        assert f" {name} " in created.said


def test_what_was_built_is_what_was_deployed(story: Story) -> None:
    for name, files in story.packages.items():
        assert LINK not in files
        part = "python/cidb2/items/item.py" if name.startswith("SharedLayer") else "functions/"
        assert [file for file in files if file.startswith(part)], name


def test_what_was_deployed_takes_an_inventory(story: Story) -> None:
    assert story.taken.summary["status"] == "PARTIAL"  # three accounts are in trouble
    assert story.taken.totals["items"] == story.taken.totals["stored"] > 0
    assert list(story.compared.lines()) == []


def test_what_was_deployed_answers_in_sql(story: Story) -> None:
    assert story.in_the_lake == story.taken.totals["items"]


def test_a_second_deployment_says_that_nothing_changes(story: Story) -> None:
    unchanged = story.steps["unchanged"]
    assert "No changes to deploy. Stack cidb2-dev is up to date" in unchanged.said
    assert (unchanged.status, unchanged.ids) == ("CREATE_COMPLETE", story.steps["created"].ids)


def test_a_parameter_changes_what_depends_on_it_in_place(story: Story) -> None:
    changed = story.steps["changed"]
    assert (changed.status, changed.ids) == ("UPDATE_COMPLETE", story.steps["created"].ids)
    assert story.logging["ApplicationLogLevel"] == "DEBUG"
    assert story.environment["MAX_RECEIVE_COUNT"] == "3"
    assert json.loads(story.redrive)["maxReceiveCount"] == 3
    assert story.retention == 30
    assert "* Modify" in changed.said
    assert "+ Add" not in changed.said


def test_prod_shows_its_change_set_and_does_nothing_yet(story: Story) -> None:
    shown = story.steps["shown"]
    assert shown.said.count("+ Add") > len(always_there())
    assert (shown.status, shown.ids, shown.standing) == ("REVIEW_IN_PROGRESS", {}, [])


def test_what_was_shown_is_what_is_executed_once(story: Story) -> None:
    assert "cidb2-prod is as the change set said" in story.steps["second"].said
    assert story.steps["second"].status == "CREATE_COMPLETE"
    assert story.steps["executed twice"].ids == story.steps["second"].ids


def test_an_artifact_that_is_swapped_after_the_approval_is_not_deployed(story: Story) -> None:
    assert story.ran == story.approved
    assert len(story.ran) == len(story.hub.stack(PROD).of_type(FUNCTION))


def test_the_pipelines_roles_are_judged_by_what_the_delivery_calls(story: Story) -> None:
    assert story.proposed - SAM_CALLS.keys() == set()
    assert story.executed - {("cloudformation", one) for one in EXECUTION_CALLS} == set()


def test_two_stacks_of_one_account_and_region_have_nothing_in_common(story: Story) -> None:
    dev, prod = story.steps["changed"].ids, story.steps["second"].ids
    assert story.steps["second"].status == "CREATE_COMPLETE"
    assert len(dev) == len(prod)
    assert {name for name in dev if dev[name] in {*prod.values()}} == IN_A_DATABASE


def test_a_bucket_that_is_not_empty_stops_the_deletion_and_is_named(story: Story) -> None:
    stopped = story.steps["not empty"]
    assert stopped.status == "DELETE_FAILED"
    events = story.hub.aws.cloudformation.record(DEV).events
    reasons = [event.get("ResourceStatusReason", "") for event in events]
    assert [reason for reason in reasons if "ResultsBucket" in reason and "not empty" in reason]


def test_a_dev_stack_that_is_deleted_leaves_nothing_behind(story: Story) -> None:
    assert story.steps["changed"].standing
    assert story.steps["deleted"].status == "DELETE_COMPLETE"
    assert story.steps["deleted"].standing == []
    assert not is_there(story.hub.aws, story.steps["changed"].ids["DataKey"])


def test_prod_keeps_what_it_knows_when_its_stack_is_deleted(story: Story) -> None:
    assert story.steps["deleted in prod"].status == "DELETE_COMPLETE"
    assert story.kept == KEPT_IN_PROD >= {"DataKey", "InventoryTable", "ResultsBucket", "RunsTable"}
    listed = [name for name in KEPT_IN_PROD if name.endswith(("Table", "Bucket"))]
    assert len(story.steps["deleted in prod"].standing) == len(listed)


def test_a_new_stack_of_the_same_name_starts_beside_what_was_kept(story: Story) -> None:
    again, before = story.steps["again"], story.steps["second"]
    assert again.status == "CREATE_COMPLETE"
    assert not {again.ids[name] for name in KEPT_IN_PROD} & {*before.ids.values()}

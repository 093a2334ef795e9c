"""`make run`: takes inventories of a simulated organisation and checks them against the truth."""

import json
import os
import re
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from moto.backends import get_backend
from rich.console import Console
from rich.markup import escape

from local import deploy, options, report, truth
from local.check import compare, difference, stored_items
from local.embedded import EmbeddedAws, Execution
from local.expectation import Expectation, expect
from local.population import Organisation
from local.progress import RunWatch, follow
from local.resources import HANDLERS
from local.stack import DeploymentError, Stack
from local.template import load_template

ROOT = Path(__file__).resolve().parent.parent
RUNS = ROOT / ".local" / "runs"
REPORT = "report.html"
MEMBER_TEMPLATE = ROOT / "member-account" / "template.yaml"
PLAIN_WIDTH = 100
TIME_SCALE = 5  # a wait for the last messages would else take longer than they do
COLOURS = {"COMPLETE": "green", "PARTIAL": "yellow", "FAILED": "bold red"}
SUMMARY_URL = re.compile(r"s3://([^/\s]+)/(\S+)")


@dataclass
class Session:
    """The simulated organisation, the stack in its hub, and where to tell of both."""

    aws: EmbeddedAws
    planted: Organisation
    wanted: Any
    console: Console

    def take_inventory(self, number: int, before: Expectation | None) -> Expectation | None:
        """Run the state machine once and show what came of it.

        Returns what the run had to find, None where it failed or found something else.
        """
        shown = report.foreign(json.dumps(self.wanted, ensure_ascii=False))
        self._say(f"\n[bold]Run {number}[/]  [dim]input {shown}[/]\n")
        execution = self._execute()
        place = _summary_place(execution)
        if place is None:
            self._say(f"  [bold red]{execution.status}[/]  {report.foreign(_cause(execution))}")
            return None
        summary, path = self._download(*place)
        run_id, status = summary["runId"], summary["status"]
        self._say(f"  {run_id}  [{COLOURS[status]}]{status}[/] in {execution.seconds:.1f} s\n")
        report.show_figures(summary, self.console)
        names = {account.id: account.name for account in self.planted.accounts}
        report.show_failures(summary, names, self.console)
        peaks = sorted(self.aws.function_peaks().items())
        told = (f"{_short(name)} {peak:.0f}" for name, peak in peaks)
        self._say(f"\n  Memory   at most, in MB: {', '.join(told)}")
        report.show_cost(summary["cost"], self.console)
        self._say(f"  Summary  {os.path.relpath(path)}")
        self._say(f"  Report   {self._download_report(path, *place)}\n")
        return self._check(summary, before) if execution.status == "SUCCEEDED" else None

    def _execute(self) -> Execution:
        arn = self.aws.start_execution(self.wanted)
        table = self.aws.stack.outputs["RunsTableName"]
        watch = RunWatch(self.aws.client("dynamodb"), table, arn)
        follow(watch, lambda: self.aws.describe(arn).running, self.console)
        return self.aws.describe(arn)

    def _download(self, bucket: str, key: str) -> tuple[dict[str, Any], Path]:
        answer = self.aws.client("s3").get_object(Bucket=bucket, Key=key)
        summary: dict[str, Any] = json.loads(answer["Body"].read())
        path = RUNS / summary["runId"] / "summary.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(summary, indent=2, ensure_ascii=False))
        return summary, path

    def _download_report(self, summary: Path, bucket: str, key: str) -> str:
        """Keep the page that stands beside a summary and tell where it is, if there is one."""
        path, s3 = summary.with_name(REPORT), self.aws.client("s3")
        try:
            answer = s3.get_object(Bucket=bucket, Key=key.replace(summary.name, REPORT))
        except s3.exceptions.NoSuchKey:
            return "[bold red]none[/]: the log of the results processor says why"
        path.write_bytes(answer["Body"].read())
        return os.path.relpath(path)

    def _say(self, text: str) -> None:
        self.console.print(text, soft_wrap=True)

    def _check(self, summary: dict[str, Any], before: Expectation | None) -> Expectation | None:
        client, stack = self.aws.client, self.aws.stack
        accounts = [account.id for account in self.planted.accounts]
        standing = truth.read(client, accounts, self.planted.regions)
        expected = expect(standing, self.wanted, self.planted)
        tables = get_backend("dynamodb")[stack.account][stack.region].tables
        stored = stored_items(tables[stack.outputs["InventoryTableName"]], client("s3"))
        compared = compare(expected.found, stored, expected.hidden)
        report.show_check(compared, self.console)
        changes = difference(before.found if before else {}, expected.found)
        as_changed = report.show_changes(changes, summary["totals"], self.console)
        return expected if compared.is_equal and as_changed else None


def main(arguments: Sequence[str] | None = None) -> int:
    """Return 0 where every run succeeded and found exactly what stands in the accounts."""
    chosen = options.parse(arguments)
    console = Console(highlight=False, emoji=False)
    if not console.is_terminal:
        console = Console(highlight=False, emoji=False, width=PLAIN_WIDTH)
    planted = Organisation(chosen.accounts, chosen.resources, chosen.regions, chosen.seed)
    console.print("[bold]CIDB2[/] on an embedded AWS: the real template, state machine, handlers\n")
    began = time.monotonic()
    try:
        with EmbeddedAws(
            ROOT / "template.yaml",
            time_scale=TIME_SCALE,
            before_deploy=lambda _: planted.plant(),
        ) as aws:
            deploy_member_roles(aws, planted)
            _introduce(aws, planted, time.monotonic() - began, console)
            is_good = _take_inventories(Session(aws, planted, chosen.input, console), chosen.runs)
            if chosen.keep:
                console.print(f"\n  The embedded AWS stays at {aws.endpoint} until Ctrl-C.")
                while True:
                    time.sleep(3600)
    except DeploymentError as error:
        console.print(f"  [bold red]Not deployed[/]  {escape(str(error))}", soft_wrap=True)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0 if is_good else 1


def _take_inventories(session: Session, runs: int) -> bool:
    expected = session.take_inventory(1, None)
    for number in range(2, runs + 1):
        if expected is None:
            return False
        session.planted.mutate(number)
        expected = session.take_inventory(number, expected)
    return expected is not None


def deploy_member_roles(aws: EmbeddedAws, planted: Organisation) -> dict[str, Stack]:
    """Deploy the collector role in every account that has it; return its stacks by account."""
    asked = aws.client("organizations").describe_organization()["Organization"]
    outputs = {name: aws.stack.outputs[name] for name in ("CollectorRoleArns", "ExternalId")}
    given = {**outputs, "OrganizationId": asked["Id"]}
    template = load_template(MEMBER_TEMPLATE, aws.stack.region, given, str)
    stacks = {}
    for account in planted.accounts:
        if account.has_role:
            stack = Stack("cidb2-collector-role", account.id, aws.stack.region, given)
            deploy.deploy(template, stack, partial(aws.client, account=account.id), HANDLERS)
            stacks[account.id] = stack
        if account.condition == "kms denied":
            aws.faults.deny(scp=True, service="kms", account=account.id)
    return stacks


def _introduce(aws: EmbeddedAws, planted: Organisation, seconds: float, console: Console) -> None:
    healthy = [account for account in planted.accounts if account.condition == "healthy"]
    each = f"{healthy[0].resources:,} resources each"
    console.print(
        f"  Accounts  1 hub · {len(healthy)} healthy, {each} · 3 in trouble · seed {planted.seed}\n"
        f"  Regions   {' '.join(planted.regions)}\n"
        f"  Stack     {len(aws.stack.resources)} resources, ready in {seconds:.1f} s",
        soft_wrap=True,
    )


def _short(function: str) -> str:
    return function.removesuffix("Function").removesuffix("Collector")


def _summary_place(execution: Execution) -> tuple[str, str] | None:
    """Return the bucket and the key of the summary, None where the run ended without one."""
    if execution.status == "SUCCEEDED":
        place = execution.output["summary"]
        return place["bucket"], place["key"]
    named = SUMMARY_URL.search(_cause(execution))
    return (named[1], named[2]) if named else None


def _cause(execution: Execution) -> str:
    """Return why an execution failed: the function's own message where there is one."""
    try:
        return str(json.loads(execution.cause or "")["errorMessage"])
    except (ValueError, KeyError, TypeError):
        return f"{execution.error}: {execution.cause}"


if __name__ == "__main__":
    sys.exit(main())

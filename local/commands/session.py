"""Runs the stack on the embedded AWS: starts and follows a run, prints and keeps its results."""

import json
import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from cidb2.aws.table import Table
from cidb2.ledger.view import LedgerView
from cidb2.services import TITLES
from cli.execution import cause_of
from cli.figures import show_cost, show_figures
from cli.progress import RunWatch, follow
from lake.fetch import fetch
from local.commands import report
from local.commands.places import LAKE, REPORT
from local.emulator.embedded import EmbeddedAws
from local.emulator.outcomes import Execution

PLAIN_WIDTH = 100
COLOURS = {"COMPLETE": "green", "PARTIAL": "yellow", "FAILED": "bold red"}
SUMMARY_URL = re.compile(r"s3://([^/\s]+)/(\S+)")

Summary = dict[str, Any]


def new_console() -> Console:
    """Return the output console; without a terminal it has a fixed width."""
    console = Console(highlight=False, emoji=False)
    if console.is_terminal:
        return console
    return Console(highlight=False, emoji=False, width=PLAIN_WIDTH)


@dataclass(frozen=True)
class Taken:
    """A run's summary, and whether its execution succeeded."""

    summary: Summary
    succeeded: bool


@dataclass
class Session:
    """The deployed stack, the accounts' names, the console and the folder of results."""

    aws: EmbeddedAws
    wanted: Any
    names: Mapping[str, str]
    console: Console
    folder: Path

    def take_inventory(self, number: int) -> Taken | None:
        """Run the state machine once and print the result; return None if it left no summary."""
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
        show_figures(summary, self.console)
        report.show_failures(summary, self.names, self.console)
        peaks = sorted(self.aws.function_peaks().items())
        labels = (f"{_short(name)} {peak:.0f}" for name, peak in peaks)
        self._say(f"\n  Memory   peak (MB): {', '.join(labels)}")
        show_cost(summary["cost"], self.console)
        self._say(f"  Summary  {os.path.relpath(path)}")
        self._say(f"  Report   {self._download_report(path, *place)}")
        self._keep_lake(number, place[0])
        self._say("  Explore  make explore\n")
        return Taken(summary, execution.status == "SUCCEEDED")

    def _execute(self) -> Execution:
        arn = self.aws.start_execution(self.wanted)
        table = Table(self.aws.client("dynamodb"), self.aws.stack.outputs["RunsTableName"])
        watch = RunWatch(LedgerView(table), arn)
        follow(watch, lambda: self.aws.describe(arn).running, self.console)
        return self.aws.describe(arn)

    def _download(self, bucket: str, key: str) -> tuple[Summary, Path]:
        answer = self.aws.client("s3").get_object(Bucket=bucket, Key=key)
        summary: Summary = json.loads(answer["Body"].read())
        path = self.folder / summary["runId"] / "summary.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(summary, indent=2, ensure_ascii=False))
        return summary, path

    def _download_report(self, summary: Path, bucket: str, key: str) -> str:
        """Download the summary's report, if there is one; return its path for display."""
        path, s3 = summary.with_name(REPORT), self.aws.client("s3")
        try:
            answer = s3.get_object(Bucket=bucket, Key=key.replace(summary.name, REPORT))
        except s3.exceptions.NoSuchKey:
            return "[bold red]none[/]: see the results processor's log"
        path.write_bytes(answer["Body"].read())
        return os.path.relpath(path)

    def _keep_lake(self, number: int, bucket: str) -> None:
        """Keep the lake of these runs, instead of that of earlier ones, for `cidb2 explore`."""
        folder = self.folder / LAKE
        if number == 1:
            shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True, exist_ok=True)
        fetch(self.aws.client("s3"), bucket, folder)

    def _say(self, text: str) -> None:
        self.console.print(text, soft_wrap=True)


def _short(function: str) -> str:
    name = function.removesuffix("Function").removesuffix("Collector")
    return TITLES.get(name.lower(), name)


def _summary_place(execution: Execution) -> tuple[str, str] | None:
    """Return the bucket and key of the summary; None if the run ended without one."""
    if execution.status == "SUCCEEDED":
        place = execution.output["summary"]
        return place["bucket"], place["key"]
    named = SUMMARY_URL.search(_cause(execution))
    return (named[1], named[2]) if named else None


def _cause(execution: Execution) -> str:
    return cause_of(execution.error, execution.cause)

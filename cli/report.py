"""`cidb2 report`: opens or saves a run's HTML report."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from botocore.exceptions import ClientError

from cidb2.reasons import error_code
from cli.errors import CliError, ExitCode
from cli.folder import own_folder
from cli.options import CommandContext
from cli.runs import Run, ended_run
from cli.stack import Stack

TO_STDOUT = "-"


def report(
    asked: CommandContext,
    run: Run = None,
    place: Annotated[
        str | None,
        typer.Option(
            "--output", "-o", metavar="FILE|-", help="Save the report here instead of opening it."
        ),
    ] = None,
) -> None:
    """Open a run's report in the browser, or save it."""
    row = ended_run(asked.stack.ledger, run)
    page = _page(asked.stack, row)
    if place == TO_STDOUT:
        sys.stdout.buffer.write(page)
        return
    path = Path(place) if place is not None else own_folder("reports") / f"{row['runId']}.html"
    path.write_bytes(page)
    if asked.output.as_json:
        asked.output.document({"runId": row["runId"], "report": str(path)})
    asked.output.say(str(path))
    if not place and asked.output.console.is_interactive and not asked.output.as_json:
        typer.launch(path.resolve().as_uri())


def _page(stack: Stack, row: Mapping[str, Any]) -> bytes:
    place = row.get("report")
    if not place:
        raise CliError(
            ExitCode.NOT_FOUND,
            f"Run {row['runId']} has no report; its status is {row['status']}.",
            "A run writes its report when it ends; if that failed, the results processor's log "
            "says why.",
        )
    try:
        answer = stack.s3.get_object(Bucket=place["bucket"], Key=place["key"])
    except ClientError as error:
        if error_code(error) != "NoSuchKey":
            raise
        raise CliError(
            ExitCode.NOT_FOUND,
            f"The report of run {row['runId']} has expired.",
            "The stack's RunRetentionDays parameter sets how long reports are kept.",
        ) from None
    return answer["Body"].read()

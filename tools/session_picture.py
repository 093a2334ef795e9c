"""Draws a session with `cidb2` on a running stack, as SVG."""

import io
import json
import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

WIDTH = 124
WITHOUT_ROLE = "111122223333"
"""The simulated account without the collector role."""

MOST_FREQUENT = (
    "SELECT resourcetype, count(*) AS n FROM resources GROUP BY 1 ORDER BY 2 DESC LIMIT 6"
)

FONTS = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace"
FORMAT = """\
<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
text {{ font-family: FONTS; }}
.{unique_id}-matrix {{ font-size: {char_height}px; line-height: {line_height}px; }}
.{unique_id}-title {{ font-size: 18px; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}"/>
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
""".replace("FONTS", FONTS)
"""rich's own template without web fonts: the page makes no request to a third party."""


@dataclass(frozen=True)
class Shell:
    """A terminal with a fixed width, in which `cidb2` queries the stack in the variables."""

    variables: Mapping[str, str]

    def run(self, *arguments: str) -> str:
        """Return a command's coloured output; raises CalledProcessError if it fails."""
        command = [str(Path(sys.executable).with_name("cidb2")), *arguments]
        with tempfile.TemporaryDirectory() as home:
            terminal = {"FORCE_COLOR": "1", "COLUMNS": str(WIDTH), "CIDB2_HOME": home}
            environment = {**os.environ, **self.variables, **terminal}
            ran = subprocess.run(
                command, env=environment, capture_output=True, text=True, check=False
            )
        if ran.returncode > 1:
            raise subprocess.CalledProcessError(ran.returncode, command, ran.stdout, ran.stderr)
        return ran.stdout


def take(variables: Mapping[str, str], path: Path) -> None:
    """Draw a session that lists changes, their details, and what is missing."""
    shell = Shell(variables)
    changes = json.loads(shell.run("changes", "--type", "bucket", "--json"))
    arn = next(one["arn"] for one in reversed(changes) if one["change"] == "CHANGED")
    account = next(one["accountId"] for one in changes if one["arn"] == arn)
    console = Console(
        record=True, width=WIDTH, file=io.StringIO(), force_terminal=True, highlight=False
    )
    for arguments in (
        ("runs",),
        ("history", arn),
        ("find", "--type", "key", "--tag", "Stage=prod", "--region", "eu-west-1"),
        ("changes", "--effect", "TRUST_ADDED", "--type", "bucket", "--account", account),
        ("sql", MOST_FREQUENT),
        ("coverage", "--account", WITHOUT_ROLE),
    ):
        console.print(Text.assemble(("$ ", "dim"), ("cidb2 ", "bold"), shlex.join(arguments)))
        console.print(Text.from_ansi(shell.run(*arguments)))
        console.print()
    path.write_text(console.export_svg(title="cidb2", theme=MONOKAI, code_format=FORMAT))

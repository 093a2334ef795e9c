"""The picture of a session with `cidb2`: what its commands say of a stack that is there, in SVG."""

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
"""An account of the simulation that lacks the role."""

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
"""As rich has it, without fonts from elsewhere: a page that shows it asks no third party."""


@dataclass(frozen=True)
class Shell:
    """A terminal of so many columns, in which `cidb2` asks the stack that the variables name."""

    variables: Mapping[str, str]

    def run(self, *arguments: str) -> str:
        """Return what a command says, in its colours. CalledProcessError where it cannot answer."""
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
    """Write the picture of a session that asks what changed, what of it, and what is missing."""
    shell = Shell(variables)
    changes = json.loads(shell.run("changes", "--type", "bucket", "--json"))
    arn = next(one["arn"] for one in reversed(changes) if one["change"] == "CHANGED")
    console = Console(
        record=True, width=WIDTH, file=io.StringIO(), force_terminal=True, highlight=False
    )
    for arguments in (
        ("runs",),
        ("history", arn),
        ("find", "--type", "key", "--tag", "Stage=prod", "--region", "eu-west-1"),
        ("sql", "SELECT resourcetype, count(*) AS n FROM resources GROUP BY 1 ORDER BY 2 DESC"),
        ("coverage", "--account", WITHOUT_ROLE),
    ):
        console.print(Text.assemble(("$ ", "dim"), ("cidb2 ", "bold"), shlex.join(arguments)))
        console.print(Text.from_ansi(shell.run(*arguments)))
        console.print()
    path.write_text(console.export_svg(title="cidb2", theme=MONOKAI, code_format=FORMAT))

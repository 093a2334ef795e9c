"""Runs `cidb2` in this process, as a user or a script would."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from typer.testing import CliRunner, Result

from cli.main import app

NO_CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "",
    "AWS_SECRET_ACCESS_KEY": "",
    "AWS_SESSION_TOKEN": "",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": "/dev/null",
    "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
}


@dataclass(frozen=True)
class CommandLine:
    """A shell with its own environment."""

    variables: Mapping[str, str]

    def __call__(self, *arguments: str, stdin: str | None = None, **variables: str) -> Result:
        """Return a command's output and exit code; unexpected errors are raised."""
        environment = {**self.variables, **variables}
        ran = CliRunner().invoke(app, arguments, input=stdin, env=environment)
        if ran.exception and not isinstance(ran.exception, SystemExit):
            raise ran.exception
        return ran

    def json(self, *arguments: str) -> Any:
        """Return the JSON output of a command that must succeed."""
        ran = self(*arguments, "--json")
        assert ran.exit_code in (0, 1), ran.output
        return json.loads(ran.stdout)

"""The summary of a run as a file: its scopes row by row, then the totals."""

import json
from collections.abc import Mapping
from typing import IO, Any

from functions.results_processor.sinks import Row, public


class SummaryFile:
    """A sink that writes one JSON object whose first field, `scopes`, lists the rows.

    The object is complete once `finish` has written its other fields.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._separator = ""
        self._write('{"scopes": [\n')

    def take(self, row: Row) -> None:
        self._write(self._separator + json.dumps(public(row)))
        self._separator = ",\n"

    def finish(self, summary: Mapping[str, Any]) -> None:
        """Write the fields of `summary` after the scopes and close the object."""
        self._write("\n]")
        for name, value in summary.items():
            self._write(f",\n {json.dumps(name)}: {_indented(value)}")
        self._write("\n}")

    def _write(self, text: str) -> None:
        self._file.write(text.encode())


def _indented(value: Any) -> str:
    return json.dumps(value, indent=1).replace("\n", "\n ")  # JSON escapes newlines in strings

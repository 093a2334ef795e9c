"""Errors in a declaration, with their positions."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from cidb2 import types

SOURCES = Path(types.__file__).parent


@dataclass(frozen=True)
class Fault:
    """An error: its part of the declaration, and the text that is wrong."""

    type: str
    part: str
    problem: str
    text: str

    def __str__(self) -> str:
        return f"{line_of(self.type, self.text)}: {self.type}, {self.part}: {self.problem}"


def line_of(type_name: str, text: str) -> str:
    """Return the file and line of a text in a type's declaration."""
    for path in sorted(SOURCES.glob("*.py")):
        lines = path.read_text().splitlines()
        starts = [
            number for number, line in enumerate(lines, 1) if f'"{type_name}",' == line.strip()
        ]
        for start in starts:
            for number, line in enumerate(lines[start - 1 :], start):
                if f'"{text}' in line or f'{text}"' in line:
                    return f"{path.name}:{number}"
                if number > start and "ResourceType(" in line:
                    break
            return f"{path.name}:{start}"
    return "?"


def told(faults: Iterable[Fault]) -> str:
    """Return faults as lines."""
    return "\n".join(map(str, faults))

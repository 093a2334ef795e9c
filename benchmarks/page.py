"""The tables of docs/performance.md, each named after its measurement."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

PAGE = Path(__file__).parent.parent / "docs/performance.md"


@dataclass(frozen=True)
class Table:
    """A measurement's result; figures are counts and ratios of one run."""

    head: Sequence[str]
    rows: Sequence[Sequence[object]]

    def __str__(self) -> str:
        """Return the table in Markdown, with numbers aligned right."""
        is_number = [all(_is_number(row[place]) for row in self.rows) for place in self._places]
        lines = [self.head, ["--:" if number else "---" for number in is_number], *self.rows]
        return "\n".join(f"| {' | '.join(map(_formatted, line))} |" for line in lines)

    @property
    def _places(self) -> range:
        return range(len(self.head))


def write(name: str, table: Table, page: Path = PAGE) -> None:
    """Write a table between its marks on the page: `<!-- name -->` and `<!-- /name -->`.

    Raises ValueError if the marks are missing.
    """
    text = page.read_text()
    marks = re.compile(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
    if not marks.search(text):
        raise ValueError(f"{page}: no place for the table {name!r}")
    page.write_text(marks.sub(lambda found: f"{found[1]}\n{table}\n\n{found[2]}", text))


def _is_number(value: object) -> bool:
    return isinstance(value, int | float)


def _formatted(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.2f}" if value < 100 else f"{value:,.0f}"
    return f"{value:,}" if isinstance(value, int) else str(value)

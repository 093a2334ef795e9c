"""Answers as files: CSV that a spreadsheet does not compute, JSON that nests, Parquet as it is."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path

JSON_TEXTS = ("tags", "configuration", "supplementaryconfiguration", "unreadable", "omitted")
"""Columns of the lake whose texts are JSON."""

FIGURES = (
    *("BOOLEAN", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT"),
    *("UINTEGER", "UBIGINT", "FLOAT", "DOUBLE", "DECIMAL", "DATE", "TIME", "TIMESTAMP"),
)
"""Types that no resource can put words into."""

SIGNS = "=+\\-@＝＋－＠﹦﹢﹣﹫⁼⁺⁻₌₊₋﬩"
"""What begins a formula, in all its forms: full-width, small, above and below the line."""

FORMULA = rf"^[\p{{Z}}\p{{C}}]*[{SIGNS}\t\r\n]"
"""How a text begins that spreadsheets compute or that shifts cells (OWASP, 'CSV Injection'). Some
skip what stands before it: blanks and separators (Z), control and format characters (C)."""


class Form(StrEnum):
    """What an answer can be saved as."""

    CSV = "csv"
    JSON = "json"
    PARQUET = "parquet"


_OPTIONS = {
    Form.CSV: "FORMAT csv, HEADER true, FORCE_QUOTE *",
    Form.JSON: "FORMAT json, ARRAY true",
    Form.PARQUET: "FORMAT parquet, COMPRESSION zstd",
}


def copy(
    table: str, columns: Mapping[str, str], headings: Sequence[str], path: Path, form: Form
) -> str:
    """Return the statement that writes a table of DuckDB, columns with their types, to a file."""
    named = zip(columns.items(), headings, strict=True)
    chosen = ", ".join(f"{_value(*column, form)} AS {_name(heading)}" for column, heading in named)
    target = f"TO {quoted(str(path))} ({_OPTIONS[form]})"
    return f"COPY (SELECT {chosen} FROM {table}) {target}"  # noqa: S608 - all of it is quoted


def quoted(text: str) -> str:
    """Return a text as SQL writes it."""
    return "'" + text.replace("'", "''") + "'"


def harmless(text: str) -> str:
    """Return what is, in SQL, a text with an apostrophe before it where it is a formula."""
    with_apostrophe = quoted(r"'\0")
    return f"regexp_replace({text}, {quoted(FORMULA)}, {with_apostrophe})"


def _value(name: str, kind: str, form: Form) -> str:
    column = _name(name)
    if form is Form.CSV and not kind.startswith(FIGURES):
        return harmless(f"CAST({column} AS VARCHAR)")
    if form is Form.JSON and kind == "VARCHAR" and name.lower() in JSON_TEXTS:
        return f"CASE WHEN json_valid({column}) THEN CAST({column} AS JSON) END"
    return column


def _name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'

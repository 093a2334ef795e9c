"""Answers as files: CSV without formulas, nested JSON, and Parquet."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path

JSON_TEXTS = (
    *("tags", "configuration", "supplementaryconfiguration", "unreadable", "omitted"),
    *("findings", "relationships", "identifiers", "unreadablerelations", "accounttags"),
)
"""Columns of the lake and of its accounts that contain JSON text."""

FIGURES = (
    *("BOOLEAN", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT"),
    *("UINTEGER", "UBIGINT", "FLOAT", "DOUBLE", "DECIMAL", "DATE", "TIME", "TIMESTAMP"),
)
"""Types whose values cannot contain text of a resource."""

SIGNS = "=+\\-@＝＋－＠﹦﹢﹣﹫⁼⁺⁻₌₊₋﬩"
"""Characters that start a formula, in all forms: full-width, small, super- and subscript."""

FORMULA = rf"^[\p{{Z}}\p{{C}}]*[{SIGNS}\t\r\n]"
"""The start of a text that a spreadsheet would compute or that shifts cells (OWASP, 'CSV
Injection'). Some spreadsheets skip leading separators (Z), control and format characters (C)."""


class Form(StrEnum):
    """The formats in which an answer can be saved."""

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
    """Return the statement that writes a DuckDB table, given its columns and types, to a file."""
    named = zip(columns.items(), headings, strict=True)
    chosen = ", ".join(f"{_value(*column, form)} AS {_name(heading)}" for column, heading in named)
    target = f"TO {quoted(str(path))} ({_OPTIONS[form]})"
    return f"COPY (SELECT {chosen} FROM {table}) {target}"  # noqa: S608 - all of it is quoted


def quoted(text: str) -> str:
    """Return a text as a literal of SQL."""
    return "'" + text.replace("'", "''") + "'"


def harmless(text: str) -> str:
    """Return the SQL expression that puts an apostrophe before a text if it is a formula."""
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

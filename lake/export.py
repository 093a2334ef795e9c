"""Answers as files: CSV that a spreadsheet does not compute, JSON that nests, Parquet as it is."""

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

JSON_TEXTS = ("tags", "configuration", "supplementaryconfiguration", "unreadable")
"""Columns of the lake whose texts are JSON."""

FIGURES = (
    *("BOOLEAN", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT"),
    *("UINTEGER", "UBIGINT", "FLOAT", "DOUBLE", "DECIMAL", "DATE", "TIME", "TIMESTAMP"),
)
"""Types that no resource can put words into."""

FORMULA = r"^(\s*[=+\-@\x{FF1D}\x{FF0B}\x{FF0D}\x{FF20}]|[\t\r\n])"
"""How a text begins that spreadsheets compute or that shifts cells (OWASP, 'CSV Injection'), the
full-width forms among them; blanks before it are skipped by some."""


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


def copy(table: str, columns: Mapping[str, str], path: Path, form: Form) -> str:
    """Return the statement that writes a table of DuckDB, columns with their types, to a file."""
    chosen = ", ".join(_column(name, kind, form) for name, kind in columns.items())
    target = f"TO {quoted(str(path))} ({_OPTIONS[form]})"
    return f"COPY (SELECT {chosen} FROM {table}) {target}"  # noqa: S608 - all of it is quoted


def quoted(text: str) -> str:
    """Return a text as SQL writes it."""
    return "'" + text.replace("'", "''") + "'"


def _column(name: str, kind: str, form: Form) -> str:
    column = '"' + name.replace('"', '""') + '"'
    if form is Form.CSV and not kind.startswith(FIGURES):
        text, harmless = f"CAST({column} AS VARCHAR)", quoted(r"'\1")
        return f"regexp_replace({text}, {quoted(FORMULA)}, {harmless}) AS {column}"
    if form is Form.JSON and kind == "VARCHAR" and name.lower() in JSON_TEXTS:
        return f"CASE WHEN json_valid({column}) THEN CAST({column} AS JSON) END AS {column}"
    return column

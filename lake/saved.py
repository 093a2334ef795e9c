"""The saved queries: one text for Athena, the console and DuckDB.

Queries may use `resources`, the last complete listing of each scope, and `complete`, all complete
listings of the last 31 days; `lake/resources.sql` defines both. `accounts` are the organisation's
accounts with name, state, unit and tags, which `lake/accounts.sql` finds in `resources`.
"""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent
ACCOUNTS = FOLDER / "accounts.sql"
TODAY = "current_date"
A_DAY = "CAST(? AS date)"
OF_A_DAY = "as-of-a-day"
BEFORE_SQL = r"(?:\s|--[^\n]*(?:\n|$)|/\*.*?\*/)*"
"""White space and comments before the first word of a query."""

_NAMES_ACCOUNTS = re.compile(r"\baccounts\b", re.IGNORECASE)
_OWN_ACCOUNTS = re.compile(r"\baccounts\s+AS\s*\(", re.IGNORECASE)
_OWN_WITH = re.compile(rf"({BEFORE_SQL})WITH\s+(RECURSIVE\s+)?", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True)
class SavedQuery:
    """A named query. `parameters` is the number of days that it expects, such as '2026-11-24'.

    `question` is its own SQL, without the definition of `resources` that `sql` begins with.
    """

    name: str
    title: str
    description: str
    question: str
    sql: str
    parameters: int


@cache
def saved_queries() -> dict[str, SavedQuery]:
    """Return the saved queries by name, sorted by name."""
    paths = sorted((FOLDER / "queries").glob("*.sql"))
    return {path.stem: _read(path) for path in paths}


def with_resources(sql: str, *, as_of_a_day: bool = False) -> str:
    """Return a query with `resources` before it, as of today or of a day that is a parameter.

    `accounts` comes too if the query names it and does not define it.
    """
    before = (FOLDER / "resources.sql").read_text().strip()
    if _NAMES_ACCOUNTS.search(sql) and not _OWN_ACCOUNTS.search(sql):
        before = f"{before},\n{ACCOUNTS.read_text().strip()}"
    if as_of_a_day:
        before = before.replace(TODAY, A_DAY)
    own = _OWN_WITH.match(sql)
    if own is None:
        return f"{before}\n{sql}"
    if own[2]:
        before = before.replace("WITH ", "WITH RECURSIVE ", 1)
    return f"{own[1]}{before},\n{sql[own.end() :]}"


def _read(path: Path) -> SavedQuery:
    lines = path.read_text().splitlines()
    said = [line.removeprefix("-- ") for line in lines if line.startswith("-- ")]
    question = "\n".join(line for line in lines if not line.startswith("-- "))
    sql = with_resources(question, as_of_a_day=path.stem == OF_A_DAY)
    return SavedQuery(
        name=path.stem,
        title=said[0],
        description=" ".join(said[1:]),
        question=question,
        sql=sql,
        parameters=sql.count(A_DAY),
    )

"""The saved queries: one text for Athena, the console and DuckDB.

Queries may use `resources`, the last complete listing of each scope, and `complete`, all complete
listings of the last 31 days; `lake/resources.sql` defines both. `accounts` are the organisation's
accounts with name, state, unit and tags, which `lake/accounts.sql` finds in `resources`.
`lake/relations.sql` defines the tables of relations. The answer to a query that says what it rests
on ends with what is missing of that.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from lake.relations import needs_relations, question_sql, relations_sql

FOLDER = Path(__file__).parent
ACCOUNTS = FOLDER / "accounts.sql"
TODAY = "current_date"
A_DAY = "CAST(? AS date)"
AN_ARGUMENT = "CAST(? AS varchar)"
OF_A_DAY = "as-of-a-day"
BEFORE_SQL = r"(?:\s|--[^\n]*(?:\n|$)|/\*.*?\*/)*"
"""White space and comments before the first word of a query."""

_NAMES_ACCOUNTS = re.compile(r"\baccounts\b", re.IGNORECASE)
_OWN_ACCOUNTS = re.compile(r"\baccounts\s+AS\s*\(", re.IGNORECASE)
_TEXT = re.compile(r"'[^']*'")
_WORDS = ("Argument:", "Argument in JSON:", "Rests on:", "Columns:")
_OWN_WITH = re.compile(rf"({BEFORE_SQL})WITH\s+(RECURSIVE\s+)?", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True)
class SavedQuery:
    """A named query. `parameters` is how often it expects its argument.

    The argument is a day such as '2026-11-24', or what `argument` says, with escapes as JSON has
    them if `is_json`. `question` is its own SQL, without the definition of `resources` that `sql`
    begins with. `rests_on` are the types on which an answer of `cidb2 ask` rests, as
    `lake.relations.types_of` takes them. `columns` are those that only its answers have.
    """

    name: str
    title: str
    description: str
    question: str
    sql: str
    parameters: int
    argument: str = ""
    is_json: bool = False
    rests_on: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()

    def values_of(self, argument: str) -> list[str]:
        """Return the values of the query's parameters, all of which are its argument."""
        return [json.dumps(argument)[1:-1] if self.is_json else argument] * self.parameters


@cache
def saved_queries() -> dict[str, SavedQuery]:
    """Return the saved queries by name, sorted by name."""
    paths = sorted((FOLDER / "queries").glob("*.sql"))
    return {path.stem: _read(path) for path in paths}


def questions() -> dict[str, SavedQuery]:
    """Return the saved queries that say what their answer rests on, by name."""
    return {name: query for name, query in saved_queries().items() if query.rests_on}


def with_resources(sql: str, *, as_of_a_day: bool = False) -> str:
    """Return a query with `resources` before it, as of today or of a day that is a parameter.

    `accounts` comes too if the query names it and does not define it, and so do the tables of
    relations if it names one of them.
    """
    before = (FOLDER / "resources.sql").read_text().strip()
    names = _TEXT.sub("", sql)
    if _NAMES_ACCOUNTS.search(names) and not _OWN_ACCOUNTS.search(names):
        before = f"{before},\n{ACCOUNTS.read_text().strip()}"
    if needs_relations(names):
        before = f"{before},\n{relations_sql()}"
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
    argument, in_json, rests_on, columns = (_said_after(word, said) for word in _WORDS)
    own = "\n".join(line for line in lines if not line.startswith("-- "))
    question = question_sql(own, rests_on, columns) if rests_on else own
    sql = with_resources(question, as_of_a_day=path.stem == OF_A_DAY)
    return SavedQuery(
        name=path.stem,
        title=said[0],
        description=" ".join(line for line in said[1:] if not line.startswith(_WORDS)),
        question=question,
        sql=sql,
        parameters=sql.count(A_DAY) + sql.count(AN_ARGUMENT),
        argument=", ".join(argument + in_json),
        is_json=bool(in_json),
        rests_on=rests_on,
        columns=columns,
    )


def _said_after(word: str, said: Sequence[str]) -> tuple[str, ...]:
    """Return the comma-separated values after a word in a query's comments."""
    lists = (line.removeprefix(word).split(",") for line in said if line.startswith(word))
    return tuple(each.strip() for listed in lists for each in listed)

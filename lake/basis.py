"""What the answer to a question rests on, as the last rows of `question.sql` say."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

NOT_LISTED, RESTS_ON = "NOT LISTED", "RESTS ON"
_FIGURES = re.compile(r"(\d+) of (\d+) listings in (\d+) accounts")

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Basis:
    """How many listings an answer needs, how many of them are known, and the gaps."""

    known: int
    listings: int
    accounts: int
    gaps: Sequence[Row]


def split(rows: Iterable[Row]) -> tuple[list[Row], Basis]:
    """Return the answers among the rows of a question, and what they rest on."""
    every = [*rows]
    gaps = [row for row in every if row["answer"] == NOT_LISTED]
    [last] = [row for row in every if row["answer"] == RESTS_ON]
    figures = _FIGURES.fullmatch(last["because"])
    known, listings, accounts = map(int, figures.groups()) if figures else (0, 0, 0)
    answers = [row for row in every if row["answer"] not in (NOT_LISTED, RESTS_ON)]
    return answers, Basis(known, listings, accounts, gaps)

"""Relations in SQL: references between resources, and whether their targets exist.

`lake/relations.sql` defines the tables. Its facts about types come from the declarations.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from textwrap import fill

from cidb2.items.findings.catalog import RULES
from cidb2.types.catalog import REGIONAL, SERVICE_OF, TYPES
from cidb2.types.declaration import ResourceType
from cidb2.types.relations import ANY_TYPE, TRUSTS

FOLDER = Path(__file__).parent
TABLES_OF_RELATIONS = (
    *(
        "relations",
        "turned",
        "edges",
        "names",
        "unknown_listings",
        "listing_states",
        "relation_states",
    ),
)
_NEEDS_RELATIONS = re.compile(rf"\b({'|'.join(TABLES_OF_RELATIONS)})\b", re.IGNORECASE)
_USERS_OF = "users of "

Row = Sequence[str | bool]


def needs_relations(sql: str) -> bool:
    """Return whether a query may use a table of relations."""
    return _NEEDS_RELATIONS.search(sql) is not None


@cache
def relations_sql() -> str:
    """Return the definitions of the tables of relations, for a WITH clause after `resources`."""
    text = (FOLDER / "relations.sql").read_text().strip()
    return text.replace("${collected}", _values(map(_collected, _types())))


def question_sql(found: str, rests_on: Sequence[str], columns: Sequence[str] = ()) -> str:
    """Return the query of a question: its answers, then the gaps and the basis.

    `columns` are those that its answers have besides the columns of all questions.
    """
    judges = [
        (rule.finding, kind) for rule in RULES if rule.finding in rests_on for kind in rule.types
    ]
    asked = [part.removeprefix(_USERS_OF) for part in rests_on if part.startswith(_USERS_OF)]
    users = [(kind, user) for kind in asked for user in users_of(kind)]
    text = (FOLDER / "question.sql").read_text().strip()
    return (
        text.replace("${rests_on}", _values((each,) for each in types_of(rests_on)))
        .replace("${users}", _values(users or [("", "")]))
        .replace("${judges}", _values(judges or [("", "")]))
        .replace("${columns}", "".join(f"{name}, " for name in columns))
        .replace(" ${nulls}", "".join(f" NULL AS {name}," for name in columns))
        .replace("${found}", found.strip())
    )


def gaps_sql(rests_on: Sequence[str]) -> str:
    """Return a question without answers, which returns only its gaps and its basis."""
    return question_sql((FOLDER / "queries" / "blind-spots.sql").read_text(), rests_on)


def types_of(rests_on: Iterable[str]) -> list[str]:
    """Return the types that an answer rests on, each once.

    `rests_on` names types, or `everything`, `addresses` (types with DNS names or addresses),
    `trusting` (types with policies that trust principals), `users of` a type, which includes the
    type, or a finding, which stands for the types that it judges.
    """
    found: dict[str, None] = {}
    for part in rests_on:
        found |= dict.fromkeys(_types_of(part))
    return [*found]


def users_of(kind: str) -> list[str]:
    """Return the types that may use a type; trusting it in a policy is not a use."""
    return [
        each.type
        for each in _types()
        if any(one.verb != TRUSTS and one.target in (kind, ANY_TYPE) for one in each.edges)
    ]


def _types_of(part: str) -> list[str]:
    if part.startswith(_USERS_OF):
        kind = part.removeprefix(_USERS_OF)
        return [*_types_of(kind), *users_of(kind)]
    match part:
        case "everything":
            return [each.type for each in _types()]
        case "addresses":
            return [each.type for each in _types() if each.named_by]
        case "trusting":
            trusts = ((each, (one.verb for one in each.edges)) for each in _types())
            return [each.type for each, verbs in trusts if TRUSTS in verbs]
    if judged := [kind for rule in RULES if rule.finding == part for kind in rule.types]:
        return judged
    if part not in SERVICE_OF:
        raise ValueError(f"not a collected type: {part!r}")
    return [part]


def _types() -> Iterator[ResourceType]:
    for kind, service in SERVICE_OF.items():
        yield TYPES[service][kind]


def _collected(declared: ResourceType) -> Row:
    service = SERVICE_OF[declared.type]
    is_regional = REGIONAL[service]
    return declared.type, service, declared.listing.name, is_regional, bool(declared.name)


def _values(rows: Iterable[Row]) -> str:
    """Return rows of text and booleans as SQL; none of them comes from an account."""
    told = ", ".join(f"({','.join(map(_literal, row))})" for row in rows)
    return fill(told, 96, subsequent_indent="    ", break_on_hyphens=False, break_long_words=False)


def _literal(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else f"'{value}'"

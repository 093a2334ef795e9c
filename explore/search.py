"""A search: parsed from the URL, and expressed for the index, in SQL and as a command."""

import json
import re
import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self
from urllib.parse import urlencode

from cidb2.types.catalog import types_named
from explore.index import one_of
from explore.page import page_number
from lake.export import quoted

PAGE_ROWS = 50
LAST_PAGE = 200
"""Deeper pages are slow, and rarely used."""

SORTS = {
    "type": "n",
    "name": "by_name",
    "account": "accountid, n",
    "region": "awsregion, n",
    "seen": "seen DESC, n",
}
DIMENSIONS = {"type": "resourcetype", "account": "accountid", "region": "awsregion"}
FIELDS = {"type": "types", "account": "accounts", "region": "regions"}
PIVOTS = (*DIMENSIONS, "service")
CHANGES = ("CREATED", "CHANGED")
TAG = "tag:"
NO_TAG = "(no tag)"
OTHERS = "others"
SHOWN = "resourcetype, accountid, awsregion, resourcename, arn"
DOCUMENTS = ("configuration", "supplementaryconfiguration")
_INSIDE = f"concat_ws(' ', {', '.join(DOCUMENTS)})"
_TAGS = "TRY(CAST(json_parse(tags) AS MAP(varchar, varchar)))"
_TAG_OF_LAKE = f"element_at({_TAGS}, ?)"
_WORDS_OF_LAKE = (
    "concat_ws(' ', resourcetype, accountid, awsregion, resourcename, resourceid, arn,\n        "
    f"array_join(map_keys({_TAGS}), ' '), array_join(map_values({_TAGS}), ' '))"
)
_HOST = r"(?:[a-z0-9_-]+\.)+[a-z]{2,24}"
_HANDLE = re.compile(rf"\d+(?:\.\d+){{3}}|[0-9a-f]*(?::[0-9a-f]*){{2,7}}|a[ks]ia[a-z0-9]+|{_HOST}")
_WORD = re.compile(r"""(?:[^\s"]|"[^"]*")+""")

Where = tuple[str, list[Any]]


@dataclass(frozen=True)
class Search:
    """The search criteria of a URL. Empty ones match everything; all words must match."""

    q: str = ""
    types: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    tags: tuple[tuple[str, str | None], ...] = ()
    change: str = ""
    everywhere: bool = False
    sort: str = "type"
    page: int = 1

    @classmethod
    def of(cls, asked: Sequence[tuple[str, str]], known: Iterable[str]) -> Self:
        """Return the search of a URL's parameters. The search box also accepts `type:bucket` etc.

        The last part of a type's name is enough. `known` are the types in the inventory; a name
        that none of them has may be that of any other type that CIDB2 collects.
        """
        words, given = _taken_apart(next((value for name, value in asked if name == "q"), ""))
        every = [(name, value.strip()) for name, value in [*asked, *given] if value.strip()]

        def values(wanted: str) -> tuple[str, ...]:
            return tuple(dict.fromkeys(value for name, value in every if name == wanted))

        one = dict(reversed(every))
        return cls(
            q=" ".join(words),
            types=tuple(
                dict.fromkeys(
                    t
                    for each in values("type")
                    for t in types_named(each, known) or types_named(each) or [each]
                )
            ),
            accounts=values("account"),
            regions=values("region"),
            tags=tuple(_tags(every)),
            change=one["change"] if one.get("change") in CHANGES else "",
            everywhere="everywhere" in one,
            sort=one["sort"] if one.get("sort") in SORTS else "type",
            page=min(page_number(one.get("page", "")), LAST_PAGE),
        )

    def parameters(self, **changed: Any) -> str:
        """Return the URL's parameters with some replaced; page 1 unless given."""
        return urlencode(replace(self, **{"page": 1, **changed}).pairs())

    def pairs(self) -> list[tuple[str, str]]:
        """Return the names and values of the URL's parameters."""
        named = [
            ("q", self.q),
            *(("type", each) for each in self.types),
            *(("account", each) for each in self.accounts),
            *(("region", each) for each in self.regions),
            *((f"{TAG}{key}", "*" if value is None else value) for key, value in self.tags),
            ("change", self.change),
            ("everywhere", "1" if self.everywhere else ""),
            ("sort", self.sort if self.sort != "type" else ""),
            ("page", str(self.page) if self.page > 1 else ""),
        ]
        return [each for each in named if each[1]]

    def chosen(self) -> list[tuple[str, str, str]]:
        """Return the active filters: dimension, value, and the URL's parameters without it."""
        named = [
            (name, each, self.parameters(**{field: _without(getattr(self, field), each)}))
            for name, field in FIELDS.items()
            for each in getattr(self, field)
        ]
        tags = [
            ("tag", key if value is None else f"{key}={value}", self.parameters(tags=without))
            for key, value in self.tags
            for without in [_without(self.tags, (key, value))]
        ]
        change = [("change", self.change.lower(), self.parameters(change=""))]
        return named + tags + (change if self.change else [])

    def with_value(self, dimension: str, value: str) -> str:
        """Return the URL's parameters for a row of a pivot; empty for a combined row."""
        if dimension in FIELDS and value != OTHERS:
            return self.parameters(**{FIELDS[dimension]: (value,)})
        if dimension.startswith(TAG) and value not in (NO_TAG, OTHERS):
            key = dimension.removeprefix(TAG)
            others = tuple(each for each in self.tags if each[0] != key)
            return self.parameters(tags=(*others, (key, value)))
        return ""

    def where(self) -> Where:
        """Return the condition on `listed` and its parameters."""
        return _all_of([*self._dimensions(), *self._marks(), *self._words()])

    def in_facets(self, but: str = "") -> Where:
        """Return the condition on the facets' dimensions, optionally except one."""
        return _all_of(self._dimensions(but))

    def beside_facets(self) -> Where:
        """Return the condition that all facets have in common."""
        return _all_of([*self._marks(), *self._words()])

    def _dimensions(self, but: str = "") -> Iterable[Where]:
        of = {"type": self.types, "account": self.accounts, "region": self.regions}
        for name, column in DIMENSIONS.items():
            if of[name] and name != but:
                yield one_of(column, of[name]), [*of[name]]

    def _marks(self) -> Iterable[Where]:
        for key, value in self.tags:
            condition = "tagged[?] IS NOT NULL" if value is None else "tagged[?] = ?"
            yield condition, [key] if value is None else [key, value]
        if self.change:
            yield "change = ?", [self.change]

    def _words(self) -> Iterable[Where]:
        words = self.q.lower().split()
        if not words:
            return
        conditions = ["(" + " AND ".join(["contains(words, ?)"] * len(words)) + ")"]
        values: list[Any] = words
        if self.handle:
            conditions.append("n IN (SELECT n FROM handles WHERE handle = ?)")
            values = [*values, self.handle]
        if self.everywhere:
            either = (f"contains(lower({column}), ?)" for column in DOCUMENTS)
            inside = " AND ".join([f"({' OR '.join(either)})"] * len(words))
            conditions.append(f"n IN (SELECT n FROM details WHERE {inside})")  # noqa: S608
            values = [*values, *(_as_stored(word) for word in words for _ in DOCUMENTS)]
        yield f"({' OR '.join(conditions)})", values

    @property
    def handle(self) -> str:
        """The address, host name or access key that the words consist of, or an empty string."""
        handle = self.q.lower().strip(" .")
        return handle if _HANDLE.fullmatch(handle) else ""

    def lake_sql(self, columns: str = SHOWN) -> str:
        """Return the search as SQL over the lake's `resources`, for `cidb2 sql`."""
        conditions = [_said(*each) for each in self._lake_conditions()]
        where = "\nWHERE " + "\n    AND ".join(conditions) if conditions else ""
        return f"SELECT {columns}\nFROM resources{where}"

    def _lake_conditions(self) -> Iterable[Where]:
        for condition, values in [*self._dimensions(), *self._marks()]:
            yield condition.replace("tagged[?]", _TAG_OF_LAKE), values
        words = self.q.lower().split()
        if not words:
            return
        told = f"strpos(lower({_WORDS_OF_LAKE}), ?) > 0"
        conditions, values = [" AND ".join([told] * len(words))], words
        if self.handle:
            conditions.append(f"regexp_like(lower({_INSIDE}), ?)")
            values = [*values, _pattern(self.handle)]
        if self.everywhere:
            conditions.append(" AND ".join([f"strpos(lower({_INSIDE}), ?) > 0"] * len(words)))
            values = [*values, *map(_as_stored, words)]
        yield f"({' OR '.join(f'({each})' for each in conditions)})", values

    def command(self) -> str:
        """Return the equivalent command."""
        is_found = max(map(len, (self.accounts, self.regions))) <= 1 and not self.change
        if self.q or not is_found:
            return f"cidb2 sql {shlex.quote(self.lake_sql())}"
        options = [
            *(("--type", each) for each in self.types),
            *(("--account", each) for each in self.accounts),
            *(("--region", each) for each in self.regions),
            *(("--tag", key if value is None else f"{key}={value}") for key, value in self.tags),
        ]
        told = (f"{name} {shlex.quote(value)}" for name, value in options)
        return " ".join(["cidb2 find", *told])


def _all_of(parts: Iterable[Where]) -> Where:
    listed = [*parts]
    values = [value for _, some in listed for value in some]
    return " AND ".join(condition for condition, _ in listed) or "true", values


def lake_column(dimension: str) -> str:
    """Return a dimension's SQL expression over the lake."""
    if dimension.startswith(TAG):
        tag = _said(_TAG_OF_LAKE, [dimension.removeprefix(TAG)])
        return f"coalesce({tag}, '{NO_TAG}')"
    return DIMENSIONS.get(dimension, dimension)


def _taken_apart(q: str) -> tuple[list[str], list[tuple[str, str]]]:
    """Return the words of the search box, and its filters, such as `type:` and `tag:Owner=`."""
    words, given = [], []
    for each in _WORD.findall(q):
        name, colon, value = each.replace('"', "").partition(":")
        if colon and value and name in (*DIMENSIONS, "change"):
            given.append((name, value if name != "change" else value.upper()))
        elif colon and value and name == "tag":
            key, equals, wanted = value.partition("=")
            given.append((f"{TAG}{key}", wanted if equals else "*"))
        else:
            words.append(each.replace('"', ""))
    return words, given


def _tags(every: Iterable[tuple[str, str]]) -> Iterable[tuple[str, str | None]]:
    for name, value in every:
        if name.startswith(TAG) and len(name) > len(TAG):
            yield name.removeprefix(TAG), None if value == "*" else value
        if name == "tag":  # of the form: KEY=VALUE, or KEY
            key, equals, wanted = value.partition("=")
            if key:
                yield key, wanted if equals else None


def _without(values: tuple[Any, ...], one: Any) -> tuple[Any, ...]:
    return tuple(each for each in values if each != one)


def _as_stored(word: str) -> str:
    """Return a word as stored in a configuration: JSON text in ASCII."""
    return json.dumps(word)[1:-1]


def _pattern(handle: str) -> str:
    """Return a regular expression that finds a handle in a configuration, as `index.sql` does."""
    value = re.escape(handle)
    if not re.fullmatch(_HOST, handle):
        return f'"{value}"'
    return rf'"[a-z]*(?:dns|domain|host|endpoint|address)[a-z]*": ?"(?:https?://)?{value}\.?[/:"]'


def _said(condition: str, values: Sequence[str]) -> str:
    """Return a condition with its parameters replaced by literals."""
    parts = condition.split("?")
    literals = [*map(quoted, values), ""]
    return "".join(part + literal for part, literal in zip(parts, literals, strict=True))

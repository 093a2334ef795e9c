"""A resource as a collector reads it, before it is compared and published."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any, Self

from cidb2.items.canonical import content_hash, plain
from cidb2.items.learnt import LEARNT
from cidb2.items.steady import kept_in_order, steady, with_moments
from cidb2.reasons import Failure
from cidb2.text import valid_text

TAGS = "tags"
NAME = "resourceName"
CONFIGURATION = "configuration"
SUPPLEMENTARY = "supplementaryConfiguration"
_ATTRIBUTE_OF_FIELD = {
    TAGS: "tags",
    NAME: "resource_name",
    CONFIGURATION: "configuration",
    SUPPLEMENTARY: "supplementary",
}


def supplement(name: str) -> str:
    """Return the full name of a field of supplementaryConfiguration."""
    return f"{SUPPLEMENTARY}.{name}"


@dataclass(frozen=True)
class Resource:
    """One resource in AWS Config's vocabulary.

    `configuration` is the result of the describing call, `supplementary` those of other calls,
    where None means 'not configured'. A field that could not be read is absent, and `unreadable`
    has the reason. `volatile` are paths, as in `steady`, of values that change through use or by
    themselves: they are stored, but their changes do not count. `ordered` are paths of lists whose
    order matters. `moments` are the members of `configuration` that are times in a format of the
    service's own. `omitted` are the paths of possible secrets that were dropped; they are reported,
    and excluded from the content hash.
    """

    resource_type: str
    resource_id: str
    resource_name: str | None
    arn: str
    region: str
    captured_at: datetime
    configuration: Mapping[str, Any] | None
    supplementary: Mapping[str, Any] = field(default_factory=dict)
    tags: Mapping[str, str] | None = field(default_factory=dict)
    unreadable: Mapping[str, Failure] = field(default_factory=dict)
    volatile: frozenset[str] = frozenset()
    ordered: frozenset[str] = frozenset()
    moments: frozenset[str] = frozenset()
    omitted: Sequence[str] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "arn", valid_text(self.arn))
        for name in ("configuration", "supplementary"):
            object.__setattr__(self, name, plain(getattr(self, name)))
        if self.configuration and self.moments:
            told = with_moments(self.configuration, self.moments)
            object.__setattr__(self, CONFIGURATION, told)

    @property
    def unreadable_codes(self) -> dict[str, str]:
        """The unreadable fields, each with AWS's error code."""
        return {name: failure.error_code for name, failure in self.unreadable.items()}

    @cached_property
    def content_hash(self) -> str:
        """The SHA-256 of the resource's description without its volatile fields."""
        return self._hash(self._content(), self._learnt)

    def is_as(self, known: Mapping[str, Any]) -> bool:
        """Tell whether the resource equals an item, as far as was known when the item was stored.

        Earlier releases hashed by other rules, or did not read some fields, and an older botocore
        did not know some members. A field that somebody has set since is a change nevertheless.
        """
        was = {name: known[name] for name in _ATTRIBUTE_OF_FIELD}
        was[CONFIGURATION] = with_moments(was[CONFIGURATION] or {}, self.moments)
        knew = self._learnt_by(was, known["contentHash"])
        is_ = steady(self._content(), frozenset(self._learnt[len(knew) :]))
        for name in known["unreadable"]:
            _forget_unknown(name, known, (was, is_))
        common = was[SUPPLEMENTARY].keys() & is_[SUPPLEMENTARY].keys()
        for content in (was, is_):
            content[SUPPLEMENTARY] = {name: content[SUPPLEMENTARY][name] for name in common}
        return self._hash(was, ()) == self._hash(is_, ())

    @property
    def _learnt(self) -> Sequence[str]:
        return LEARNT.get(self.resource_type, ())

    def _learnt_by(self, was: Mapping[str, Any], known_hash: str) -> Sequence[str]:
        """Return which of the learnt members were known when a content was stored."""
        tries = range(len(self._learnt), 0, -1)
        of_row = (self._learnt[:count] for count in tries)
        return next((some for some in of_row if self._hash(was, some) == known_hash), ())

    def _content(self) -> dict[str, Any]:
        return {
            NAME: self.resource_name,
            TAGS: self.tags,
            CONFIGURATION: self.configuration or {},
            SUPPLEMENTARY: self.supplementary,
        }

    def _hash(self, content: Mapping[str, Any], learnt: Sequence[str]) -> str:
        described = kept_in_order(steady(content, self.volatile), self.ordered)
        described |= {
            "resourceType": self.resource_type,
            "resourceId": self.resource_id,
            "awsRegion": self.region,
        }
        return content_hash(described | ({"learnt": len(learnt)} if learnt else {}))

    def remembering(self, known: Mapping[str, Any]) -> Self:
        """Return this resource with its unreadable fields as the table last knew them.

        `known` is an item. An unreadable field is not a removed one.
        """
        remembered: dict[str, Any] = {}
        for name in self.unreadable:
            section, _, member = name.partition(".")
            attribute, was = _ATTRIBUTE_OF_FIELD[section], known[section]
            if not member:
                remembered[attribute] = was
            elif was and member in was:
                now = remembered.get(attribute, getattr(self, attribute))
                remembered[attribute] = {**now, member: was[member]}
        return replace(self, **remembered)


def was_known(name: str, known: Mapping[str, Any]) -> bool:
    """Tell whether an item has a value of a field, of today or as it was last read."""
    section, _, member = name.partition(".")
    value = known.get(section)
    return member in (value or {}) if member else value is not None


def _forget_unknown(
    name: str, known: Mapping[str, Any], contents: Iterable[dict[str, Any]]
) -> None:
    """Remove a field that an item never had from the contents to compare."""
    section, _, member = name.partition(".")
    if was_known(name, known):
        return
    for content in contents:
        if member:
            inner = content[section] or {}
            content[section] = {key: inner[key] for key in inner if key != member}
        else:
            content[section] = {} if section == CONFIGURATION else None

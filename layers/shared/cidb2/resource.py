"""A resource as a collector read it, before anything is compared or published."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any, Self

from cidb2.canonical import content_hash, in_order, plain
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

    `configuration` is what the describing call returned, `supplementary` what other calls added;
    there, None means 'not configured'. A field that could not be read is absent and named in
    `unreadable` with the reason. `volatile` names the top-level fields of `configuration`
    that change by use alone: they are kept, but no change of theirs is a change of the resource.
    `ordered` names those in which the order of lists means something.
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

    def __post_init__(self) -> None:
        object.__setattr__(self, "arn", valid_text(self.arn))
        for name in ("configuration", "supplementary"):
            object.__setattr__(self, name, plain(getattr(self, name)))

    @property
    def unreadable_codes(self) -> dict[str, str]:
        """The fields that could not be read, each with AWS's error code."""
        return {name: failure.error_code for name, failure in self.unreadable.items()}

    @cached_property
    def content_hash(self) -> str:
        """SHA-256 of what describes the resource, its volatile fields left out."""
        configuration = self.configuration or {}
        return content_hash(
            {
                "resourceType": self.resource_type,
                "resourceId": self.resource_id,
                NAME: self.resource_name,
                "awsRegion": self.region,
                TAGS: self.tags,
                CONFIGURATION: {
                    key: in_order(value) if key in self.ordered else value
                    for key, value in configuration.items()
                    if key not in self.volatile
                },
                SUPPLEMENTARY: self.supplementary,
            }
        )

    def remembering(self, known: Mapping[str, Any]) -> Self:
        """Return this resource with its unreadable fields as the table last knew them.

        `known` is an item. A field that could not be read today is not a field that is gone.
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

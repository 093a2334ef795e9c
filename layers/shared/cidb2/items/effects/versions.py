"""A resource as the inventory table last knew it, and as it is now."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self

from cidb2.items.item import Item
from cidb2.items.resource import CONFIGURATION, SUPPLEMENTARY, Resource, supplement, was_known
from cidb2.reasons import Failure, Reason
from cidb2.times import parse
from cidb2.types.catalog import SERVICE_OF, TYPES
from cidb2.types.declaration import ResourceType

_NOT_KNOWN = Failure(Reason.INCOMPLETE_ANSWER, "", "not known", retryable=False)


@dataclass(frozen=True)
class Versions:
    """The two sides of a change.

    A field that one side never had counts as unreadable on both: it was unreadable and never known,
    an earlier release did not read it, or the run left it out. A field that is unreadable today and
    was known before has its last known value on the first side, and is unreadable on the other.
    """

    before: Resource
    after: Resource
    account_id: str

    @classmethod
    def of(cls, known: Item, resource: Resource) -> Self:
        """Return the versions of a resource; `known` is its item with its large fields."""
        before = replace(
            resource,
            resource_id=known["resourceId"],
            resource_name=known["resourceName"],
            captured_at=parse(known["configurationItemCaptureTime"]),
            configuration=known["configuration"],
            supplementary=known["supplementaryConfiguration"],
            tags=known["tags"],
            unreadable={},
            omitted=(),
        )
        unknown = {*_never_known(known), *_of_one_side(before, resource)}
        not_known = dict.fromkeys(unknown, _NOT_KNOWN)
        return cls(
            before=replace(before, unreadable=not_known),
            after=replace(resource, unreadable={**not_known, **resource.unreadable}),
            account_id=known["accountId"],
        )

    @property
    def declared(self) -> ResourceType | None:
        """The declaration of the type; None if this release has none."""
        service = SERVICE_OF.get(self.after.resource_type)
        return TYPES[service][self.after.resource_type] if service else None

    @cached_property
    def documents(self) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
        """Both sides as items, without what is unknown on one of them."""
        unknown = self.before.unreadable.keys()
        return self._document(self.before, unknown), self._document(self.after, unknown)

    def _document(self, resource: Resource, unknown: Iterable[str]) -> Mapping[str, Any]:
        document: dict[str, Any] = {
            "resourceType": resource.resource_type,
            "accountId": self.account_id,
            "awsRegion": resource.region,
            CONFIGURATION: dict(resource.configuration or {}),
            SUPPLEMENTARY: dict(resource.supplementary),
        }
        for name in unknown:
            section, _, member = name.partition(".")
            content = document.get(section)
            if isinstance(content, dict):
                content.pop(member, None) if member else content.clear()
        return document


def _never_known(known: Item) -> Iterator[str]:
    return (name for name in known["unreadable"] if not was_known(name, known))


def _of_one_side(before: Resource, after: Resource) -> Iterator[str]:
    if (before.configuration is None) is not (after.configuration is None):
        yield CONFIGURATION
    yield from map(supplement, before.supplementary.keys() ^ after.supplementary.keys())

"""Reads what is declared: one listing with its types, each resource with all its fields."""

from collections.abc import Callable, Iterator
from functools import cache, partial
from typing import Any

from cidb2.aws.caller import Caller
from cidb2.collecting.answers import Answers
from cidb2.collecting.contents import content_of
from cidb2.collecting.declared_fields import DeclaredFields
from cidb2.collecting.entries import Entry, Place
from cidb2.collecting.entry_pages import EntryPages
from cidb2.collecting.fields import FieldReader
from cidb2.collecting.readers import InParallel, in_turn
from cidb2.collecting.service import Collector, Listed, Listing, Page, Reader, Service
from cidb2.items.item import Item
from cidb2.items.resource import CONFIGURATION, NAME, TAGS, Resource, supplement
from cidb2.run import Run
from cidb2.scope import GLOBAL, Scope
from cidb2.services import COLLECTORS
from cidb2.times import now
from cidb2.types.catalog import DECLARED
from cidb2.types.declaration import Call, ListingCall, Lookup, ResourceType, ServiceTypes
from cidb2.types.paths import ITSELF, at
from cidb2.types.tagging import tag_map


def listings_of(service: ServiceTypes) -> tuple[Listing, ...]:
    """Return the listings of a service that no reader of its own makes."""
    types: dict[ListingCall, list[str]] = {}
    for each in service.types:
        if not each.listing.is_by_hand:
            types.setdefault(each.listing, []).append(each.type)
    return tuple(
        Listing(call.name, tuple(names), partial(DeclaredReader, service, call))
        for call, names in types.items()
    )


def listing_by_hand(
    service: ServiceTypes, reader: Callable[[Caller, Scope, Run], Reader]
) -> Listing:
    """Return the one listing of a service that a reader of its own makes."""
    types = [each for each in service.types if each.listing.is_by_hand]
    [call] = {each.listing for each in types}
    return Listing(call.name, tuple(each.type for each in types), reader)


def collector_of(name: str, *by_hand: Service) -> Collector:
    """Return a collector. All its services are read as declared, except those that are given."""
    given = {each.name: each for each in by_hand}
    return Collector(
        name,
        tuple(
            given.get(service) or Service(service, listings_of(DECLARED[service]))
            for service in COLLECTORS[name]
        ),
    )


class DeclaredReader:
    """Lists and reads the types of one listing, in one scope."""

    def __init__(
        self, service: ServiceTypes, call: ListingCall, account: Caller, scope: Scope, run: Run
    ) -> None:
        self._service = service
        self._client = service.client_of(call)
        self._regions = run.regions if service.is_global else None
        region = scope.region if scope.region != GLOBAL else service.home or None
        answers = Answers(account, self._client, region)
        types = [each for each in service.types if each.listing is call]
        self._fields = DeclaredFields(service, types, answers)
        place = Place(service, self._client, scope, account.region)
        self._pages = EntryPages(place, types, answers, self._fields)

    def pages(self, token: str | None) -> Iterator[Page]:
        for page in self._pages.pages(token):
            self._fields.share(page.entries)
            listed = [Listed(entry.arn, entry, self._recall_of(entry)) for entry in page.entries]
            found = Page(listed, page.next_token, page.lacks, page.error, page.elsewhere)
            del page, listed
            yield found
            del found

    def _recall_of(self, entry: Entry) -> Callable[[Item], Resource] | None:
        return partial(_recalled, self._client, entry) if entry.declared.is_immutable else None

    def read(self, listed: Listed, in_parallel: InParallel = in_turn) -> Resource | None:
        entry: Entry = listed.detail
        declared = entry.declared
        if declared.region and self._regions is not None and entry.region not in self._regions:
            return None
        is_told_alone = declared.describe is not None and declared.describe.batch == 1
        captured_at = now() if is_told_alone else entry.captured_at
        fields, omitted = FieldReader(frozenset(self._service.gone)), set[str]()
        for calls in _in_order(declared):
            in_parallel(
                [
                    partial(self._read_field, fields, name, call, entry, omitted)
                    for name, call in calls.items()
                ]
            )
        if not declared.describe:
            content = content_of(self._client, declared)
            fields.keep(CONFIGURATION, content.fit(entry.content, CONFIGURATION, omitted))
        self._keep_tags(declared, fields)
        return Resource(
            resource_type=declared.type,
            resource_id=entry.id,
            resource_name=_name_of(entry, fields),
            arn=entry.arn,
            region=entry.region,
            captured_at=captured_at,
            configuration=fields.get(CONFIGURATION),
            supplementary={
                **{name: entry.beside(path) for name, path in declared.told_around.items()},
                **fields.supplementary(),
            },
            tags=fields.tags(),
            unreadable=fields.unreadable,
            volatile=_volatile(declared),
            ordered=_ordered(declared),
            moments=frozenset(declared.moments),
            omitted=tuple(sorted(omitted)),
        )

    def _read_field(
        self,
        fields: FieldReader,
        name: str,
        call: Call | Lookup,
        entry: Entry,
        omitted: set[str],
    ) -> None:
        of_each = call.each if isinstance(call, Call) else ""
        if failure := of_each and fields.unreadable.get(supplement(of_each)):
            fields.mark_unreadable(name, failure)
            return

        def value() -> Any:
            if isinstance(call, Call) and of_each:
                told = self._fields.of_each(call, fields.get(supplement(of_each)) or [])
                content = content_of(self._client, call)
                return {part: content.fit(one, name, omitted) for part, one in told.items()}
            is_told = call is entry.declared.describe and entry.described is not None
            told = entry.described if is_told else self._fields.value(call, entry)
            if name == TAGS:
                return tag_map(told, is_shown=False)
            return content_of(self._client, call).fit(told, name, omitted)

        absent = call.absent if isinstance(call, Call) else ()
        fields.read(name, value, absent=frozenset(absent))

    def _keep_tags(self, declared: ResourceType, fields: FieldReader) -> None:
        """Keep the tags that the configuration shows, where no call of their own brings them."""
        if isinstance(declared.tags, Call):
            return
        if failure := fields.unreadable.get(CONFIGURATION):
            fields.mark_unreadable(TAGS, failure)
            return
        shown = content_of(self._client, declared.describe or declared)
        path = declared.tags or shown.tags
        configuration = fields.get(CONFIGURATION)
        fields.keep(TAGS, tag_map(at(path, configuration) if path else None, is_shown=True))


def _recalled(client: str, entry: Entry, item: Item) -> Resource:
    """Return a resource as its item has it, listed again, without what is a secret by now."""
    declared, omitted = entry.declared, {*item.get("omitted", ())}
    content = content_of(client, declared.describe or declared)
    return Resource(
        resource_type=declared.type,
        resource_id=entry.id,
        resource_name=item["resourceName"],
        arn=entry.arn,
        region=entry.region,
        captured_at=entry.captured_at,
        configuration=content.fit(item["configuration"], CONFIGURATION, omitted),
        supplementary=item["supplementaryConfiguration"] or {},
        tags=item["tags"],
        volatile=_volatile(declared),
        ordered=_ordered(declared),
        moments=frozenset(declared.moments),
        omitted=tuple(sorted(omitted)),
    )


def _in_order(declared: ResourceType) -> Iterator[dict[str, Call | Lookup]]:
    """Yield the calls of a type by the names of the fields that they tell.

    Calls for each entry of another field come after all others.
    """
    calls: dict[str, Call | Lookup] = {}
    if declared.describe:
        calls[CONFIGURATION] = declared.describe
    if isinstance(declared.tags, Call):
        calls[TAGS] = declared.tags
    calls |= {supplement(name): call for name, call in declared.fields.items()}
    later = {name: call for name, call in calls.items() if isinstance(call, Call) and call.each}
    yield from filter(None, [{name: calls[name] for name in calls if name not in later}, later])


def _name_of(entry: Entry, fields: FieldReader) -> str | None:
    """Return a resource's own name, or the tag Name; unreadable where the tags are."""
    if entry.declared.name:
        name = entry.value(entry.declared.name)
        return None if name is None else str(name)
    if failure := fields.unreadable.get(TAGS):
        fields.mark_unreadable(NAME, failure)
    return (fields.tags() or {}).get("Name")


@cache
def _ordered(declared: ResourceType) -> frozenset[str]:
    return frozenset(f"{CONFIGURATION}.{path}" for path in declared.ordered)


@cache
def _volatile(declared: ResourceType) -> frozenset[str]:
    contents = {CONFIGURATION: declared.describe or declared} | {
        supplement(name): call for name, call in declared.fields.items()
    }
    own = {f"{CONFIGURATION}.{path}" for path in declared.volatile}
    return frozenset(own).union(
        name if path == ITSELF else f"{name}.{path}"
        for name, each in contents.items()
        for path in each.volatile
    )

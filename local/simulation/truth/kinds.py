"""Types that one call lists with all that matters, asked for as any reader asks: a line for each.

Where moto keeps none, nobody is asked: most regions of most accounts have few types.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from local.simulation.truth.item import Client, Item, item, tag_map

Entry = dict[str, Any]
Extras = Callable[[Any, Entry], Mapping[str, Any]]
"""Asks a client what further calls tell of a listed resource."""


@dataclass(frozen=True)
class Kind:
    """A type: how boto3 lists it, where the answer has the resources, their ids and ARNs.

    `arn` is a template of the entry's members. `stored` is where moto's backend keeps the type;
    without it, it is there in every region. What another `owner` has is left out. `documents` are
    policies that come as text, `secrets` members that nobody may keep.
    """

    type: str
    method: str
    answer: str
    id: str
    arn: str
    stored: str = ""
    name: str = ""
    owner: str = ""
    tags: str = "Tags"
    arguments: Mapping[str, Any] = field(default_factory=dict)
    documents: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    extras: Extras = lambda _, __: {}


def read_kinds(
    kinds: Sequence[Kind], service: str, backend: Any, open_client: Client
) -> Iterator[Item]:
    """Yield what stands of `kinds` in the account and region of one of moto's backends."""
    account, region = backend.account_id, backend.region_name
    for kind in kinds:
        if kind.stored and not getattr(backend, kind.stored):
            continue
        client = open_client(service, account=account, region=region)
        for entry in _listed(kind, client):
            if not kind.owner or _at(kind.owner, entry) == account:
                arn = kind.arn.format(**entry, region=region, account=account)
                yield _item(kind, entry, account, region, arn, kind.extras(client, entry))


def without(entry: Any, names: Sequence[str]) -> Any:
    """Return an entry without the members of these names, however deep they are."""
    if isinstance(entry, list):
        return [without(inner, names) for inner in entry]
    if isinstance(entry, dict):
        return {name: without(value, names) for name, value in entry.items() if name not in names}
    return entry


def _listed(kind: Kind, client: Any) -> Iterator[Entry]:
    if not client.can_paginate(kind.method):
        yield from getattr(client, kind.method)(**kind.arguments)[kind.answer]
        return
    for page in client.get_paginator(kind.method).paginate(**kind.arguments):
        yield from page[kind.answer]


def _at(path: str, entry: Entry) -> Any:
    value: Any = entry
    for name in path.split("."):
        value = value[name]
    return value


def _item(
    kind: Kind, entry: Entry, account: str, region: str, arn: str, extras: Mapping[str, Any]
) -> Item:
    tags = tag_map(entry.get(kind.tags, []))
    told = without(entry, kind.secrets)
    documents = {name: json.loads(told[name]) for name in kind.documents}
    return item(
        kind.type,
        account,
        region,
        (arn, entry[kind.id], entry[kind.name] if kind.name else tags.get("Name")),
        configuration=told | documents,
        supplementaryConfiguration=dict(extras),
        tags=tags,
    )

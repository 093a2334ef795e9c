"""Types that one call lists completely, read through AWS's API: one entry per type.

Types that moto has no resources of are not listed: most regions have few types.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from local.simulation.truth.item import Client, Item, item, tag_map

Entry = dict[str, Any]
Extras = Callable[[Any, Entry], Mapping[str, Any]]
"""Makes further calls about a listed resource; returns additional members of its item."""


@dataclass(frozen=True)
class Kind:
    """A type: its list call in boto3, and the members with the resources, their ids and ARNs.

    `arn` is a template of the entry's members. `stored` is where moto's backend stores the type;
    without it, every region has some. Resources of another `owner` are excluded. `documents` are
    policies in text form, `secrets` are members that must not be stored.
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
    """Yield the resources of `kinds` in the account and region of a moto backend."""
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
    """Return an entry without the members of these names, at any depth."""
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
    public = without(entry, kind.secrets)
    documents = {name: json.loads(public[name]) for name in kind.documents}
    return item(
        kind.type,
        account,
        region,
        (arn, entry[kind.id], entry[kind.name] if kind.name else tags.get("Name")),
        configuration=public | documents,
        supplementaryConfiguration=dict(extras),
        tags=tags,
    )

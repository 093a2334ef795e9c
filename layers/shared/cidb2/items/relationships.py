"""The relations of an item, and the identifiers by which others refer to it.

Both follow from the type's declaration. They are stored beside the item in the lake, and are not
part of its hash.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Self

from cidb2.items.principals import ACCOUNT, EVERYBODY, principals, shared_with
from cidb2.items.resource import SUPPLEMENTARY
from cidb2.scope import GLOBAL
from cidb2.types.arns import ArnTemplate
from cidb2.types.catalog import DECLARED, REGIONAL, SERVICE_OF, TYPES
from cidb2.types.paths import values
from cidb2.types.relations import ANY_TYPE, TRUSTS, Relation, relationship_name

_BUCKET = "AWS::S3::Bucket"
_FUNCTION = "AWS::Lambda::Function"

_EVERYBODY_TRUSTED = "Trusts Everybody"

_URL = re.compile(r"https?://([^/:?#]+)")
_DNS_NAME = re.compile(r"(?=.{1,255}$)(?:[a-z0-9_*-]+\.)+[a-z][a-z0-9-]*\.?", re.IGNORECASE)
_OF_BUCKET = re.compile(r"(.+)\.s3(?:[.-][a-z0-9.-]+)?\.amazonaws\.com(?:\.cn)?")
"""A bucket's host names (S3 User Guide, 'Virtual hosting', and 'Website endpoints')."""

_IN_URI = re.compile(r"arn:[^:/]+:lambda:[^/]+")
"""A function in the URI by which API Gateway and AppSync call it."""

_DUALSTACK = "dualstack."
"""Route 53 puts it before the DNS name of a load balancer (Developer Guide, 'Values for alias
records')."""

_SERVICE = re.compile(r"arn:[^:]*:([^:]*):")
_QUALIFIED = re.compile(r"(arn:[^:]+:lambda:[^:]*:[^:]*:function:[^:]+):([^:]+)")
_PARTS_OF_SECRET = 7
"""The parts of a secret's ARN; what follows selects something within (Amazon ECS Developer Guide,
'Pass Secrets Manager secrets through Amazon ECS environment variables')."""


_ARNS: Mapping[str, list[tuple[str, ArnTemplate]]] = {
    service: [
        (kind, arn)
        for declared in DECLARED.values()
        for kind, arn in declared.arns.items()
        if arn.service == service and kind in SERVICE_OF
    ]
    for service in {arn.service for declared in DECLARED.values() for arn in declared.arns.values()}
}
"""The templates of ARNs by the service in them."""


@dataclass(frozen=True, slots=True)
class Relationship:
    """A reference to a resource, an account or an address; account and region where known."""

    name: str
    target_type: str
    target: str
    account_id: str | None = None
    region: str | None = None

    def to_document(self) -> dict[str, str]:
        """Return it with AWS Config's field names; `target` is an ARN, an id or a name."""
        document = {
            "relationshipName": self.name,
            "resourceType": self.target_type,
            "target": self.target,
            "accountId": self.account_id,
            "awsRegion": self.region,
        }
        return {name: value for name, value in document.items() if value}


def relationships(item: Mapping[str, Any]) -> list[Relationship]:
    """Return an item's relations, each target once, in the declared order."""
    return _related(_declared(item["resourceType"]).relations, item)


def trusts(item: Mapping[str, Any]) -> list[Relationship]:
    """Return the relations of an item to those whom it trusts, each once."""
    declared = _declared(item["resourceType"])
    return _related([each for each in declared.relations if each.verb == TRUSTS], item)


def identifiers(item: Mapping[str, Any]) -> list[str]:
    """Return the addresses, DNS names and aliases of an item, each once."""
    paths = _declared(item["resourceType"]).named_by
    found = (one for path in paths for one in values(path, item))
    return [*dict.fromkeys(dns_name(one) for one in found if one and isinstance(one, str))]


def unreadable_relations(item: Mapping[str, Any]) -> list[str]:
    """Return the fields that were not read and that may contain relations.

    They are unreadable, or a parameter excludes them. Policies do not count: trusting a principal
    is not using it.
    """
    paths = [each.path for each in _declared(item["resourceType"]).relations if each.verb != TRUSTS]
    unread = [*item["unreadable"], *_left_out(paths, item)]
    return [
        name
        for name in dict.fromkeys(unread)
        if any(f"{path}.".startswith(f"{name}.") for path in paths)
    ]


def _left_out(paths: Iterable[str], item: Mapping[str, Any]) -> Iterator[str]:
    """Yield the supplementary fields at these paths that the item lacks; null does not count."""
    for path in paths:
        section, name, *_ = [*path.split("."), ""]
        if section == SUPPLEMENTARY and name not in (item[SUPPLEMENTARY] or {}):
            yield f"{section}.{name}"


def dns_name(text: str) -> str:
    """Return a DNS name, or that of a URL, in its normal form; other text is returned unchanged."""
    url = _URL.match(text)
    host = url[1] if url else text
    if not _DNS_NAME.fullmatch(host):
        return text
    return host.rstrip(".").lower().removeprefix(_DUALSTACK)


@dataclass(frozen=True, slots=True)
class _Declared:
    relations: tuple[Relation, ...]
    named_by: tuple[str, ...]


@cache
def _declared(resource_type: str) -> _Declared:
    if resource_type not in SERVICE_OF:  # an earlier release stored it
        return _Declared((), ())
    declared = TYPES[SERVICE_OF[resource_type]][resource_type]
    return _Declared(tuple(declared.edges), tuple(declared.named_by))


def _related(relations: Iterable[Relation], item: Mapping[str, Any]) -> list[Relationship]:
    found = (each for relation in relations for each in _of_relation(relation, item))
    return [*dict.fromkeys(found)]


def _of_relation(relation: Relation, item: Mapping[str, Any]) -> Iterator[Relationship]:
    for target in relation.targets(item):
        if relation.verb == TRUSTS and relation.target == ANY_TYPE:
            for kind, principal in principals(target):
                yield _placed(relation.verb, kind, principal, item)
        elif not target or not isinstance(target, str):
            continue
        elif relation.verb == TRUSTS and relation.target == ACCOUNT:
            yield _placed(relation.verb, *shared_with(target), item)
        else:
            yield _placed(relation.verb, *_named(relation.target, target), item)


def _placed(verb: str, kind: str, target: str, item: Mapping[str, Any]) -> Relationship:
    if target.startswith("arn:"):
        parts: list[str] = [*target.split(":", 5), *[""] * 5]
        _, _, service, region, account, resource, *_ = parts
        kind = _type_of_arn(service, resource) if kind == ANY_TYPE else kind
        name = relationship_name(verb, kind)
        return Relationship(name, kind, target, account or None, region or None)
    name = relationship_name(verb, kind) if target != EVERYBODY else _EVERYBODY_TRUSTED
    if kind == ACCOUNT:
        return Relationship(name, kind, target, target)
    place = _Place.of(kind)
    account_id = item["accountId"] if place.has_account else None
    is_regional = place.has_region and item["awsRegion"] != GLOBAL
    where = item["awsRegion"] if is_regional else place.region
    return Relationship(name, kind, target, account_id, where)


@lru_cache(maxsize=4096)
def _type_of_arn(service: str, resource: str) -> str:
    """Return the type of an ARN, or any type if none or several match."""
    templates = _ARNS.get(service, ())
    fitting = [each for each in templates if each[1].fits(resource, {})]
    fitting = fitting or [each for each in templates if each[1].fits(resource, {}, slashes=True)]
    longest = max((_length(arn) for _, arn in fitting), default=0)
    best = [kind for kind, arn in fitting if _length(arn) == longest]
    return best[0] if len(best) == 1 else ANY_TYPE


def _length(arn: ArnTemplate) -> int:
    return sum(map(len, arn.literals))


@dataclass(frozen=True, slots=True)
class _Place:
    """Whether a type's id or name implies the account and region of the referring resource.

    It does not for resources that may be shared, or whose names are globally unique.
    """

    has_account: bool = False
    has_region: bool = False
    region: str | None = None

    @classmethod
    @cache
    def of(cls, resource_type: str) -> Self:
        if resource_type not in SERVICE_OF:
            return cls()
        service = SERVICE_OF[resource_type]
        declared, arn = TYPES[service][resource_type], DECLARED[service].arns[resource_type]
        if not REGIONAL[service]:
            region = None if declared.region else GLOBAL
            return cls(has_account=arn.account == "{account}", region=region)
        is_own = arn.account == "{account}" and not declared.owner
        return cls(is_own, has_region=is_own and bool(arn.region) and not declared.home)


def _named(kind: str, target: str) -> tuple[str, str]:
    """Return a target's name and type, without parts that do not name the resource."""
    if in_uri := _IN_URI.search(target) if "/functions/arn:" in target else None:
        target = in_uri[0]
    if target.startswith("arn:"):
        return kind, _whole_resource(kind, target)
    if kind != ANY_TYPE:
        return kind, target
    name = dns_name(target)
    if bucket := _OF_BUCKET.fullmatch(name):
        return _BUCKET, bucket[1]
    return kind, name


def _whole_resource(kind: str, arn: str) -> str:
    """Return the resource's ARN from one that selects a version, key or prefix of it."""
    service = _SERVICE.match(arn)
    match service[1] if service else "":
        case "s3":
            return arn.partition("/")[0]
        case "logs":
            return arn.removesuffix(":*")
        case "secretsmanager":
            return ":".join(arn.split(":")[:_PARTS_OF_SECRET])
        case "lambda" if version := _QUALIFIED.fullmatch(arn):
            is_number = version[2].isdecimal() or version[2] == "$LATEST"
            return version[1] if is_number or kind == _FUNCTION else arn
    return arn

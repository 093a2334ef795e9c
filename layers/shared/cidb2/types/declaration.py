"""Declarations of resource types: how they are listed, described, named, owned and related.

`cidb2.types.models` derives what botocore's models contain, so declarations do not repeat it. Paths
are those of `cidb2.types.paths`, into the listed entry. `$arn`, `$account` and `$region` are those
of the resource, `$parent` is the entry of its parent, `$listing` the arguments that listed it, and
`$described` its description.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cidb2.types.arns import ArnTemplate
from cidb2.types.conditions import Condition, Conditional
from cidb2.types.paths import ITSELF, check_path
from cidb2.types.relations import Relation
from cidb2.types.secrets import secret_path

_TYPE_NAME = re.compile(r"AWS::[A-Za-z0-9]+::[A-Za-z0-9]+")
CONFIGURATION = "configuration"
SUPPLEMENTARY = "supplementaryConfiguration"
_OPERATION = re.compile(r"[A-Z][A-Za-z0-9]+")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Content:
    """How the content of a call is treated, by paths into it."""

    volatile: tuple[str, ...] = ()
    """Values that change through use or by themselves; with `=value`, only that value. `@` is the
    whole content."""
    secret: tuple[str, ...] = ()
    """Values that are dropped in addition to the members that AWS's model marks as sensitive; with
    a condition on the structure that contains the value: `Endpoint Protocol!=sqs,lambda`. `**.Name`
    is a member of this name anywhere."""
    keep: tuple[str, ...] = ()
    """Values that are stored although the model marks them as sensitive, or although all other
    values of their map are dropped."""
    documents: tuple[str, ...] = ()
    """Policies and other JSON that AWS returns as text."""
    relations: tuple[str, ...] = ()
    """The edges of `cidb2.types.relations`."""
    identifiers: tuple[str, ...] = ()
    """Addresses, DNS names and aliases by which others name the resource, beside its ARN, its id
    and its name."""

    def check(self) -> None:
        _check_paths(path.partition("=")[0] for path in self.volatile)
        for text in self.secret:
            secret_path(text)
        _check_paths((*self.keep, *self.documents, *self.identifiers))
        for relation in self.relations:
            Relation.parse(relation)


@dataclass(frozen=True, slots=True, eq=False)
class Call(Content):
    """A further call for each resource, or for several at once with a `batch`.

    `by` has the arguments that identify the resource, with their paths; `arguments` are constant.
    `take` is the path of the value in the answer; if it is empty, the value is the whole answer.
    `absent` are the error codes that mean 'not configured'.
    """

    operation: str
    by: Mapping[str, str] = field(default_factory=dict)
    arguments: Mapping[str, Any] = field(default_factory=dict)
    take: str = ""
    absent: tuple[str, ...] = ()
    when: str = ""
    """A condition on the entry; if it is not met, the field is not configured."""
    may_lack: bool = False
    """Whether an answer without the value also means 'not configured'."""
    batch: int = 1
    """The number of resources per call; if above 1, one argument in `by` is a list of them."""
    match: str = ""
    """The path in each entry of a batch's answer that identifies its resource."""
    result: str = ""
    """The path of the entries in a batch's answer, if it has several lists."""
    each: str = ""
    """The field, a list, for each of whose entries the call is made; `by` has a path into it. The
    value is a map, by what names the entry."""

    def __post_init__(self) -> None:
        _check_operation(self.operation)
        _check_paths([*self.by.values(), *filter(None, [self.take, self.match, self.result])])
        if self.each and (len(self.by) != 1 or self.batch > 1 or self.when):
            raise ValueError(
                f"{self.operation}: what is called for `each` has one `by`, and no more"
            )
        if bool(self.match) != (self.batch > 1):
            raise ValueError(f"{self.operation}: a batch, and only a batch, needs `match`")
        if self.when:
            Condition.parse(self.when)
        self.check()


@dataclass(frozen=True, slots=True, eq=False)
class Lookup(Content):
    """A field from a second listing, which is read once for all resources of a scope.

    An entry belongs to the resource whose value at `of` equals the entry's value at `match`. The
    field is the list of the values at `take` in its entries; with `is_one`, the value in its only
    entry; or, with `is_there`, whether it has any entry. Lookups of a type with the same operation
    and arguments share one listing.
    """

    operation: str
    of: str
    match: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    take: str = ""
    is_there: bool = False
    is_one: bool = False
    may_lack: bool = False
    """Whether an only entry without the value means 'not configured'."""
    page: int = 0
    """Entries per page, if a page of the usual size takes too much memory."""

    def __post_init__(self) -> None:
        _check_operation(self.operation)
        _check_paths([self.of, self.match, *filter(None, [self.take])])
        self.check()


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ListingCall:
    """The call that lists a type, or all types that share this object; the unit of completeness.

    `by` has the arguments from the entry of a parent, if there is one: then there is one listing
    for each resource of the type `parent`.
    """

    operation: str = field(kw_only=False)
    arguments: Mapping[str, Any] = field(default_factory=dict)
    page: int = 0
    """Entries per page, if `page` of the service takes too much memory."""
    parent: str = ""
    by: Mapping[str, str] = field(default_factory=dict)
    also: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    """By region, or `global`, the arguments with which the listing is repeated there."""
    absent: tuple[str, ...] = ()
    """The error codes that mean that there is nothing to list, some with the reason that the
    service adds: `InvalidInputException INVALID_ENUM`."""
    only_in: str = ""
    """The only region that is called, for a regional service."""
    name: str = ""
    """The listing's name in the ledger: the operation, unless two listings share it."""
    client: str = ""
    """The service's name in botocore, if an IAM prefix has several; also of the types' calls."""
    is_by_hand: bool = False
    """Whether a hand-written reader makes the call; the types then only describe resources."""

    def __post_init__(self) -> None:
        _check_operation(self.operation)
        _check_paths(self.by.values())
        object.__setattr__(self, "name", self.name or self.operation)
        if bool(self.parent) != bool(self.by):
            raise ValueError(f"{self.operation}: `parent` and `by` belong together")
        if self.parent and self.also:
            raise ValueError(f"{self.operation}: the listing of a parent is not repeated")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ResourceType(Content):
    """A resource type. `name` is the path of the name; without it, the name is the tag Name."""

    type: str = field(kw_only=False)
    listing: ListingCall
    id: str
    arn: str
    """The template of `cidb2.types.arns`, in its short or full form."""
    arn_member: str = ""
    """The path of the ARN, if AWS returns it."""
    name: str = ""
    region: str = ""
    """The path of the region of a global service's resource."""
    result: str = ""
    """The path of the entries in the listing's answer, if it has several or nested lists."""
    where: str = ""
    """A condition on the entry, if one list contains several types."""
    identity: str = ""
    """The path, in the configuration, of what tells a resource from another that takes its ARN.

    Without it, the members that are a creation time by their names (`CreateDate`).
    """
    encrypted: tuple[str, ...] = ()
    """Conditions on the configuration; what meets one of them is encrypted. The findings know
    further paths."""
    exposed: tuple[str, ...] = ()
    """Conditions on the configuration; what meets one of them can be reached from the internet,
    as far as no finding tells it."""
    owner: str = ""
    """The path of the owning account; resources of other owners are not collected.

    With a condition on the structure around it: `ResourceOwnerId ResourceType!=peering`. Otherwise,
    a resource belongs to the account that lists it.
    """
    home: str = ""
    """The path of the home region, or of an ARN in it, of what several regions list.

    With a condition on the structure around it: `Members.Region Role=PRIMARY`.
    """
    around: tuple[str, ...] = ()
    """Members beside the list of entries, or of the entry's parent, that are stored in
    supplementaryConfiguration."""
    describe: Call | None = None
    is_immutable: bool = False
    """Whether nobody can change a resource: one that is in the inventory is not read again."""
    tags: str | Call = ""
    """The path of the tags, if the model does not show it, or the call that returns them."""
    fields: Mapping[str, Call | Lookup] = field(default_factory=dict)
    ordered: tuple[str, ...] = ()
    """Lists of the configuration whose order matters."""
    moments: tuple[str, ...] = ()
    """Members of the configuration that are times in a format of the service's own."""
    operations: tuple[str, ...] = ()
    """Further operations of a hand-written reader, prefixed with the client if it is another."""
    supplements: Mapping[str, Content] = field(default_factory=dict)
    """Relations and identifiers in the fields that a hand-written reader reads."""

    @property
    def told_around(self) -> dict[str, str]:
        """The paths of `around` by the names under which their values are stored."""
        return {path.rpartition(".")[2]: path for path in self.around}

    @property
    def edges(self) -> list[Relation]:
        """The relations of configuration and fields, with paths that start at the item."""
        return [
            Relation.parse(relation, section)
            for section, content in self._contents
            for relation in content.relations
        ]

    @property
    def named_by(self) -> list[str]:
        """The paths of `identifiers` of configuration and fields, from the item on."""
        return [
            section if path == ITSELF else f"{section}.{path}"
            for section, content in self._contents
            for path in content.identifiers
        ]

    @property
    def _contents(self) -> "list[tuple[str, Content]]":
        """The contents of an item, by the path at which each stands."""
        fields = {**self.fields, **self.supplements}
        told = ((f"{SUPPLEMENTARY}.{name}", content) for name, content in fields.items())
        return [(CONFIGURATION, self), *told]

    def __post_init__(self) -> None:
        if not _TYPE_NAME.fullmatch(self.type):
            raise ValueError(f"not the name of a type: {self.type!r}")
        try:
            self._check()
        except ValueError as error:
            raise ValueError(f"{self.type}: {error}") from error

    def _check(self) -> None:
        paths = [self.id, self.arn_member, self.name, self.region, self.result, self.identity]
        tags = [self.tags] if isinstance(self.tags, str) else []
        _check_paths(filter(None, [*paths, *tags, *self.around, *self.ordered, *self.moments]))
        for condition in filter(None, [self.where, *self.encrypted, *self.exposed]):
            Condition.parse(condition)
        for conditional in filter(None, [self.home, self.owner]):
            Conditional.parse(conditional)
        parts = {call.each for call in self.fields.values() if isinstance(call, Call)} - {""}
        if parts - self.fields.keys():
            raise ValueError(f"no such field to call for `each` entry of: {sorted(parts)}")
        is_described = self.arn_member.startswith("$described.")
        if is_described and (self.describe is None or self.describe.batch > 1):
            raise ValueError("`$described` needs `describe`, a call for each")
        if self.is_immutable and self.describe is None:
            raise ValueError("only what has `describe` can be `is_immutable`")
        if self.is_immutable and self.fields:
            raise ValueError("what is `is_immutable` has no `fields`: they are not read again")
        if (self.operations or self.supplements) and not self.listing.is_by_hand:
            raise ValueError("only a reader by hand has `operations` or `supplements`")
        for content in self.supplements.values():
            content.check()
        self.check()


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ServiceTypes:
    """The types of one service; `client` is its name in botocore, unless a listing has its own.

    `service` is its IAM prefix, or `client` if another service has that prefix. A global service is
    listed once per account, in the region `home` if botocore does not know its region.
    """

    client: str
    service: str
    types: tuple[ResourceType, ...]
    is_global: bool = False
    home: str = ""
    page: int = 0
    """The most entries per page, if the maximum of its listings takes too much memory, or their
    models do not state it."""
    gone: tuple[str, ...] = ()
    """The error codes that mean that a resource no longer exists."""
    access: str = ""
    """A remark on the permissions of the collector role, for whoever reviews them."""
    arns: Mapping[str, ArnTemplate] = field(init=False)

    def __post_init__(self) -> None:
        names = [each.type for each in self.types]
        if len({*names}) != len(names):
            raise ValueError(f"{self.service}: a type is declared twice")
        listings = [call.name for call in {each.listing for each in self.types}]
        if len({*listings}) != len(listings):
            raise ValueError(f"{self.service}: two listings have the same name")
        arns = {each.type: self._arn(each) for each in self.types}
        object.__setattr__(self, "arns", arns)

    def client_of(self, listing: ListingCall) -> str:
        """Return the name in botocore of the service that a listing and its types' calls ask."""
        return listing.client or self.client

    def _arn(self, each: ResourceType) -> ArnTemplate:
        try:
            template = ArnTemplate.parse(each.arn, self.service, has_region=not self.is_global)
        except ValueError as error:
            raise ValueError(f"{each.type}: {error}") from error
        is_told = {each.id, each.name} & {*template.paths} or each.id == each.arn_member
        if not is_told:
            raise ValueError(f"{each.type}: the ARN has neither id nor name")
        if not (template.can_be_made or each.arn_member):
            raise ValueError(f"{each.type}: nothing tells the ARN")
        return template


def _check_operation(operation: str) -> None:
    if not _OPERATION.fullmatch(operation):
        raise ValueError(f"not an operation: {operation!r}")


def _check_paths(paths: Iterable[str]) -> None:
    for path in paths:
        check_path(path)

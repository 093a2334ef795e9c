"""The form of a resource type: how it is listed and described, named, owned and related, as data.

What botocore's models tell stands in no declaration; `cidb2.types.models` derives it. Paths are
those of `cidb2.types.paths`, into the listed entry. There, `$arn`, `$account` and `$region` are the
resource's own, and `$parent` is the entry of its parent.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from cidb2.types.arns import ArnTemplate
from cidb2.types.conditions import Condition
from cidb2.types.paths import check_path
from cidb2.types.relations import Relation

_TYPE_NAME = re.compile(r"AWS::[A-Za-z0-9]+::[A-Za-z0-9]+")
CONFIGURATION = "configuration"
SUPPLEMENTARY = "supplementaryConfiguration"
_OPERATION = re.compile(r"[A-Z][A-Za-z0-9]+")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Content:
    """What is to be done with the content that a call brings, by paths into it."""

    volatile: tuple[str, ...] = ()
    """What changes by use or by itself; with `=value`, while it has that value."""
    secret: tuple[str, ...] = ()
    """What is dropped beside the members that AWS's model calls sensitive."""
    keep: tuple[str, ...] = ()
    """What is kept although the model calls it sensitive."""
    documents: tuple[str, ...] = ()
    """Policies that AWS hands out as JSON text."""
    relations: tuple[str, ...] = ()
    """The edges of `cidb2.types.relations`."""

    def check(self) -> None:
        _check_paths(path.partition("=")[0] for path in self.volatile)
        _check_paths((*self.secret, *self.keep, *self.documents))
        for relation in self.relations:
            Relation.parse(relation)


@dataclass(frozen=True, slots=True, eq=False)
class Call(_Content):
    """A further call: of each resource, or of some at once where it has a `batch`.

    `by` has the arguments that say which resource is meant, with their paths; `arguments` those
    that never change. `take` is where in the answer the value stands, the whole answer where it is
    empty. `absent` are the error codes that say 'not configured'.
    """

    operation: str
    by: Mapping[str, str] = field(default_factory=dict)
    arguments: Mapping[str, Any] = field(default_factory=dict)
    take: str = ""
    absent: tuple[str, ...] = ()
    when: str = ""
    """A condition on the entry; where it does not hold, the field is not configured."""
    may_lack: bool = False
    """Whether an answer without the value says 'not configured', too."""
    batch: int = 1
    """How many resources a call takes; the one argument in `by` is a list then."""
    match: str = ""
    """Where each entry of a batch's answer says whose it is."""
    result: str = ""
    """Where the entries of a batch's answer are, if it has several lists."""

    def __post_init__(self) -> None:
        _check_operation(self.operation)
        _check_paths([*self.by.values(), *filter(None, [self.take, self.match, self.result])])
        if bool(self.match) != (self.batch > 1):
            raise ValueError(f"{self.operation}: a batch, and only a batch, needs `match`")
        if self.batch > 1 and len(self.by) != 1:
            raise ValueError(f"{self.operation}: a batch has one argument in `by`")
        if self.when:
            Condition.parse(self.when)
        self.check()


@dataclass(frozen=True, slots=True, eq=False)
class Lookup(_Content):
    """A field by a second listing, made once for all resources of a scope.

    Its entries belong to the resource whose value at `of` stands in them at `match`. The field is
    the list of its entries, of each what stands at `take`; or, with `is_there`, whether it has any.
    """

    operation: str
    of: str
    match: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    take: str = ""
    is_there: bool = False

    def __post_init__(self) -> None:
        _check_operation(self.operation)
        _check_paths([self.of, self.match, *filter(None, [self.take])])
        self.check()


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ListingCall:
    """The call that lists a type, or several that share this very object; the unit of completeness.

    `by` has the arguments that come from the entry of the parent, where there is one: each of the
    type `parent` is then listed for itself.
    """

    operation: str = field(kw_only=False)
    arguments: Mapping[str, Any] = field(default_factory=dict)
    page: int = 0
    """Entries in a page, where the largest that the service gives takes too much memory, or where
    its model does not tell."""
    parent: str = ""
    by: Mapping[str, str] = field(default_factory=dict)
    only_in: str = ""
    """The one region that is asked, of a regional service."""
    name: str = ""
    """What the ledger calls the listing: the operation, unless there are two of it."""
    is_by_hand: bool = False
    """Whether a reader of its own makes the call, and the types only say what they are."""

    def __post_init__(self) -> None:
        _check_operation(self.operation)
        _check_paths(self.by.values())
        object.__setattr__(self, "name", self.name or self.operation)
        if bool(self.parent) != bool(self.by):
            raise ValueError(f"{self.operation}: `parent` and `by` belong together")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ResourceType(_Content):
    """A type of resources. A `name` of its own is a path, otherwise the tag Name is its name."""

    type: str = field(kw_only=False)
    listing: ListingCall
    id: str
    arn: str
    """The template of `cidb2.types.arns`, in short or in full."""
    arn_member: str = ""
    """The path at which AWS says the ARN, where it does."""
    name: str = ""
    region: str = ""
    """The path of the region that a resource of a global service is in."""
    result: str = ""
    """Where its entries are in the listing's answer, if that has several lists or nested ones."""
    where: str = ""
    """A condition on the entry, where a listing brings several types in one list."""
    owner: str = ""
    """The path of the owning account; what others own is theirs to list."""
    around: tuple[str, ...] = ()
    """Members beside the list of entries that are kept in supplementaryConfiguration."""
    describe: Call | None = None
    tags: str | Call = ""
    """The path of the tags where the model does not tell, or the call that brings them."""
    fields: Mapping[str, Call | Lookup] = field(default_factory=dict)
    ordered: tuple[str, ...] = ()
    """Lists of the configuration whose order means something."""
    moments: tuple[str, ...] = ()
    """Members of the configuration that are times of a form of the service's own."""
    operations: tuple[str, ...] = ()
    """What a reader of its own calls beside the listing; another client's with its name before."""

    @property
    def edges(self) -> list[Relation]:
        """The relations of the configuration and of the fields, with paths from the item on."""
        return [
            Relation.parse(relation, section)
            for section, content in [
                (CONFIGURATION, self),
                *((f"{SUPPLEMENTARY}.{name}", call) for name, call in self.fields.items()),
            ]
            for relation in content.relations
        ]

    def __post_init__(self) -> None:
        if not _TYPE_NAME.fullmatch(self.type):
            raise ValueError(f"not the name of a type: {self.type!r}")
        try:
            self._check()
        except ValueError as error:
            raise ValueError(f"{self.type}: {error}") from error

    def _check(self) -> None:
        paths = [self.id, self.arn_member, self.name, self.region, self.result, self.owner]
        tags = [self.tags] if isinstance(self.tags, str) else []
        _check_paths(filter(None, [*paths, *tags, *self.around, *self.ordered, *self.moments]))
        if self.where:
            Condition.parse(self.where)
        if self.operations and not self.listing.is_by_hand:
            raise ValueError("only a reader by hand has `operations`")
        self.check()


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ServiceTypes:
    """The types of one service, as botocore's `client` names it.

    `service` is its IAM prefix. A global service is listed once for an account, in the region
    `home` where botocore does not know which.
    """

    client: str
    service: str
    types: tuple[ResourceType, ...]
    is_global: bool = False
    home: str = ""
    gone: tuple[str, ...] = ()
    """The error codes that say that a resource is no more."""
    arns: Mapping[str, ArnTemplate] = field(init=False)

    def __post_init__(self) -> None:
        names = [each.type for each in self.types]
        if len({*names}) != len(names):
            raise ValueError(f"{self.service}: a type is declared twice")
        arns = {each.type: self._arn(each) for each in self.types}
        object.__setattr__(self, "arns", arns)

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

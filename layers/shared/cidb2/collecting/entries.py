"""The entries of a listing's page: which are whose, of which type, and what they are called."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from cidb2.aws.endpoints import partition_of
from cidb2.aws.members import Answer, IncompleteAnswerError
from cidb2.collecting.fields import answer_of
from cidb2.scope import GLOBAL, Scope
from cidb2.types.conditions import Condition
from cidb2.types.declaration import Call, ResourceType, ServiceTypes
from cidb2.types.models import result_of
from cidb2.types.paths import ITSELF, first

if TYPE_CHECKING:
    from cidb2.collecting.batches import Batch

_PARENT = "$parent."


@dataclass(slots=True)
class Entry:
    """One resource as its listing named it; `around` is what encloses it in the answer."""

    declared: ResourceType
    content: Any
    around: Mapping[str, Any]
    captured_at: datetime
    of_scope: Mapping[str, str]
    parent: "Entry | None" = None
    arn: str = ""
    batches: "Mapping[Call, Batch]" = field(default_factory=dict)

    def value(self, path: str) -> Any | None:
        """Return what stands at a path of the declaration, None where nothing does."""
        if path == "$arn":
            return self.arn
        if path.startswith(_PARENT):
            return self.parent and self.parent.value(path.removeprefix(_PARENT))
        if path.startswith("$"):
            return self.of_scope.get(path.removeprefix("$"))
        return first(path, self.content)

    @property
    def id(self) -> str:
        return str(self.value(self.declared.id))

    @property
    def region(self) -> str:
        """The region that the resource is in."""
        path = self.declared.region
        return str(self.value(path)) if path else self.of_scope["region"] or GLOBAL


class Entries:
    """Takes the entries of a page that are the scope's own, and notes what they lack.

    `lacks` names what the page should have had: it may name less than exists.
    """

    def __init__(
        self, service: ServiceTypes, types: Sequence[ResourceType], scope: Scope, hub: str
    ) -> None:
        self._service = service
        self._types = [
            (each, Condition.parse(each.where) if each.where else None) for each in types
        ]
        region = "" if scope.region == GLOBAL else scope.region
        self.of_scope = {
            "partition": partition_of(region or hub),
            "region": region,
            "account": scope.account_id,
        }
        self.lacks: str | None = None

    def of(self, answer: Answer, asked_at: datetime, parent: Entry | None = None) -> list[Entry]:
        """Return the entries of an answer that are this account's to list, with their ARNs."""
        found: list[Entry] = []
        for result in dict.fromkeys(self._result(each) for each, _ in self._types):
            for content, around in self._contents(answer, result):
                declared = self._type_of(content, result)
                if declared is None:
                    continue
                entry = Entry(declared, content, around, asked_at, self.of_scope, parent)
                if self._is_own(entry) and self._has_identity(entry):
                    found.append(entry)
        return found

    def _result(self, declared: ResourceType) -> str:
        operation = declared.listing.operation
        return declared.result or result_of(self._service.client, operation)

    def _contents(self, answer: Answer, result: str) -> Iterator[tuple[Any, Mapping[str, Any]]]:
        """Yield each entry with what encloses the list of it; an answer may be one itself."""
        if result != ITSELF:
            yield from self._within(answer, result.split("."), answer)
            return
        try:
            yield answer_of(answer), {}
        except IncompleteAnswerError:
            self.lacks = "every member"

    def _within(
        self, answer: Any, names: Sequence[str], around: Mapping[str, Any]
    ) -> Iterator[tuple[Any, Mapping[str, Any]]]:
        if isinstance(answer, list):
            for inner in answer:
                yield from self._within(inner, names, around)
        elif not names:
            yield answer, around
        elif not isinstance(answer, Mapping) or answer.get(names[0]) is None:
            # CloudFront leaves out a list of which it says that it has no entries.
            is_empty = isinstance(answer, Mapping) and answer.get("Quantity") == 0
            self.lacks = self.lacks if is_empty else names[0]
        else:
            yield from self._within(answer[names[0]], names[1:], answer)

    def _type_of(self, content: Any, result: str) -> ResourceType | None:
        for each, condition in self._types:
            if self._result(each) == result and (condition is None or condition.holds(content)):
                return each
        return None

    def _is_own(self, entry: Entry) -> bool:
        """Tell whether the account owns a resource; what says nothing of its owner is its own."""
        owner = entry.value(entry.declared.owner) if entry.declared.owner else None
        return owner in (None, "", self.of_scope["account"])

    def _has_identity(self, entry: Entry) -> bool:
        declared = entry.declared
        told = entry.value(declared.arn_member) if declared.arn_member else None
        template = self._service.arns[declared.type]
        entry.arn = str(told or template.make(self.of_scope, entry.value) or "")
        # Also what AWS's own ARN is judged by: the id, and a name that the ARN contains.
        judged = (
            {declared.id, declared.name}.intersection(template.paths) if told else template.paths
        )
        paths = [declared.id, *filter(None, [declared.region]), *judged]
        missing = [path for path in paths if entry.value(path) in (None, "")]
        if not entry.arn and not missing:
            missing = [declared.arn_member]
        self.lacks = missing[0] if missing else self.lacks
        return not missing

"""The entries of a listing's page: their owner, type, id and ARN."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from cidb2.aws.endpoints import lead_region, partition_of
from cidb2.aws.members import Answer, AwsError, IncompleteAnswerError
from cidb2.collecting.answers import AnswerPage
from cidb2.collecting.fields import answer_of
from cidb2.reasons import error_code, explain
from cidb2.scope import GLOBAL, Scope
from cidb2.types.arns import ANY_ACCOUNT
from cidb2.types.conditions import Condition, Conditional
from cidb2.types.declaration import Call, ResourceType, ServiceTypes
from cidb2.types.models import result_of
from cidb2.types.paths import ITSELF, first

if TYPE_CHECKING:
    from cidb2.collecting.batches import Batch

_REGION = re.compile(r"arn:[^:]*:[^:]*:([^:]*):")
_ACCOUNT = re.compile(r"arn:[^:]*:[^:]*:[^:]*:([^:]*):")
_PARENT, _LISTING, _DESCRIBED = "$parent.", "$listing.", "$described."


@dataclass(frozen=True, slots=True)
class Place:
    """A service in a scope, asked by a client; `hub` is a region of the same partition."""

    service: ServiceTypes
    client: str
    scope: Scope
    hub: str

    @property
    def region(self) -> str:
        """The scope's region, empty for a global service."""
        return "" if self.scope.region == GLOBAL else self.scope.region

    @property
    def of_scope(self) -> dict[str, str]:
        """The parts of an ARN that follow from the scope."""
        return {
            "partition": partition_of(self.region or self.hub),
            "region": self.region,
            "account": self.scope.account_id,
        }


@dataclass(slots=True)
class Entry:
    """One resource as its listing named it.

    `around` is what encloses it in the answer to the arguments `asked`. `described` is the answer
    of its describing call, if the listing needed it.
    """

    declared: ResourceType
    content: Any
    around: Mapping[str, Any]
    captured_at: datetime
    of_scope: Mapping[str, str]
    asked: Mapping[str, Any]
    parent: "Entry | None" = None
    arn: str = ""
    described: Any = None
    batches: "Mapping[Call, Batch]" = field(default_factory=dict)

    def value(self, path: str) -> Any | None:
        """Return what stands at a path of the declaration, None where nothing does."""
        if path == "$arn":
            return self.arn
        if path.startswith(_PARENT):
            return self.parent and self.parent.value(path.removeprefix(_PARENT))
        if path.startswith(_LISTING):
            return self.asked.get(path.removeprefix(_LISTING))
        if path.startswith(_DESCRIBED):
            return first(path.removeprefix(_DESCRIBED), self.described)
        if path.startswith("$"):
            return self.of_scope.get(path.removeprefix("$"))
        return first(path, self.content)

    def beside(self, path: str) -> Any | None:
        """Return what stands beside the list of entries, or in the parent's entry."""
        return self.value(path) if path.startswith(_PARENT) else self.around.get(path)

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

    `lacks` names what the page should have had, and `error` is why an entry could not be
    described: the page may name less than exists. `elsewhere` are the ARNs of resources that this
    region lists too, but another one collects.
    """

    def __init__(
        self, place: Place, types: Sequence[ResourceType], describe: Callable[[Entry], Any]
    ) -> None:
        self._service = place.service
        self._client = place.client
        self._describe = describe
        self._types = [
            (each, Condition.parse(each.where) if each.where else None) for each in types
        ]
        self._of_scope = place.of_scope
        self.lacks: str | None = None
        self.error: AwsError | None = None
        self.elsewhere: list[str] = []

    def of(
        self, page: AnswerPage, asked: Mapping[str, Any], parent: Entry | None = None
    ) -> list[Entry]:
        """Return the entries of a page that are this account's to list, with their ARNs."""
        found: list[Entry] = []
        of_scope, captured_at = self._of_scope, page.asked_at
        for result in dict.fromkeys(self._result(each) for each, _ in self._types):
            for content, around in self._contents(page.answer, result):
                declared = self._type_of(content, result)
                if declared is None:
                    continue
                entry = Entry(declared, content, around, captured_at, of_scope, asked, parent)
                if not self._is_own(entry):
                    continue
                if not self._is_at_home(entry):
                    self.elsewhere += [entry.arn] if self._has_identity(entry) else []
                elif self._is_there(entry) and self._has_identity(entry):
                    found.append(entry)
        return found

    def _result(self, declared: ResourceType) -> str:
        operation = declared.listing.operation
        return declared.result or result_of(self._client, operation)

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
            # CloudFront leaves out a list that has no entries, and says so.
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
        """Tell whether the account owns a resource; what says nothing of its owner is its own.

        An ARN says it too: EC2 lists placement groups that other accounts share. Organizations
        names the management account in its ARNs, whichever account reads them.
        """
        declared = entry.declared
        owner = Conditional.parse(declared.owner).of(entry.content) if declared.owner else None
        of_any_account = self._service.arns[declared.type].account == ANY_ACCOUNT
        if not owner and declared.arn_member and not of_any_account:
            owner = _account_of(entry.value(declared.arn_member))
        return owner in (None, "", self._of_scope["account"])

    def _is_at_home(self, entry: Entry) -> bool:
        """Tell whether a resource that several regions list belongs to this one.

        Without a home it belongs here, or to the lead region if its ARN is the same everywhere.
        """
        declared, here = entry.declared, self._of_scope["region"]
        if not declared.home:
            return True
        told = Conditional.parse(declared.home).of(entry.content)
        found = _REGION.match(str(told))
        home = found[1] if found else told
        if not home:
            home = here if self._service.arns[declared.type].region else lead_region(here)
        return bool(home == here)

    def _is_there(self, entry: Entry) -> bool:
        """Describe a resource if only that tells its ARN.

        False if it no longer exists, or if AWS refuses or tells nothing, which leaves a gap. Errors
        that may pass are raised, because the listing is asked for again.
        """
        if not entry.declared.arn_member.startswith(_DESCRIBED):
            return True
        try:
            entry.described = self._describe(entry)
        except (ClientError, BotoCoreError) as error:
            if error_code(error) not in self._service.gone:
                is_answered = isinstance(error, IncompleteAnswerError)
                if explain(error).retryable and not is_answered:
                    raise
                self.error = error
            return False
        return True

    def _has_identity(self, entry: Entry) -> bool:
        declared = entry.declared
        told = entry.value(declared.arn_member) if declared.arn_member else None
        template = self._service.arns[declared.type]
        entry.arn = str(told or template.make(self._of_scope, entry.value) or "")
        # Also what AWS's own ARN is judged by: the id, and a name that the ARN contains.
        own = {declared.id, declared.name}
        judged = [path for path in template.required if not told or path in own]
        paths = [declared.id, *filter(None, [declared.region]), *judged]
        missing = [path for path in paths if entry.value(path) in (None, "")]
        if not entry.arn and not missing:
            missing = [declared.arn_member]
        self.lacks = missing[0] if missing else self.lacks
        return not missing


def _account_of(arn: Any) -> str | None:
    found = _ACCOUNT.match(str(arn))
    return found[1] if found else None

"""The fields of declared types: what further calls tell of a resource, alone or with others."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import partial
from itertools import chain
from typing import Any

from botocore.exceptions import ClientError
from botocore.model import ListShape

from cidb2.aws.members import IncompleteAnswerError
from cidb2.chunks import chunks
from cidb2.collecting.answers import Answers
from cidb2.collecting.batches import Batch
from cidb2.collecting.entries import Entry
from cidb2.collecting.fields import answer_of
from cidb2.collecting.lookups import LookedUp
from cidb2.reasons import error_code
from cidb2.types.actions import calls_of
from cidb2.types.conditions import Condition
from cidb2.types.declaration import Call, Lookup, ResourceType, ServiceTypes
from cidb2.types.models import batched_argument, inputs_of, is_list_at, page_size
from cidb2.types.paths import ITSELF, at, first


class DeclaredFields:
    """Reads what calls tell of the resources of one service in one region."""

    def __init__(
        self, service: ServiceTypes, types: Sequence[ResourceType], answers: Answers
    ) -> None:
        self._client = answers.client
        self._answers = answers
        self._gone = frozenset(service.gone)
        self._lookups: dict[Lookup, LookedUp] = {}
        for alike in _alike(types):
            told = alike[0]
            size = page_size(answers.client, told.operation, told.page, service.page)
            self._lookups |= dict.fromkeys(alike, LookedUp(alike, answers, size))

    def share(self, entries: Sequence[Entry]) -> None:
        """Prepare the batches of a page: one call for several resources where AWS takes several."""
        for declared in dict.fromkeys(entry.declared for entry in entries):
            for call in calls_of(declared):
                if isinstance(call, Call) and call.batch > 1:
                    path = self._naming(call)
                    of_type = [entry for entry in entries if entry.declared is declared]
                    named = [entry for entry in of_type if entry.value(path) is not None]
                    self._share(call, [entry for entry in named if is_asked(call, entry)])

    def _share(self, call: Call, entries: Sequence[Entry]) -> None:
        alike: defaultdict[str, list[Entry]] = defaultdict(list)
        for entry in entries:
            alike[json.dumps(self._others(call, entry), sort_keys=True)].append(entry)
        for others, of_others in alike.items():
            ask = partial(self._of_several, call, json.loads(others))
            for some in chunks(of_others, call.batch):
                batch = Batch(ask, [self._name(call, entry) for entry in some])
                for entry in some:
                    entry.batches = {**entry.batches, call: batch}

    def _name(self, call: Call, entry: Entry) -> str:
        """Return what names a resource in a batch; IncompleteAnswerError where nothing does."""
        return str(_known(entry, self._naming(call)))

    def _naming(self, call: Call) -> str:
        return call.by[batched_argument(self._client, call)]

    def _others(self, call: Call, entry: Entry) -> dict[str, Any]:
        """Return the arguments that all resources of a batch share, such as their parent."""
        named = batched_argument(self._client, call)
        return {name: entry.value(path) for name, path in call.by.items() if name != named}

    def value(self, call: Call | Lookup, entry: Entry) -> Any:
        """Return what a call tells of a resource, or None if it is not configured.

        AWS's errors pass through; IncompleteAnswerError where it tells nothing.
        """
        if isinstance(call, Lookup):
            return self._lookups[call].value(call, str(_known(entry, call.of)))
        if not is_asked(call, entry):
            return None
        if call.batch > 1:
            name = self._name(call, entry)
            value = entry.batches[call].value(name)
        else:
            value = self._of_one(call, entry)
        return _told(call, value)

    def of_each(self, call: Call, parts: Iterable[Any]) -> dict[str, Any]:
        """Return what a call tells of each part of a resource, by the part's name.

        A part that no longer exists is left out; other errors of AWS pass through.
        """
        [(argument, path)] = call.by.items()
        told: dict[str, Any] = {}
        for part in parts:
            name = first(path, part)
            if name is None:
                raise IncompleteAnswerError(member=path)
            try:
                answer = self._answers.ask(call.operation, {**call.arguments, argument: name})
            except ClientError as error:
                if error_code(error) not in self._gone:
                    raise
            else:
                value = at(call.take, answer) if call.take else answer_of(answer)
                told[str(name)] = _told(call, value)
        return told

    def _of_one(self, call: Call, entry: Entry) -> Any:
        named = {name: _known(entry, path) for name, path in call.by.items()}
        arguments = {**call.arguments, **self._listed(call, named)}
        if self._answers.has_pages(call.operation) and is_list_at(
            self._client, call.operation, call.take
        ):
            return [*self._answers.entries(call.operation, arguments, call.take)]
        answer = self._answers.ask(call.operation, arguments)
        return at(call.take, answer) if call.take else answer_of(answer)

    def _of_several(
        self, call: Call, others: Mapping[str, Any], names: Sequence[str]
    ) -> dict[str, Any]:
        argument = batched_argument(self._client, call)
        result = call.result or self._answers.result_of(call.operation)
        arguments = {**call.arguments, **others, argument: [*names]}
        found = self._answers.entries(call.operation, arguments, result)
        named = ((first(call.match, one), one) for one in found)
        return {str(name): at(call.take or ITSELF, one) for name, one in named if name is not None}

    def _listed(self, call: Call, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Return arguments for one resource, as lists where the operation takes several."""
        known = inputs_of(self._client, call.operation)
        return {
            name: [value] if isinstance(known[name], ListShape) else value
            for name, value in arguments.items()
        }


def is_asked(call: Call, entry: Entry) -> bool:
    """Tell whether to make the call: its condition holds, or the entry does not decide it."""
    if not call.when:
        return True
    condition = Condition.parse(call.when)
    return condition.holds_of(entry.value(condition.path), of_unknown=True)


def _alike(types: Sequence[ResourceType]) -> Collection[Sequence[Lookup]]:
    """Return the lookups of some types, those together that one listing can tell."""
    alike: defaultdict[tuple[str, str], list[Lookup]] = defaultdict(list)
    for call in chain.from_iterable(each.fields.values() for each in types):
        if isinstance(call, Lookup):
            alike[call.operation, json.dumps(call.arguments, sort_keys=True)].append(call)
    return alike.values()


def _told(call: Call, value: Any) -> Any:
    """Return the value of an answer; IncompleteAnswerError if it lacks one that it must have."""
    if value not in (None, "", {}):
        return value
    if not call.may_lack:
        raise IncompleteAnswerError(member=call.take or "every member")
    return None


def _known(entry: Entry, path: str) -> Any:
    value = entry.value(path)
    if value is None:
        raise IncompleteAnswerError(member=path)
    return value

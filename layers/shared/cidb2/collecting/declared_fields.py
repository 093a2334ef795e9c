"""The fields of declared types: what further calls tell of a resource, alone or with others."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import partial
from itertools import chain
from typing import Any

from botocore.model import ListShape

from cidb2.aws.members import IncompleteAnswerError
from cidb2.chunks import chunks
from cidb2.collecting.answers import Answers
from cidb2.collecting.batches import Batch
from cidb2.collecting.entries import Entry
from cidb2.collecting.fields import answer_of
from cidb2.collecting.lookups import LookedUp
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
        self._client = service.client
        self._answers = answers
        self._lookups = {
            call: LookedUp(call, answers, page_size(service, call.operation))
            for call in chain.from_iterable(each.fields.values() for each in types)
            if isinstance(call, Lookup)
        }

    def share(self, entries: Sequence[Entry]) -> None:
        """Have the entries of a page asked for together where a call takes several."""
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
        """Return what a call tells of a resource, None where that is 'not configured'.

        AWS's errors pass through; IncompleteAnswerError where it tells nothing.
        """
        if isinstance(call, Lookup):
            return self._lookups[call].value(str(_known(entry, call.of)))
        if not is_asked(call, entry):
            return None
        if call.batch > 1:
            name = self._name(call, entry)
            value = entry.batches[call].value(name)
        else:
            value = self._of_one(call, entry)
        if value in (None, "", {}):
            if not call.may_lack:
                raise IncompleteAnswerError(member=call.take or "every member")
            return None
        return value

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
        named = batched_argument(self._client, call)
        result = call.result or self._answers.result_of(call.operation)
        arguments = {**call.arguments, **others, named: [*names]}
        found = self._answers.entries(call.operation, arguments, result)
        return {str(first(call.match, one)): at(call.take or ITSELF, one) for one in found}

    def _listed(self, call: Call, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Return arguments for one resource, as lists where the operation takes several."""
        known = inputs_of(self._client, call.operation)
        return {
            name: [value] if isinstance(known[name], ListShape) else value
            for name, value in arguments.items()
        }


def is_asked(call: Call, entry: Entry) -> bool:
    """Tell whether to make the call: its condition holds, or the entry does not decide it."""
    return not call.when or Condition.parse(call.when).holds(entry.content, of_unknown=True)


def _known(entry: Entry, path: str) -> Any:
    value = entry.value(path)
    if value is None:
        raise IncompleteAnswerError(member=path)
    return value

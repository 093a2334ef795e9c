"""Fields that one more listing tells for all resources of a scope."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from threading import Lock
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from cidb2.aws.members import IncompleteAnswerError
from cidb2.collecting.answers import Answers
from cidb2.types.declaration import Lookup
from cidb2.types.paths import ITSELF, first


class LookedUp:
    """What a second listing tells, made when the first resource is read. For several threads.

    The `lookups` share it. Of its entries only what they take is kept, and of those that only have
    to be there, the names alone.
    """

    def __init__(self, lookups: Sequence[Lookup], answers: Answers, page_size: int | None) -> None:
        self._lookups = lookups
        self._answers = answers
        self._page_size = page_size
        self._found: Mapping[Lookup, Mapping[str, list[Any]]] = {}
        self._error: ClientError | BotoCoreError | None = None
        self._lock = Lock()

    def value(self, lookup: Lookup, name: str) -> Any:
        """Return what the listing tells of a resource; AWS's errors pass through, each time.

        IncompleteAnswerError where it lacks the only entry, or its value.
        """
        with self._lock:
            self._list_once()
        if self._error:
            raise self._error.with_traceback(None)  # it holds whatever it passes through
        found = self._found[lookup].get(name)
        if lookup.is_there:
            return found is not None
        return _only(lookup, found or [], name) if lookup.is_one else found

    def _list_once(self) -> None:
        if self._found or self._error:
            return
        try:
            self._found = self._list()
        except (ClientError, BotoCoreError) as error:
            self._error = error.with_traceback(None)

    def _list(self) -> Mapping[Lookup, Mapping[str, list[Any]]]:
        told, answers = self._lookups[0], self._answers
        found = {lookup: defaultdict[str, list[Any]](list) for lookup in self._lookups}
        call = (told.operation, told.arguments, answers.result_of(told.operation))
        for entry in answers.entries(*call, self._page_size):
            for lookup, by_name in found.items():
                name = first(lookup.match, entry)
                if name is not None:
                    taken = [] if lookup.is_there else [first(lookup.take or ITSELF, entry)]
                    by_name[str(name)] += taken
        return {lookup: dict(by_name) for lookup, by_name in found.items()}


def _only(lookup: Lookup, found: Sequence[Any], name: str) -> Any:
    if not found:
        raise IncompleteAnswerError(member=name)
    if found[0] is None and not lookup.may_lack:
        raise IncompleteAnswerError(member=lookup.take or ITSELF)
    return found[0]

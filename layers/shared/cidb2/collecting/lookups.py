"""Fields that one more listing tells for all resources of a scope."""

from collections import defaultdict
from threading import Lock
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from cidb2.collecting.answers import Answers
from cidb2.types.declaration import Lookup
from cidb2.types.paths import ITSELF, first


class LookedUp:
    """What a second listing tells, made when the first resource is read. For several threads.

    Of entries that only have to be there, their names alone are kept.
    """

    def __init__(self, lookup: Lookup, answers: Answers, page_size: int | None) -> None:
        self._lookup = lookup
        self._answers = answers
        self._page_size = page_size
        self._found: dict[str, list[Any]] | None = None
        self._error: ClientError | BotoCoreError | None = None
        self._lock = Lock()

    def value(self, name: str) -> Any:
        """Return what the listing tells of a resource; AWS's errors pass through, each time."""
        with self._lock:
            self._list_once()
        if self._error:
            raise self._error
        found = (self._found or {}).get(name)
        return found is not None if self._lookup.is_there else found

    def _list_once(self) -> None:
        if self._found is not None or self._error is not None:
            return
        try:
            self._found = self._list()
        except (ClientError, BotoCoreError) as error:
            self._error = error

    def _list(self) -> dict[str, list[Any]]:
        lookup, answers, found = self._lookup, self._answers, defaultdict[str, list[Any]](list)
        call = (lookup.operation, lookup.arguments, answers.result_of(lookup.operation))
        for entry in answers.entries(*call, self._page_size):
            name = first(lookup.match, entry)
            if name is not None:
                taken = [] if lookup.is_there else [first(lookup.take or ITSELF, entry)]
                found[str(name)] += taken
        return dict(found)

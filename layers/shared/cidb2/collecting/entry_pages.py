"""The pages of a declared listing: of a scope, or of each parent that the scope has.

The token of a page of children has three parts: the page that their parent is in, the parent, and
the page of its own listing. So a listing goes on wherever it stopped.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from cidb2.collecting.answers import AnswerPage, Answers
from cidb2.collecting.entries import Entries, Entry
from cidb2.reasons import error_code
from cidb2.scope import Scope
from cidb2.types.declaration import ResourceType, ServiceTypes
from cidb2.types.models import page_size


@dataclass(slots=True)
class EntryPage:
    """One page of a listing; `lacks` names what it should have had."""

    entries: list[Entry]
    next_token: str | None
    lacks: str | None = None


class EntryPages:
    """Lists types that one call brings, in one scope; `hub` is a region of the same partition."""

    def __init__(
        self,
        service: ServiceTypes,
        types: Sequence[ResourceType],
        answers: Answers,
        scope: Scope,
        hub: str,
    ) -> None:
        self._service = service
        self._types = types
        self._call = types[0].listing
        self._answers = answers
        self._scope = scope
        self._hub = hub

    def pages(self, token: str | None) -> Iterator[EntryPage]:
        """Yield the pages from `token` on; AWS's errors pass through."""
        if self._call.only_in not in {"", self._scope.region}:
            return
        if self._call.parent:
            yield from self._of_parents(token)
            return
        for page in self._asked(None, token):
            found = self._page(page, None)
            del page
            yield found
            del found

    def _asked(self, parent: Entry | None, token: str | None) -> Iterator[AnswerPage]:
        call = self._call
        of_scope = {f"${name}": value for name, value in self._entries().of_scope.items()}
        arguments: dict[str, Any] = {
            name: of_scope.get(value, value) if isinstance(value, str) else value
            for name, value in call.arguments.items()
        }
        if parent:
            arguments |= {name: parent.value(path) for name, path in call.by.items()}
        size = page_size(self._service.client, call)
        return self._answers.pages(call.operation, arguments, size, token)

    def _entries(self) -> Entries:
        return Entries(self._service, self._types, self._scope, self._hub)

    def _page(self, page: AnswerPage, parent: Entry | None) -> EntryPage:
        entries = self._entries()
        found = entries.of(page.answer, page.asked_at, parent)
        return EntryPage(found, page.next_token, page.lacks or entries.lacks)

    def _of_parents(self, token: str | None) -> Iterator[EntryPage]:
        place, arn, inner = json.loads(token) if token else (None, None, None)
        for page in self._parents().pages(place):
            waiting = _from(page.entries, arn)
            after = _token(page.next_token) if page.next_token else None
            if not waiting or page.lacks:
                first = _token(place, waiting[0].arn, inner) if waiting else after
                yield EntryPage([], first, page.lacks)
            for number, parent in enumerate(waiting, 1):
                following = _token(place, waiting[number].arn) if waiting[number:] else after
                start = inner if parent.arn == arn else None
                yield from self._of_parent(parent, place, start, following)
            place, arn, inner = page.next_token, None, None

    def _of_parent(
        self, parent: Entry, place: str | None, token: str | None, following: str | None
    ) -> Iterator[EntryPage]:
        """Yield the pages of one parent's listing; none of what has vanished meanwhile."""
        try:
            for page in self._asked(parent, token):
                found = self._page(page, parent)
                inner = page.next_token
                del page
                found.next_token = _token(place, parent.arn, inner) if inner else following
                yield found
                del found
        except ClientError as error:
            if error_code(error) not in self._service.gone:
                raise
            yield EntryPage([], following)

    def _parents(self) -> "EntryPages":
        parents = [each for each in self._service.types if each.type == self._call.parent]
        return EntryPages(self._service, parents, self._answers, self._scope, self._hub)


def _from(entries: list[Entry], arn: str | None) -> list[Entry]:
    """Return the parents from one on, or all where it is gone: what was seen is passed over."""
    numbers = [number for number, entry in enumerate(entries) if entry.arn == arn]
    return entries[numbers[0] :] if numbers else entries


def _token(place: str | None, arn: str | None = None, inner: str | None = None) -> str:
    return json.dumps([place, arn, inner])

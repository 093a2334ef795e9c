"""The pages of a declared listing: of a scope, or of each parent that the scope has.

The token of a page of children has three parts: the page that their parent is in, the parent, and
the page of its own listing. So a listing goes on wherever it stopped.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from cidb2.aws.members import AwsError
from cidb2.collecting.answers import Answers
from cidb2.collecting.declared_fields import DeclaredFields
from cidb2.collecting.entries import Entries, Entry, Place
from cidb2.reasons import error_code, explain
from cidb2.types.declaration import ResourceType
from cidb2.types.models import page_size


@dataclass(slots=True)
class EntryPage:
    """One page of a listing; `lacks`, `error` and `elsewhere` as in `Page`."""

    entries: list[Entry]
    next_token: str | None
    lacks: str | None = None
    error: AwsError | None = None
    elsewhere: Sequence[str] = ()


class EntryPages:
    """Lists the types of one call in one scope; `fields` describes what the listing needs of it."""

    def __init__(
        self,
        place: Place,
        types: Sequence[ResourceType],
        answers: Answers,
        fields: DeclaredFields,
    ) -> None:
        self._place = place
        self._types = types
        self._call = types[0].listing
        parents = {each.listing.parent for each in place.service.types}
        self._is_parent = not parents.isdisjoint(each.type for each in types)
        self._answers = answers
        self._fields = fields

    def pages(self, token: str | None) -> Iterator[EntryPage]:
        """Yield the pages from `token` on; AWS's errors pass through."""
        if self._call.only_in not in {"", self._place.region}:
            return
        if self._call.parent:
            yield from self._of_parents(token)
        elif self._call.also:
            yield from self._of_rounds(token)
        else:
            yield from self._asked(self._call.arguments, None, token)

    def _of_rounds(self, token: str | None) -> Iterator[EntryPage]:
        """Yield the pages of the listing, then those of its repetitions with other arguments."""
        also = self._call.also.get(self._place.scope.region, ())
        rounds = [self._call.arguments, *({**self._call.arguments, **each} for each in also)]
        number, inner = json.loads(token) if token else (0, None)
        for arguments in rounds[number:]:
            following = json.dumps([number + 1, None]) if number + 1 < len(rounds) else None
            is_absent = True
            for page in self._asked(arguments, None, inner):
                is_absent, inner = False, page.next_token
                page.next_token = json.dumps([number, inner]) if inner else following
                yield page
                del page
            if is_absent:  # the token of the page before has led here
                yield EntryPage([], following)
            number, inner = number + 1, None

    def _asked(
        self, arguments: Mapping[str, Any], parent: Entry | None, token: str | None
    ) -> Iterator[EntryPage]:
        call = self._call
        of_scope = {f"${name}": value for name, value in self._place.of_scope.items()}
        asked: dict[str, Any] = {
            name: of_scope.get(value, value) if isinstance(value, str) else value
            for name, value in arguments.items()
        }
        if parent:
            asked |= {name: parent.value(path) for name, path in call.by.items()}
        size = page_size(self._place.client, call.operation, call.page, self._place.service.page)
        try:
            for page in self._answers.pages(
                call.operation, asked, size, token, is_shared=self._is_parent
            ):
                entries = Entries(self._place, self._types, self._described)
                found = EntryPage(entries.of(page, asked, parent), page.next_token)
                found.lacks, found.error = page.lacks or entries.lacks, entries.error
                found.elsewhere = entries.elsewhere
                del page, entries
                yield found
                del found
        except ClientError as error:
            if not _codes(error) & {*call.absent}:
                raise

    def _described(self, entry: Entry) -> Any:
        assert entry.declared.describe is not None
        return self._fields.value(entry.declared.describe, entry)

    def _of_parents(self, token: str | None) -> Iterator[EntryPage]:
        place, arn, inner = json.loads(token) if token else (None, None, None)
        for page in self._parents().pages(place):
            waiting = _from(page.entries, arn)
            after = _token(page.next_token) if page.next_token else None
            has_gap = page.lacks or page.error
            if not waiting or (has_gap and arn is None):
                first = _token(place, waiting[0].arn, inner) if waiting else after
                yield EntryPage([], first, page.lacks, page.error)
            for number, parent in enumerate(waiting, 1):
                following = _token(place, waiting[number].arn) if waiting[number:] else after
                start = inner if parent.arn == arn else None
                yield from self._of_parent(parent, place, start, following)
            place, arn, inner = page.next_token, None, None

    def _of_parent(
        self, parent: Entry, place: str | None, token: str | None, following: str | None
    ) -> Iterator[EntryPage]:
        """Yield the pages of one parent's listing; none of what has vanished meanwhile.

        A parent that AWS refuses leaves a gap, and the others are listed. Errors that may pass and
        rejected tokens are raised, because the listing is asked for again.
        """
        inner = token
        try:
            for page in self._asked(self._call.arguments, parent, token):
                inner = page.next_token
                page.next_token = _token(place, parent.arn, inner) if inner else following
                yield page
                del page
        except (ClientError, BotoCoreError) as error:
            is_gone = error_code(error) in self._place.service.gone
            if not is_gone and (inner or explain(error).retryable):
                raise
            yield EntryPage([], following, error=None if is_gone else error)

    def _parents(self) -> "EntryPages":
        parents = [each for each in self._place.service.types if each.type == self._call.parent]
        return EntryPages(self._place, parents, self._answers, self._fields)


def _codes(error: ClientError) -> set[str]:
    """Return the code of an error, alone and with the reason that some services add."""
    code = error_code(error)
    return {code, f"{code} {error.response.get('Reason')}"}


def _from(entries: list[Entry], arn: str | None) -> list[Entry]:
    """Return the parents from one on, or all where it is gone: what was seen is passed over."""
    numbers = [number for number, entry in enumerate(entries) if entry.arn == arn]
    return entries[numbers[0] :] if numbers else entries


def _token(place: str | None, arn: str | None = None, inner: str | None = None) -> str:
    return json.dumps([place, arn, inner])

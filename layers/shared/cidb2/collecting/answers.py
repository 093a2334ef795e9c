"""The answers of one service in one region, with all their pages, as declarations ask for them."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cidb2.aws.caller import Caller
from cidb2.aws.members import Answer, IncompleteAnswerError, member
from cidb2.aws.trail import Trail
from cidb2.times import now
from cidb2.types.models import Paging, page_argument, paging_of, result_of
from cidb2.types.paths import ITSELF, at, first, values

MOST_PAGES = 1_000
"""Pages of one field. A longer answer is taken for an endless one: the field is unreadable."""

_LAST = "[-1]"


@dataclass(slots=True)
class AnswerPage:
    """One page of an answer, and the moment before AWS was asked for it.

    `lacks` names the member that should have told the token of the next page.
    """

    answer: Answer
    asked_at: datetime
    next_token: str | None
    lacks: str | None = None


class Answers:
    """Asks one service in one region; `client` is the service's name in botocore."""

    def __init__(self, account: Caller, client: str, region: str | None) -> None:
        self._account = account
        self.client = client
        self._region = region

    def ask(self, operation: str, arguments: Mapping[str, Any]) -> Answer:
        """Return the answer of a call."""
        return self._account.call(self.client, self._region, operation, arguments)

    def pages(
        self,
        operation: str,
        arguments: Mapping[str, Any],
        page_size: int | None = None,
        token: str | None = None,
        *,
        is_shared: bool = False,
    ) -> Iterator[AnswerPage]:
        """Yield the pages of an answer from `token` on; one of them is in memory.

        If several listings request the same answer (`is_shared`) and it is empty, only one does.
        """
        ask = self._account.call_unless_empty if is_shared and not token else self._account.call
        paging = paging_of(self.client, operation)
        size = page_argument(self.client, operation, page_size)
        while True:
            more = {**size, **_arguments(paging, token)}
            asked_at = now()
            answer = ask(self.client, self._region, operation, {**arguments, **more})
            page = _page(answer, paging, asked_at)
            token = page.next_token
            yield page
            del page, answer
            if token is None:
                return

    def entries(
        self,
        operation: str,
        arguments: Mapping[str, Any],
        result: str,
        page_size: int | None = None,
    ) -> Iterator[Any]:
        """Yield the entries of all pages of an answer; `result` is where they are.

        IncompleteAnswerError where a page lacks them or the way to the next one, or where there are
        too many; PaginationError where the pages go round in a circle.
        """
        trail = Trail()
        above, _, name = result.rpartition(".")
        for number, page in enumerate(self.pages(operation, arguments, page_size)):
            if number == MOST_PAGES:
                raise IncompleteAnswerError(member="an end of its pages")
            yield from member(at(above or ITSELF, page.answer) or {}, name)
            if page.lacks:
                raise IncompleteAnswerError(member=page.lacks)
            if page.next_token:
                trail.follow(page.next_token)

    def result_of(self, operation: str) -> str:
        """Return where in an operation's answer its entries are."""
        return result_of(self.client, operation)

    def has_pages(self, operation: str) -> bool:
        """Tell whether an operation's answer may have several pages."""
        return paging_of(self.client, operation) is not None


def _arguments(paging: Paging | None, token: str | None) -> dict[str, Any]:
    if paging is None or token is None:
        return {}
    tokens: dict[str, Any] = json.loads(token) if len(paging.inputs) > 1 else {}
    return tokens or {paging.inputs[0]: token}


def _page(answer: Answer, paging: Paging | None, asked_at: datetime) -> AnswerPage:
    """Return an answer as a page; where the flag for more is missing, the token says so."""
    tokens = _tokens(answer, paging) if paging else {}
    more = first(paging.flag, answer) if paging and paging.flag else bool(tokens)
    if more is None and paging and paging.outputs[0][0].endswith(_LAST):
        return AnswerPage(answer, asked_at, None, paging.flag)
    if not tokens and more and paging:
        return AnswerPage(answer, asked_at, None, paging.outputs[0][0])
    if not tokens or more is False:
        return AnswerPage(answer, asked_at, None)
    is_one = paging is not None and len(paging.inputs) == 1
    token = str(*tokens.values()) if is_one else json.dumps(tokens)
    return AnswerPage(answer, asked_at, token)


def _tokens(answer: Answer, paging: Paging) -> dict[str, Any]:
    found = {
        name: next(filter(None, (_token(path, answer) for path in paths)), None)
        for name, paths in zip(paging.inputs, paging.outputs, strict=True)
    }
    return {name: token for name, token in found.items() if token}


def _token(path: str, answer: Answer) -> Any:
    if not path.endswith(_LAST):
        return first(path, answer)
    return [None, *values(path.removesuffix(_LAST), answer)][-1]

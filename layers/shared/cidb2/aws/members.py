"""Members of AWS's answers: those that its models do not require may be missing.

A missing member affects only the field or the listing that needs it. `member` and `content` are for
fields that require a member. `PageOf` is for listings: without a list or a name, a page does not
list everything that exists.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from cidb2.aws.trail import Trail

Answer = Mapping[str, Any]
AwsError = ClientError | BotoCoreError


class IncompleteAnswerError(BotoCoreError):
    """Raised when an answer from AWS lacks a member that CIDB2 requires."""

    fmt = "AWS's answer lacks {member}"


def member(answer: Answer, name: str) -> Any:
    """Return a member of an answer; IncompleteAnswerError where it is missing."""
    if answer.get(name) is None:
        raise IncompleteAnswerError(member=name)
    return answer[name]


def content(answer: Answer, name: str) -> Any:
    """Return a structure or a text; IncompleteAnswerError where it is missing or empty.

    botocore turns an empty body into an empty structure.
    """
    if not answer.get(name):
        raise IncompleteAnswerError(member=name)
    return answer[name]


def entries(
    pages: Iterable[Answer], name: str, token: str, flag: str | None = None
) -> Iterator[Any]:
    """Yield the entries of a list that spans the pages of a paginator.

    Raises IncompleteAnswerError if a page lacks the list, or if the pages end before the list does,
    and PaginationError if the tokens form a cycle.
    """
    following, trail = None, Trail()
    for page in pages:
        yield from member(page, name)
        following = next_token(page, token, flag)
        if following:
            trail.follow(following)
    if following:
        raise IncompleteAnswerError(member=flag or token)


def next_token(page: Answer, token: str, flag: str | None = None) -> str | None:
    """Return the token of the page after `page`, None where it is the last.

    `flag` names the member that says whether more pages follow; if it is missing, a token means
    that they do. Raises IncompleteAnswerError if more pages follow but there is no token.
    """
    following: str | None = page.get(token) or None
    if flag and page.get(flag, following) and not following:
        raise IncompleteAnswerError(member=token)
    return following if not flag or page.get(flag, True) else None


class PageOf:
    """Reads the entries of a page of a listing, and records which required members are missing."""

    def __init__(self) -> None:
        self.lacks: str | None = None

    def entries(self, answer: Answer, name: str, *identity: str) -> Sequence[Any]:
        """Return the entries of a list that have every member of their `identity`."""
        found = answer.get(name)
        if found is None:
            self.lacks = name
            return []
        return [entry for entry in found if self._has(entry, identity)]

    def next_token(self, answer: Answer, token: str, flag: str | None = None) -> str | None:
        """Return the next page's token like `next_token`, None if a required one is missing."""
        try:
            return next_token(answer, token, flag)
        except IncompleteAnswerError:
            self.lacks = token
            return None

    def _has(self, entry: Answer, identity: Iterable[str]) -> bool:
        missing = [name for name in identity if not entry.get(name)]
        self.lacks = missing[0] if missing else self.lacks
        return not missing

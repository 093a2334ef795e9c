"""Reading the fields of one resource, each on its own: one denied call costs one field."""

import json
from collections.abc import Callable, Iterable, Mapping
from math import isfinite
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from cidb2.aws.members import IncompleteAnswerError, member
from cidb2.errors import ResourceGoneError
from cidb2.items.resource import CONFIGURATION, SUPPLEMENTARY, TAGS
from cidb2.reasons import Failure, Reason, error_code, explain

NEVER: frozenset[str] = frozenset()

DEEPEST = 100
"""Levels of a policy that is kept as JSON; those that AWS understands have fewer than ten."""

DIGITS = 18
"""Of an integer that 64 bits hold whatever it is. Engines of SQL refuse numbers of a thousand."""


class FieldReader:
    """Collects the fields of one resource and tells value, not configured and unreadable apart.

    `gone` names the error codes by which the service says that the resource is no more. Fields may
    be read from several threads.
    """

    def __init__(self, gone: frozenset[str]) -> None:
        self._gone = gone
        self._values: dict[str, Any] = {}
        self.unreadable: dict[str, Failure] = {}

    def read(
        self, name: str, call: Callable[[], Any], *, absent: frozenset[str] = NEVER
    ) -> Any | None:
        """Keep what `call` returns under `name` and return it.

        None where the service says by a code in `absent` that the field is not configured, even
        if others mean by it that the resource is no more, where the region does not offer it, and
        where it could not be read; then `unreadable` names it, and why. ResourceGoneError where
        the resource vanished.
        """
        try:
            value = call()
        except (ClientError, BotoCoreError) as error:
            code, failure = error_code(error), explain(error)
            if code not in absent and code in self._gone:
                raise ResourceGoneError(code) from error
            if code not in absent and not _is_not_offered(name, failure):
                self.unreadable[name] = failure
                return None
            value = None
        self._values[name] = value
        return value

    def keep(self, name: str, value: Any) -> None:
        """Keep a value that needed no call of its own."""
        self._values[name] = value

    def mark_unreadable(self, name: str, failure: Failure) -> None:
        self.unreadable[name] = failure

    def are_all(self, reason: Reason) -> bool:
        """Tell whether every field was asked for in vain, each for this reason."""
        reasons = {failure.reason for failure in self.unreadable.values()}
        return not self._values and reasons == {reason}

    def get(self, name: str) -> Any | None:
        return self._values.get(name)

    def tags(self) -> dict[str, str] | None:
        """Return the tags, an empty map where there are none, None where they are unreadable."""
        return None if TAGS in self.unreadable else self._values.get(TAGS) or {}

    def supplementary(self) -> Mapping[str, Any]:
        """Return the fields that belong in supplementaryConfiguration, under their bare names."""
        prefix = f"{SUPPLEMENTARY}."
        return {
            name.removeprefix(prefix): value
            for name, value in sorted(self._values.items())
            if name.startswith(prefix)
        }


def _is_not_offered(name: str, failure: Failure) -> bool:
    """Tell whether a field is one that the region does not have; no resource lacks what it is."""
    return failure.reason is Reason.NOT_OFFERED and name != CONFIGURATION


def answer_of(response: Mapping[str, Any]) -> dict[str, Any]:
    """Return what AWS answered, without botocore's notes on how.

    IncompleteAnswerError where that is nothing.
    """
    answer = {name: value for name, value in response.items() if name != "ResponseMetadata"}
    if not answer:
        raise IncompleteAnswerError(member="every member")
    return answer


def document(text: str) -> Any:
    """Return the policy that AWS hands out as JSON text.

    Text stays as it stands where it is no JSON, neither object nor list, or too deep; so does a
    number within it that is too large to be one everywhere.
    """
    try:
        policy = json.loads(text, parse_int=_integer, parse_float=_fraction, parse_constant=str)
    except (ValueError, RecursionError):
        return text
    return policy if isinstance(policy, dict | list) and not _is_too_deep(policy) else text


def _integer(text: str) -> int | str:
    return int(text) if len(text.removeprefix("-")) <= DIGITS else text


def _fraction(text: str) -> float | str:
    return number if isfinite(number := float(text)) else text


def _is_too_deep(policy: Any) -> bool:
    level = [policy]
    for _ in range(DEEPEST):
        level = [inner for outer in level for inner in _within(outer)]
        if not level:
            return False
    return True


def _within(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def tag_map(
    tags: Iterable[Mapping[str, str]], key: str = "Key", value: str = "Value"
) -> dict[str, str]:
    """Return AWS's list of tags as a map; a tag without a value has the empty one.

    IncompleteAnswerError where a tag has no key.
    """
    return {member(tag, key): tag.get(value) or "" for tag in tags}

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
"""Maximum levels of a policy that is kept as JSON; valid policies have fewer than ten."""

DIGITS = 18
"""Digits that always fit into 64 bits; SQL engines reject much longer numbers."""


class FieldReader:
    """Collects the fields of one resource, each as a value, not configured or unreadable.

    `gone` are the error codes that mean that the resource no longer exists. Fields may be read from
    several threads.
    """

    def __init__(self, gone: frozenset[str]) -> None:
        self._gone = gone
        self._values: dict[str, Any] = {}
        self.unreadable: dict[str, Failure] = {}

    def read(
        self, name: str, call: Callable[[], Any], *, absent: frozenset[str] = NEVER
    ) -> Any | None:
        """Store the result of `call` under `name` and return it.

        Returns None if the error code is in `absent`, which means that the field is not configured
        (even if the code is also in `gone`), if the region does not offer the field, or if it could
        not be read; `unreadable` then has the reason. Raises ResourceGoneError if the resource no
        longer exists.
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
        """Store a value that needed no call of its own."""
        self._values[name] = value

    def mark_unreadable(self, name: str, failure: Failure) -> None:
        self.unreadable[name] = failure

    def are_all(self, reason: Reason) -> bool:
        """Tell whether no field could be read, each for this reason."""
        reasons = {failure.reason for failure in self.unreadable.values()}
        return not self._values and reasons == {reason}

    def get(self, name: str) -> Any | None:
        return self._values.get(name)

    def tags(self) -> dict[str, str] | None:
        """Return the tags: an empty map if there are none, None if they are unreadable."""
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
    """Tell whether the region does not offer a field; every resource has a configuration."""
    return failure.reason is Reason.NOT_OFFERED and name != CONFIGURATION


def answer_of(response: Mapping[str, Any]) -> dict[str, Any]:
    """Return an answer without botocore's ResponseMetadata.

    Raises IncompleteAnswerError if nothing is left.
    """
    answer = {name: value for name, value in response.items() if name != "ResponseMetadata"}
    if not answer:
        raise IncompleteAnswerError(member="every member")
    return answer


def document(text: str) -> Any:
    """Return a policy from its JSON text.

    The text is returned unchanged if it is not JSON, neither an object nor a list, or nested too
    deeply. A number that not every JSON reader can hold stays text too.
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

    Raises IncompleteAnswerError if a tag has no key.
    """
    return {member(tag, key): tag.get(value) or "" for tag in tags}

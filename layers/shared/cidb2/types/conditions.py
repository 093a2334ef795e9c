"""Conditions on the value of one member of an entry."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from cidb2.types.paths import check_path, first

_CONDITION = re.compile(r"(?P<path>[^!=]+)(?:(?P<sign>!?=)(?P<values>[^=]+))?")


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition on the value at a path.

    Written as `Engine=neptune,docdb`, `Engine!=neptune`, or `KmsKeyId`, if a value is required.
    """

    path: str
    is_not: bool = False
    values: frozenset[str] = frozenset()

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the condition of a declaration. Raises ValueError if it is invalid."""
        found = _CONDITION.fullmatch(text)
        if not found:
            raise ValueError(f"not a condition: {text!r}")
        wanted = frozenset((found["values"] or "").split(",")) - {""}
        return cls(check_path(found["path"]), found["sign"] == "!=", wanted)

    def holds(self, entry: Mapping[str, Any], *, of_unknown: bool = False) -> bool:
        """Tell whether an entry meets the condition; `of_unknown` if the member is missing."""
        value = first(self.path, entry)
        if not self.values:
            return value is not None
        if value is None:
            return self.is_not or of_unknown
        return (str(value) in self.values) is not self.is_not

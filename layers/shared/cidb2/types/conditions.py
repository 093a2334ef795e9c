"""Conditions on an entry: what one of its members has to be."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from cidb2.types.paths import check_path, first

_CONDITION = re.compile(r"(?P<path>[^!=]+)(?:(?P<sign>!?=)(?P<values>[^=]+))?")


@dataclass(frozen=True, slots=True)
class Condition:
    """Holds of an entry by the value at a path.

    Written as `Engine=neptune,docdb`, `Engine!=neptune`, or `KmsKeyId`: it has one.
    """

    path: str
    is_not: bool = False
    values: frozenset[str] = frozenset()

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the condition that a declaration writes; ValueError where it is none."""
        found = _CONDITION.fullmatch(text)
        if not found:
            raise ValueError(f"not a condition: {text!r}")
        wanted = frozenset((found["values"] or "").split(",")) - {""}
        return cls(check_path(found["path"]), found["sign"] == "!=", wanted)

    def holds(self, entry: Mapping[str, Any], *, of_unknown: bool = False) -> bool:
        """Tell whether an entry is so; `of_unknown` where it does not have the member."""
        value = first(self.path, entry)
        if not self.values:
            return value is not None
        if value is None:
            return self.is_not or of_unknown
        return (str(value) in self.values) is not self.is_not

"""Conditions on the value of one member of an entry."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Self

from cidb2.types.paths import ITSELF, check_path, first, values

_CONDITION = re.compile(
    r"(?P<path>[^!=]+)(?P<sign>!?=)(?P<values>[^=]+)|(?P<not>!?)(?P<alone>[^!=]+)"
)


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition on the value at a path.

    Written as `Engine=neptune,docdb` or `Engine!=neptune`, as `KmsKeyId` if a value is required, or
    as `!KmsKeyId` if there must be none.
    `aurora*` is every value that begins with `aurora`.
    """

    path: str
    is_not: bool = False
    values: frozenset[str] = frozenset()

    @classmethod
    @cache
    def parse(cls, text: str) -> Self:
        """Return the condition of a declaration. Raises ValueError if it is invalid."""
        found = _CONDITION.fullmatch(text)
        if not found:
            raise ValueError(f"not a condition: {text!r}")
        wanted = frozenset((found["values"] or "").split(",")) - {""}
        is_not = found["sign"] == "!=" or found["not"] == "!"
        return cls(check_path(found["path"] or found["alone"]), is_not, wanted)

    def holds(self, entry: Mapping[str, Any]) -> bool:
        """Tell whether an entry meets the condition."""
        return self.holds_of(first(self.path, entry))

    def holds_of(self, value: Any, *, of_unknown: bool = False) -> bool:
        """Tell whether a value meets the condition; `of_unknown` if there is none."""
        if not self.values:
            return (value is None) is self.is_not
        if value is None:
            return self.is_not or of_unknown
        return any(_fits(str(value), each) for each in self.values) is not self.is_not


@dataclass(frozen=True, slots=True)
class Conditional:
    """A member at a path, where the structure around it meets a condition.

    Written as `Members.Region Role=PRIMARY`, or as the path alone.
    """

    path: str
    condition: Condition | None

    @classmethod
    @cache
    def parse(cls, text: str) -> Self:
        """Return the member of a declaration. Raises ValueError if it is invalid."""
        path, _, condition = text.partition(" ")
        return cls(check_path(path), Condition.parse(condition) if condition else None)

    def of(self, entry: Mapping[str, Any]) -> Any | None:
        """Return the first value in an entry, None if there is none."""
        above, _, name = self.path.rpartition(".")
        for structure in values(above or ITSELF, entry):
            if self.condition is None or self.condition.holds(structure):
                return first(name, structure)
        return None


def _fits(value: str, wanted: str) -> bool:
    return value.startswith(wanted[:-1]) if wanted.endswith("*") else value == wanted

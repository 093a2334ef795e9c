"""What a run excludes: as its input says, or else as the stack's parameters say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

PARAMETERS = {"exclude_accounts": "ExcludedAccounts", "exclude_regions": "ExcludedRegions"}
"""The stack's parameter that applies if the input lacks a field."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """The names that a run excludes, and the field or parameter that lists them."""

    field: str
    names: tuple[str, ...]

    @classmethod
    def of(cls, given: Mapping[str, Any], field: str, of_the_stack: Sequence[str]) -> Self:
        """Return the exclusions of the input's `field`, or else those of the stack."""
        is_given = field in given
        names = given[field] if is_given else of_the_stack
        return cls(field if is_given else PARAMETERS[field], tuple(dict.fromkeys(names)))

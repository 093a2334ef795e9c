"""What a run leaves out: as its input says, else as the stack's parameters do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

PARAMETERS = {"exclude_accounts": "ExcludedAccounts", "exclude_regions": "ExcludedRegions"}
"""The parameter of the stack that holds where the input leaves a field out."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Names that a run leaves out, and the field or the parameter that says so."""

    field: str
    names: tuple[str, ...]

    @classmethod
    def of(cls, given: Mapping[str, Any], field: str, of_the_stack: Sequence[str]) -> Self:
        """Return what the input's `field` leaves out, or the stack where the input has no such."""
        is_given = field in given
        names = given[field] if is_given else of_the_stack
        return cls(field if is_given else PARAMETERS[field], tuple(dict.fromkeys(names)))

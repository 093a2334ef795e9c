"""A scope: the smallest part of an inventory that is listed, and found complete, on its own."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Self

GLOBAL = "global"
ALL_REGIONS = "*"
"""The placeholder in the ledger for all regions of an account whose regions are unknown."""
EVERY_ACCOUNT = "*"
"""The placeholder for all accounts, in the failure row of a collector that collected in none."""


@dataclass(frozen=True, slots=True, order=True)
class Scope:
    """One service in one region (or `global`) of one account."""

    account_id: str
    service: str
    region: str

    def __str__(self) -> str:
        return f"{self.account_id}/{self.service}/{self.region}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the scope from its text. Raises ValueError unless `text` has three parts."""
        account_id, service, region = text.split("/")
        return cls(account_id, service, region)


class Outcome(StrEnum):
    """What came of a scope or a listing: all of it was listed and published, a part, or nothing."""

    COMPLETE = "COMPLETE"
    PARTIAL = "PARTIAL"
    FAILED = "FAILED"

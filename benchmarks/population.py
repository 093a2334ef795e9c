"""An organisation of any size that uses no memory: resources are generated on request.

Resource `number` of an account is a copy of a sample with its own id and ARN. `planting` makes the
samples from a fixed seed. The same figures give the same organisation.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Self

from benchmarks.sample import SAMPLES, filled

REGIONS = ("us-east-1", "eu-west-1", "ap-northeast-1")
SHARES = {"kms": 1 / 11, "s3": 2 / 11, "ec2": 4 / 11, "iam": 4 / 11}
"""Shares of an account's resources. 330 are 30 keys, 60 buckets, 120 instances and 120 of IAM."""

SERVICES = ("iam", "kms", "ec2", "s3")
"""The measured services. Tests check the calls of all others."""


@dataclass(frozen=True)
class Copy:
    """Resource `number` of its service in an account; `sample` is the index of its sample."""

    account_id: str
    number: int
    sample: int
    region: str

    @property
    def digits(self) -> str:
        """The number, formatted as in ids."""
        return f"{self.number:012}"

    def fill(self, text: bytes) -> bytes:
        """Return a text of the sample, filled in for this copy."""
        return filled(text, self.account_id, self.region, self.digits)


@dataclass(frozen=True)
class Population:
    """`accounts` accounts with `amounts` of each service, distributed over `regions` in turn."""

    accounts: int
    amounts: Mapping[str, int]
    regions: Sequence[str] = REGIONS

    @classmethod
    def of(cls, accounts: int, resources: int) -> Self:
        """Return a population with `resources` per account, with the usual shares."""
        amounts = {service: round(resources * share) for service, share in SHARES.items()}
        return cls(accounts, amounts)

    @cached_property
    def account_ids(self) -> list[str]:
        return [f"{100_000_000_000 + 7 * index}" for index in range(1, self.accounts + 1)]

    @property
    def resources(self) -> int:
        return self.accounts * sum(self.amounts.values())

    def copy(self, account_id: str, service: str, number: int) -> Copy:
        """Return one resource; samples rotate within each service."""
        sample = (number + int(account_id) + len(service)) % SAMPLES
        return Copy(account_id, number, sample, self.regions[number % len(self.regions)])

    def copies(self, account_id: str, service: str, region: str | None = None) -> Iterator[Copy]:
        """Yield a service's resources in an account, in order, for one region or all."""
        start, step = 0, 1
        if region is not None:
            start, step = self.regions.index(region), len(self.regions)
        for number in range(start, self.amounts.get(service, 0), step):
            yield self.copy(account_id, service, number)

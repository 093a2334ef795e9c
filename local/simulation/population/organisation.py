"""The accounts of the simulated organisation, and their conditions."""

import importlib
import pkgutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from random import Random
from types import ModuleType
from typing import TYPE_CHECKING, Literal
from unittest import mock

from moto.backends import get_backend
from moto.ec2.models.availability_zones_and_regions import Region
from moto.moto_api._internal import mock_random
from moto.organizations import utils
from moto.organizations.models import OrganizationsBackend

from local.simulation.population import ec2, iam, kms, lambda_, s3
from local.simulation.population.site import EARLIEST, STAGES, TEAMS, Client, Site

if TYPE_CHECKING:
    from local.simulation.population.planted import Planted

HUB = "123456789012"
REGIONS = (
    *("us-east-1", "eu-west-1", "ap-northeast-1", "eu-central-1", "us-west-2", "ap-southeast-2"),
    *("sa-east-1", "ca-central-1", "eu-north-1", "ap-south-1", "us-east-2", "us-west-1"),
    *("eu-west-2", "eu-west-3", "ap-northeast-2", "ap-northeast-3", "ap-southeast-1"),
)
"""The Regions enabled by default, in the order in which they are used."""
UNITS = (("Workloads", "Root"), ("Production", "Workloads"), ("Sandbox", "Root"))
NOT_OPTED_IN = "me-south-1"
BLOCKING = 2
"""Index of the account that blocks all public bucket access; healthy if there are two or more."""

SHARES = {kms: 0.08, s3: 0.12, ec2: 0.20, iam: 0.52, lambda_: 0.08}
"""Each service's share of an account's resources; IAM also gets the rounding remainder."""


Condition = Literal["hub", "healthy", "role missing", "kms denied", "suspended"]
SPECIAL: tuple[tuple[str, str, Condition], ...] = (
    ("111122223333", "acquired-2024", "role missing"),
    ("444455556666", "research-locked", "kms denied"),
    ("777788889999", "closed-down", "suspended"),
)


@dataclass(frozen=True)
class Account:
    """One account of the organisation; `resources` is the number planted in it."""

    id: str
    name: str
    condition: Condition
    resources: int
    unit: str

    @property
    def has_role(self) -> bool:
        """Return whether the collector role is deployed there."""
        return self.condition in ("hub", "healthy", "kms denied")


class Organisation:
    """A hub, `accounts` healthy members with `resources` each, and three members with problems.

    The hub and the accounts with problems have a tenth of `resources`. Every account has `regions`
    Regions, and one more that is listed but not opted in.
    """

    def __init__(self, accounts: int, resources: int, regions: tuple[str, ...], seed: int) -> None:
        few = min(resources, max(8, resources // 10))
        self.regions = regions
        self.seed = seed
        self.expected: list[Planted] = []
        self.accounts = [Account(HUB, "management", "hub", few, "Root")]
        for index in range(accounts):
            stage = STAGES[index // len(TEAMS) % len(STAGES)]
            name = f"{TEAMS[index % len(TEAMS)]}-{stage}"
            unit = ("Production", "Workloads")[index % 2]
            self.accounts.append(Account(member_id(index), name, "healthy", resources, unit))
        self.accounts += [Account(i, name, c, few, "Sandbox") for i, name, c in SPECIAL]

    def plant(self, client: Client | None = None) -> None:
        """Fill moto's backends; the same arguments plant identical resources.

        With a `client`, also plant one resource of each type through AWS's API.
        """
        mock_random.seed(self.seed)
        self._found()
        for index, account in enumerate(self.accounts):
            self._open_regions(account)
            site = self._site(index, day=0)
            for service, amount in _amounts(account.resources).items():
                service.plant(site, amount)
            if index == 1:
                kms.plant_sealed_key(site)
                s3.plant_oversize_bucket(site)
            if index == BLOCKING:
                s3.block_public_access(site)
        if client:
            self._plant_each(client)

    def mutate(self, day: int) -> None:
        """Create, change and delete some resources of every account; `day` counts from 1."""
        for index in range(len(self.accounts)):
            site = self._site(index, day)
            for service in SHARES:
                service.change(site)
                service.delete(site)
                service.plant(site, site.rng.randint(1, 2))

    def _site(self, index: int, day: int) -> Site:
        account_id = self.accounts[index].id
        rng = Random(f"{self.seed}/{account_id}/{day}")
        return Site(account_id, index, self.regions, rng, day)

    def _plant_each(self, client: Client) -> None:
        """Plant one resource of each type in the first member account.

        Their expected values are in `expected`. Their dates do not depend on the seed.
        """
        site = self._site(1, day=0)
        for module in _modules():
            if plant_each := getattr(module, "plant_each", None):
                self.expected += plant_each(site, client, HUB)

    def _found(self) -> None:
        backend = get_backend("organizations")[HUB]["aws"]
        with mock.patch.object(utils, "make_random_account_id", return_value=HUB):
            backend.create_organization("us-east-1", FeatureSet="ALL")
        units = {"Root": backend.list_roots()["Roots"][0]["Id"]}
        for name, parent in UNITS:
            tags = [{"Key": "Besitzer", "Value": f"{name} Łódź"}]
            answer = backend.create_organizational_unit(
                Name=name, ParentId=units[parent], Tags=tags
            )
            units[name] = answer["OrganizationalUnit"]["Id"]
        for index, account in enumerate(self.accounts):
            self._join(backend, account, units[account.unit], index)

    def _join(self, backend: OrganizationsBackend, account: Account, unit: str, index: int) -> None:
        if account.id != HUB:
            email = f"aws+{account.name}@example.com"
            with mock.patch.object(utils, "make_random_account_id", return_value=account.id):
                backend.create_account(AccountName=account.name, Email=email)
        member = backend.get_account_by_id(account.id)
        member.name, member.parent_id = account.name, unit
        team, _, stage = account.name.partition("-")
        member.tags = {"team": team, "stage": stage}
        member.create_time = EARLIEST + timedelta(days=index)
        for role in get_backend("iam")[account.id]["aws"].roles.values():
            role.create_date = member.create_time
        if account.condition == "suspended":
            member.close()

    def _open_regions(self, account: Account) -> None:
        status = dict.fromkeys(self.regions, "opt-in-not-required") | {NOT_OPTED_IN: "not-opted-in"}
        regions = [Region(r, f"ec2.{r}.amazonaws.com", opted) for r, opted in status.items()]
        for region in self.regions:
            backend = get_backend("ec2")[account.id][region]
            backend.regions = regions
            ec2.keep_one_subnet(backend)


def _amounts(resources: int) -> dict[ModuleType, int]:
    amounts = {service: round(resources * share) for service, share in SHARES.items()}
    return amounts | {iam: amounts[iam] + resources - sum(amounts.values())}


def _modules() -> Iterator[ModuleType]:
    """Yield this package's modules: one per service, and helpers."""
    for found in pkgutil.iter_modules([str(Path(__file__).parent)]):
        yield importlib.import_module(f"{__package__}.{found.name}")


def member_id(index: int) -> str:
    """Return the id of the member account at `index`: 234567890123, 345678901234, ..."""
    digits = "1234567890" * 3
    return digits[index + 1 : index + 13] if index < len("23456789") else f"3000{index:08d}"

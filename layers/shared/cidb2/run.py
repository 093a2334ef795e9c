"""The run as Initialize creates it and every later step receives it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Self

from cidb2.services import COLLECTOR_OF, COLLECTORS, ORGANIZATION
from cidb2.times import parse

RUNNING = "RUNNING"
"""The status of a run that has not ended."""


def accounts_key(run_id: str) -> str:
    """Return the key of a run's account list in the results bucket."""
    return f"runs/{run_id}/accounts.json"


def id_stamp(moment: datetime) -> str:
    """Return the first part of the id of a run that starts at `moment`; ids sort by time."""
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def begun_at(run_id: str) -> datetime:
    """Return the second in which a run began. Raises ValueError if its id names none."""
    return parse(run_id.partition("-")[0])


class Publish(StrEnum):
    """What a run publishes: every item, or only those that differ from the table."""

    FULL = "full"
    CHANGES = "changes"


@dataclass(frozen=True, slots=True)
class RunConfig:
    """How a run publishes and deletes. `batch_delay_ms` is the first pause, in milliseconds."""

    batch_size: int
    large_batch_size: int
    large_batch_threshold: int
    batch_delay_ms: int
    sns_topic_arn: str
    publish: Publish = Publish.FULL
    allow_mass_deletion: bool = False

    @classmethod
    def parse(cls, document: Mapping[str, Any]) -> Self:
        return cls(**{**document, "publish": Publish(document["publish"])})


@dataclass(frozen=True, slots=True)
class AccountList:
    """The location in S3 of a run's account list, and the number of accounts."""

    bucket: str
    key: str
    count: int


@dataclass(frozen=True, slots=True)
class Run:
    """One run. `regions` is None if each account's enabled regions are all collected.

    `excluded_regions` are never collected. `types` limits the services that have one of them to the
    listings that return them; it is empty if all types are collected. At `deadline` the run stops
    collecting and summarises what it has. `account_concurrency` is the number of accounts that are
    collected at once per service, and `expires_at` is when the run's ledger expires (epoch
    seconds). `organization_account` is the account in which the organisation is read, empty if the
    run does not read it.
    """

    run_id: str
    started_at: str
    deadline: str
    services: tuple[str, ...]
    regions: tuple[str, ...] | None
    accounts: AccountList
    account_concurrency: int
    expires_at: int
    config: RunConfig
    excluded_regions: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    organization_account: str = ""

    def wants(self, region: str) -> bool:
        """Tell whether the run collects `region`, if an account has enabled it."""
        is_named = self.regions is None or region in self.regions
        return is_named and region not in self.excluded_regions

    @property
    def collectors(self) -> tuple[str, ...]:
        """The collectors that read a service of the run."""
        return tuple(dict.fromkeys(COLLECTOR_OF[service] for service in self.services))

    def services_in(self, account_id: str) -> tuple[str, ...]:
        """Return the services that the run collects in an account."""
        if account_id == self.organization_account:
            return self.services
        return tuple(service for service in self.services if service != ORGANIZATION)

    def to_state(self) -> dict[str, Any]:
        """Return the run as the state machines pass it on, with true or false for each collector.

        Their language cannot look for a service in a list. `types` and `organizationAccount` are
        absent if empty, because functions of earlier releases, which a deployment has yet to
        replace, do not accept them.
        """
        return {
            "runId": self.run_id,
            "startedAt": self.started_at,
            "deadline": self.deadline,
            "services": list(self.services),
            **({"types": list(self.types)} if self.types else {}),
            **(
                {"organizationAccount": self.organization_account}
                if self.organization_account
                else {}
            ),
            "collectors": {name: name in self.collectors for name in COLLECTORS},
            "regions": list(self.regions) if self.regions is not None else None,
            "excludedRegions": list(self.excluded_regions),
            "accounts": asdict(self.accounts),
            "accountConcurrency": self.account_concurrency,
            "expiresAt": self.expires_at,
            "config": asdict(self.config),
        }

    @classmethod
    def parse(cls, state: Mapping[str, Any]) -> Self:
        """Return the run from the state that `to_state` returns."""
        regions = state["regions"]
        return cls(
            run_id=state["runId"],
            started_at=state["startedAt"],
            deadline=state["deadline"],
            services=tuple(state["services"]),
            regions=None if regions is None else tuple(regions),
            accounts=AccountList(**state["accounts"]),
            account_concurrency=state["accountConcurrency"],
            expires_at=state["expiresAt"],
            config=RunConfig.parse(state["config"]),
            excluded_regions=tuple(state["excludedRegions"]),
            types=tuple(state.get("types", ())),
            organization_account=state.get("organizationAccount", ""),
        )

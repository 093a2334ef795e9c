"""Determines a run's accounts, services, regions and configuration."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from cidb2.aws.storage import storage
from cidb2.errors import InvalidInputError
from cidb2.ledger.partitions import shard_of, shards_mark
from cidb2.ledger.scope_record import ScopeRecord
from cidb2.ledger.tally import Tally
from cidb2.ledger.writer import Ledger
from cidb2.reasons import Failure, Reason
from cidb2.run import RUNNING, AccountList, Publish, Run, RunConfig, accounts_key, id_stamp
from cidb2.scope import Outcome, Scope
from cidb2.services import ORGANIZATION
from cidb2.settings import InitializerSettings
from cidb2.times import now, parse, to_milliseconds
from cidb2.types.selection import check_input, is_narrowed, selected_services
from functions.initializer.accounts import Account, Organization
from functions.initializer.left_out import LeftOut
from functions.initializer.regions import regions_of

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_s3 import S3Client

NUMBERS = ("batch_size", "large_batch_size", "large_batch_threshold", "batch_delay_ms")


@dataclass(frozen=True, slots=True)
class Execution:
    """The state machine's execution: its ARN and its start, in ISO 8601."""

    arn: str
    started_at: str

    def run_id(self, accounts: int) -> str:
        """Return the id of its run over so many accounts. Ids are in the order of time."""
        stamp = id_stamp(parse(self.started_at))
        digest = hashlib.sha256(self.arn.encode()).hexdigest()[:7]
        return f"{stamp}-{digest}{shards_mark(accounts)}"


@dataclass(frozen=True, slots=True)
class Initializer:
    """Turns an execution's input into a run."""

    settings: InitializerSettings
    organization: Organization
    ledger: Ledger
    s3: "S3Client"
    ec2: "EC2Client"

    def initialize(self, given: Any, execution: Execution) -> dict[str, Any]:
        """Record the run and its accounts, and return `{"run": ...}`, as in `Run.to_state`.

        Nothing is written before the whole input is validated. Raises InvalidInputError, which
        names the invalid field; OrganizationUnreadableError or RegionsUnreadableError if AWS
        refuses to name the accounts or regions; OrganizationUnavailableError or
        RegionsUnavailableError if it cannot name them now.
        """
        check_input(given)
        config = self._config(given.get("config", {}))
        excluded = LeftOut.of(given, "exclude_regions", self.settings.excluded_regions)
        regions = regions_of(given.get("regions"), excluded, self.ec2)
        left_out = LeftOut.of(given, "exclude_accounts", self.settings.excluded_accounts)
        accounts = self._accounts(given.get("accounts"), left_out)
        services = self._services(given, accounts)
        run_id = self._run_id(execution, len(accounts))
        run = Run(
            run_id=run_id,
            started_at=execution.started_at,
            deadline=self._deadline(execution),
            services=services,
            regions=regions,
            accounts=self._write_accounts(run_id, [one for one in accounts if one.is_active]),
            account_concurrency=self.settings.account_concurrency,
            expires_at=self._expiry(execution),
            config=config,
            excluded_regions=excluded.names,
            types=tuple(dict.fromkeys(given.get("types", ()))),
            organization_account=(
                self.settings.organization_account if ORGANIZATION in services else ""
            ),
        )
        state = run.to_state()
        self._open_run(run, state, given, left_out, execution)
        self._record_suspended(run, [one for one in accounts if not one.is_active])
        return {"run": state}

    def _run_id(self, execution: Execution, accounts: int) -> str:
        """Return the id of the run, which an attempt before this one may have opened."""
        since = parse(execution.started_at)
        begun = self.ledger.recent_runs(None, ("runId", "executionArn"), since=since)
        same = [row["runId"] for row in begun if row["executionArn"] == execution.arn]
        return same[0] if same else execution.run_id(accounts)

    def _deadline(self, execution: Execution) -> str:
        timeout = timedelta(seconds=self.settings.collect_timeout_seconds)
        return to_milliseconds(parse(execution.started_at) + timeout)

    def _expiry(self, execution: Execution) -> int:
        retention = timedelta(days=self.settings.run_retention_days)
        return int((parse(execution.started_at) + retention).timestamp())

    def _config(self, given: Mapping[str, Any]) -> RunConfig:
        settings = self.settings
        topic = given.get("sns_topic_arn", settings.topic_arn)
        if topic != settings.topic_arn:
            raise InvalidInputError(
                "config.sns_topic_arn",
                f"{topic} is not this stack's topic, the only one that its roles may publish to "
                f"(allowed: {settings.topic_arn}, or omit it)",
            )
        numbers = {
            # In JSON Schema, 10.0 is an integer too.
            name: int(given.get(name, getattr(settings, name)))
            for name in NUMBERS
        }
        config = RunConfig(
            **numbers,
            sns_topic_arn=topic,
            publish=Publish(given.get("publish", Publish.FULL)),
            allow_mass_deletion=given.get("allow_mass_deletion", False),
        )
        if config.large_batch_size < config.batch_size:
            raise InvalidInputError(
                "config.large_batch_size",
                f"{config.large_batch_size} is less than config.batch_size, {config.batch_size} "
                "(allowed: batch_size or more)",
            )
        return config

    def _accounts(self, given: Any, excluded: LeftOut) -> Sequence[Account]:
        accounts = [
            account
            for account in self._named_accounts(given)
            if account.account_id not in excluded.names
        ]
        if not any(account.is_active for account in accounts):
            raise InvalidInputError(
                excluded.field if excluded.names else "accounts",
                "leaves no active account to collect (allowed: accounts that leave "
                "at least one active)",
            )
        return accounts

    def _named_accounts(self, given: Any) -> Sequence[Account]:
        if given is None:
            given = list(self.settings.target_accounts) or "organization"
        if isinstance(given, list):
            return [Account(account_id) for account_id in dict.fromkeys(given)]
        if isinstance(given, str):
            return self.organization.accounts()
        return self.organization.accounts_below(given["organizational_units"])

    def _services(self, given: Mapping[str, Any], accounts: Sequence[Account]) -> tuple[str, ...]:
        """Return the run's services; Organizations only if the run collects the account to read it.

        Raises InvalidInputError if the input names Organizations and the run does not.
        """
        services, reader = selected_services(given), self.settings.organization_account
        active = {account.account_id for account in accounts if account.is_active}
        if ORGANIZATION not in services or reader in active:
            return services
        named = [field for field in ("services", "types") if field in given]
        if named:
            raise InvalidInputError(
                named[0],
                f"{ORGANIZATION} is read in the account {reader}, which the run does not collect "
                "(allowed: with that account)"
                if reader
                else f"{ORGANIZATION} needs an organisation, and TargetAccounts names accounts "
                "(allowed: with OrganizationsRoleArn, or without TargetAccounts)",
            )
        return tuple(service for service in services if service != ORGANIZATION)

    def _write_accounts(self, run_id: str, accounts: Sequence[Account]) -> AccountList:
        bucket, key = self.settings.results_bucket, accounts_key(run_id)
        listed = [
            {
                "accountId": one.account_id,
                "name": one.name,
                "shard": shard_of(run_id, one.account_id),
            }
            for one in accounts
        ]
        with storage(bucket):
            self.s3.put_object(
                Bucket=bucket,
                Key=key,
                Body=json.dumps(listed).encode(),
                ContentType="application/json",
            )
        return AccountList(bucket, key, len(listed))

    def _open_run(
        self,
        run: Run,
        state: Mapping[str, Any],
        given: Any,
        left_out: LeftOut,
        execution: Execution,
    ) -> None:
        self.ledger.open_run(
            run.run_id,
            {
                "status": RUNNING,
                "input": json.dumps(given),
                "services": list(run.services),
                "types": list(run.types),
                "regions": state["regions"],
                "excludedRegions": state["excludedRegions"],
                "excludedAccounts": list(left_out.names),
                "config": asdict(run.config),
                "accounts": run.accounts.count,
                "startedAt": run.started_at,
                "deadline": run.deadline,
                "executionArn": execution.arn,
            },
        )

    def _record_suspended(self, run: Run, accounts: Sequence[Account]) -> None:
        moment = now()
        self.ledger.record(
            run.run_id,
            (
                ScopeRecord(
                    scope=Scope(account.account_id, service, region),
                    outcome=Outcome.FAILED,
                    failure=_SUSPENDED,
                    tally=Tally(),
                    started_at=moment,
                    finished_at=moment,
                    is_narrowed=is_narrowed(service, run.types),
                    account_name=account.name,
                )
                for account in accounts
                for service in run.services_in(account.account_id)
                for region in self.ledger.owed_regions(run, account.account_id, service)
            ),
        )


_SUSPENDED = Failure(
    Reason.ACCOUNT_SUSPENDED,
    "",
    "AWS Organizations does not list the account as active; its known resources were kept.",
    retryable=False,
)

"""What the template tells the functions, read from the environment once."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Self, TypeVar

from cidb2.errors import ConfigurationError

Value = TypeVar("Value")


class Environment:
    """Environment variables, each of them asked for by name and type."""

    def __init__(self, variables: Mapping[str, str] | None = None) -> None:
        self._variables = os.environ if variables is None else variables

    def text(self, name: str, default: str | None = None) -> str:
        return self._parsed(name, str, default)

    def number(self, name: str, default: int | None = None) -> int:
        return self._parsed(name, int, default)

    def names(self, name: str) -> tuple[str, ...]:
        """Return a comma-separated list; empty where the variable is not set."""
        parts = self.text(name, "").split(",")
        return tuple(part.strip() for part in parts if part.strip())

    def _parsed(self, name: str, parse: Callable[[str], Value], default: Value | None) -> Value:
        value = self._variables.get(name, "")
        if not value:
            if default is None:
                raise ConfigurationError(f"{name}: not set")
            return default
        try:
            return parse(value)
        except ValueError:  # which quotes the value: who knows what was pasted there
            raise ConfigurationError(f"{name}: cannot be read as {parse.__name__}") from None


@dataclass(frozen=True, slots=True)
class CollectorSettings:
    """What a collector needs to know. `continue_margin_seconds`: time kept to close a page."""

    region: str
    account: str
    partition: str
    inventory_table: str
    runs_table: str
    results_bucket: str
    role_name: str
    external_id: str
    run_retention_days: int
    continue_margin_seconds: int
    concurrency: int

    @classmethod
    def from_env(cls, variables: Mapping[str, str] | None = None) -> Self:
        env = Environment(variables)
        return cls(
            region=env.text("AWS_REGION"),
            account=env.text("ACCOUNT_ID"),
            partition=env.text("PARTITION"),
            inventory_table=env.text("INVENTORY_TABLE"),
            runs_table=env.text("RUNS_TABLE"),
            results_bucket=env.text("RESULTS_BUCKET"),
            role_name=env.text("COLLECTOR_ROLE_NAME"),
            external_id=env.text("EXTERNAL_ID", ""),
            run_retention_days=env.number("RUN_RETENTION_DAYS"),
            continue_margin_seconds=env.number("CONTINUE_MARGIN_SECONDS", 60),
            concurrency=env.number("CONCURRENCY", 32),
        )


@dataclass(frozen=True, slots=True)
class InitializerSettings:
    """What Initialize needs to know: the defaults of a run and where it is recorded."""

    region: str
    account: str
    runs_table: str
    results_bucket: str
    topic_arn: str
    target_accounts: tuple[str, ...]
    excluded_accounts: tuple[str, ...]
    excluded_regions: tuple[str, ...]
    organizations_role_arn: str
    external_id: str
    batch_size: int
    large_batch_size: int
    large_batch_threshold: int
    batch_delay_ms: int
    account_concurrency: int
    collect_timeout_seconds: int
    run_retention_days: int

    @classmethod
    def from_env(cls, variables: Mapping[str, str] | None = None) -> Self:
        env = Environment(variables)
        return cls(
            region=env.text("AWS_REGION"),
            account=env.text("ACCOUNT_ID"),
            runs_table=env.text("RUNS_TABLE"),
            results_bucket=env.text("RESULTS_BUCKET"),
            topic_arn=env.text("TOPIC_ARN"),
            target_accounts=env.names("TARGET_ACCOUNTS"),
            excluded_accounts=env.names("EXCLUDED_ACCOUNTS"),
            excluded_regions=env.names("EXCLUDED_REGIONS"),
            organizations_role_arn=env.text("ORGANIZATIONS_ROLE_ARN", ""),
            external_id=env.text("EXTERNAL_ID", ""),
            batch_size=env.number("DEFAULT_BATCH_SIZE"),
            large_batch_size=env.number("LARGE_BATCH_SIZE"),
            large_batch_threshold=env.number("LARGE_BATCH_THRESHOLD"),
            batch_delay_ms=env.number("BATCH_DELAY_MS"),
            account_concurrency=env.number("ACCOUNT_CONCURRENCY"),
            collect_timeout_seconds=env.number("COLLECT_TIMEOUT_SECONDS"),
            run_retention_days=env.number("RUN_RETENTION_DAYS"),
        )


@dataclass(frozen=True, slots=True)
class ReporterSettings:
    """What the reporter needs to know: where items go and how long the past is kept, in days.

    `late_after_seconds` after its capture an item that the table does not have is checked against
    the ledger.
    """

    region: str
    account: str
    inventory_table: str
    runs_table: str
    results_bucket: str
    version_retention_days: int
    tombstone_retention_days: int
    run_retention_days: int
    max_receive_count: int
    concurrency: int
    late_after_seconds: int

    @classmethod
    def from_env(cls, variables: Mapping[str, str] | None = None) -> Self:
        env = Environment(variables)
        return cls(
            region=env.text("AWS_REGION"),
            account=env.text("ACCOUNT_ID"),
            inventory_table=env.text("INVENTORY_TABLE"),
            runs_table=env.text("RUNS_TABLE"),
            results_bucket=env.text("RESULTS_BUCKET"),
            version_retention_days=env.number("VERSION_RETENTION_DAYS"),
            max_receive_count=env.number("MAX_RECEIVE_COUNT"),
            tombstone_retention_days=env.number("TOMBSTONE_RETENTION_DAYS"),
            run_retention_days=env.number("RUN_RETENTION_DAYS"),
            concurrency=env.number("CONCURRENCY", 16),
            late_after_seconds=env.number("LATE_AFTER_SECONDS", 3600),
        )


@dataclass(frozen=True, slots=True)
class ResultsSettings:
    """What the results processor needs to know. Waits are in seconds."""

    region: str
    account: str
    console_domain: str
    inventory_table: str
    runs_table: str
    results_bucket: str
    run_topic_arn: str
    stack_name: str
    run_retention_days: int
    settle_timeout_seconds: int
    price_overrides: tuple[str, ...]

    @classmethod
    def from_env(cls, variables: Mapping[str, str] | None = None) -> Self:
        env = Environment(variables)
        return cls(
            region=env.text("AWS_REGION"),
            account=env.text("ACCOUNT_ID"),
            console_domain=env.text("CONSOLE_DOMAIN"),
            inventory_table=env.text("INVENTORY_TABLE"),
            runs_table=env.text("RUNS_TABLE"),
            results_bucket=env.text("RESULTS_BUCKET"),
            run_topic_arn=env.text("RUN_TOPIC_ARN"),
            stack_name=env.text("STACK_NAME"),
            run_retention_days=env.number("RUN_RETENTION_DAYS"),
            settle_timeout_seconds=env.number("SETTLE_TIMEOUT_SECONDS"),
            price_overrides=env.names("PRICE_OVERRIDES"),
        )

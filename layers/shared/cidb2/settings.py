"""The functions' settings, which the template sets, read from the environment once.

A field is read from the variable of the same name in capitals (`runs_table` from RUNS_TABLE), or
from the one that `read_from` names. A variable whose field has a default is optional.
"""

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from typing import Any, Self

from cidb2.errors import ConfigurationError


def read_from(variable: str) -> Any:
    """Return a dataclass field that is read from a variable with another name."""
    return field(metadata={"variable": variable})


def required(variable: str) -> str:
    """Return the value of an environment variable. Raises ConfigurationError if it is not set."""
    value: str = _read(os.environ, variable, str, MISSING)
    return value


def chosen(variable: str, choices: Iterable[str]) -> str:
    """Return the value of an environment variable, by default the first of its `choices`.

    Raises ConfigurationError if it is none of them.
    """
    first, *_ = names = [*choices]
    value: str = _read(os.environ, variable, str, first)
    if value not in names:
        raise ConfigurationError(f"{variable}: none of {', '.join(names)}")
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Settings of every function. `run_retention_days`: how long a run's ledger is kept."""

    region: str = read_from("AWS_REGION")
    account: str = read_from("ACCOUNT_ID")
    runs_table: str
    results_bucket: str
    run_retention_days: int

    @classmethod
    def from_env(cls, variables: Mapping[str, str] | None = None) -> Self:
        """Read every field from `variables`, by default the function's environment.

        An empty variable counts as not set. Raises ConfigurationError, which names a variable that
        is not set or invalid, without its value.
        """
        given = os.environ if variables is None else variables
        return cls(
            **{
                each.name: _read(given, _variable(each), _PARSERS[each.type], each.default)
                for each in fields(cls)
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectorSettings(Settings):
    """Settings of a collector. `continue_margin_seconds`: time reserved for finishing a page."""

    partition: str
    inventory_table: str
    role_name: str = read_from("COLLECTOR_ROLE_NAME")
    external_id: str = ""
    continue_margin_seconds: int = 60
    concurrency: int = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class InitializerSettings(Settings):
    """Settings of Initialize: a run's defaults, and where it is recorded."""

    topic_arn: str
    target_accounts: tuple[str, ...] = ()
    excluded_accounts: tuple[str, ...] = ()
    excluded_regions: tuple[str, ...] = ()
    organizations_role_arn: str = ""
    external_id: str = ""
    batch_size: int = read_from("DEFAULT_BATCH_SIZE")
    large_batch_size: int
    large_batch_threshold: int
    batch_delay_ms: int
    account_concurrency: int
    collect_timeout_seconds: int

    @property
    def organization_account(self) -> str:
        """The account in which the organisation can be read.

        That of `organizations_role_arn`, or else the hub. Empty if the stack names its accounts
        instead, because nothing then says that the hub may read the organisation.
        """
        if self.organizations_role_arn:
            return self.organizations_role_arn.split(":")[4]
        return "" if self.target_accounts else self.account


@dataclass(frozen=True, slots=True, kw_only=True)
class ReporterSettings(Settings):
    """Settings of the reporter: where items are stored, and for how many days versions are kept.

    An item that is not in the table is checked against the ledger if it arrives more than
    `late_after_seconds` after its capture.
    """

    inventory_table: str
    version_retention_days: int
    tombstone_retention_days: int
    max_receive_count: int
    concurrency: int = 16
    late_after_seconds: int = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultsSettings(Settings):
    """Settings of the results processor. Waits are in seconds."""

    console_domain: str
    inventory_table: str
    run_topic_arn: str
    stack_name: str
    settle_timeout_seconds: int
    price_overrides: tuple[str, ...] = ()


def _variable(setting: "Field[Any]") -> str:
    name: str = setting.metadata.get("variable", setting.name.upper())
    return name


def _read(
    variables: Mapping[str, str], name: str, parse: Callable[[str], Any], default: Any
) -> Any:
    value = variables.get(name, "")
    if not value:
        if default is MISSING:
            raise ConfigurationError(f"{name}: not set")
        return default
    try:
        return parse(value)
    except ValueError:  # its message quotes the value, which may be a misplaced secret
        raise ConfigurationError(f"{name}: not a valid {parse.__name__}") from None


def _names(value: str) -> tuple[str, ...]:
    """Return the non-empty parts of a comma-separated list."""
    return tuple(part.strip() for part in value.split(",") if part.strip())


_PARSERS: Mapping[Any, Callable[[str], Any]] = {str: str, int: int, tuple[str, ...]: _names}

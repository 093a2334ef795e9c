"""Selects accounts by name, unit and tags instead of ids."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import typer

from cidb2.items.accounts import AccountFacts
from cli.errors import CliError, ExitCode
from cli.matching import has_tags, matches_name, tag_of

AccountName = Annotated[
    str | None,
    typer.Option(help="Only accounts whose name contains this, or matches a pattern with * and ?."),
]
Unit = Annotated[
    str | None,
    typer.Option(
        metavar="UNIT",
        help="Only accounts in this unit or below it: ou-1a2b-3c4d5e6f, or Workloads/Production.",
    ),
]
AccountTags = Annotated[
    list[Any] | None,
    typer.Option(
        parser=tag_of,
        metavar="KEY=VALUE",
        help="Only accounts with this tag (KEY: any value). Repeatable; all must match.",
    ),
]


@dataclass(frozen=True)
class WantedAccounts:
    """Criteria for accounts of the organisation; None or empty matches all."""

    name: str | None = None
    unit: str | None = None
    tags: Mapping[str, str | None] | None = None

    @property
    def is_any(self) -> bool:
        """Whether every account matches, including accounts outside the organisation."""
        return self.name is None and self.unit is None and not self.tags

    def among(self, known: Mapping[str, AccountFacts]) -> frozenset[str] | None:
        """Return the ids of matching accounts, None for all accounts.

        Raises CliError if the inventory knows no account, because nothing could match.
        """
        if self.is_any:
            return None
        if not known:
            raise CliError(
                ExitCode.NOT_FOUND,
                "The inventory has no accounts of the organisation.",
                "Take an inventory of the account that lists the organisation: "
                '`cidb2 start --input \'{"services": ["organizations"]}\'`.',
            )
        return frozenset(one.account_id for one in known.values() if self._matches(one))

    def _matches(self, account: AccountFacts) -> bool:
        return (
            matches_name(self.name, account.name)
            and (self.unit is None or account.is_below(self.unit))
            and has_tags(self.tags, account.tags or {})
        )


def with_account(row: Mapping[str, Any], known: Mapping[str, AccountFacts]) -> dict[str, Any]:
    """Return a row with the name, unit and tags of its account, None where they are unknown."""
    account = known.get(row["accountId"])
    return {
        **row,
        "accountName": account.name if account else None,
        "accountUnit": account.unit or None if account else None,
        "accountTags": account.tags if account else None,
    }

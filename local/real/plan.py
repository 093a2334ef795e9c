"""Shows the planned AWS calls before they are made."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.prompt import Confirm

from local.commands.report import foreign
from local.emulator.cloud import REGION
from local.gateway.identity import PARTITION
from local.real.options import Options
from local.real.person import Identity, Person
from local.real.reads import Reads

MOST_ACCOUNTS = 20


def say_whom_to_ask(person: Person, console: Console) -> None:
    """Announce the only call made without consent: the one that identifies the credentials."""
    url = foreign(person.endpoint("sts").url)
    console.print(
        f"  Credentials  {foreign(person.source)}\n"
        f"  First call   sts:GetCallerIdentity at {url}, to identify their owner",
        soft_wrap=True,
    )


@dataclass(frozen=True)
class Plan:
    """The caller, the accounts, the role and the read actions of a run."""

    identity: Identity
    accounts: tuple[str, ...]
    options: Options
    reads: Reads

    @property
    def roles(self) -> frozenset[str]:
        """The ARNs of the roles to assume: one per account, or none."""
        if self.options.role is None:
            return frozenset()
        arn = f"arn:{PARTITION}:iam::{{}}:role/{self.options.role}"
        return frozenset(map(arn.format, self.accounts))

    def show(self, runs: Path, logs: Path, console: Console) -> None:
        """Print the plan."""
        regions = " ".join(self.options.regions) or "all enabled in each account"
        lines = [
            ("You are", self.identity.arn),
            ("Accounts", self._accounts()),
            ("Access", self._how()),
            ("Regions", f"{regions}; global services are called in {REGION}"),
            ("Calls", "only these read actions; this machine blocks all others"),
            *(
                ("", f"{service:<4} {' '.join(names)}")
                for service, names in self.reads.by_service(self.options.services).items()
            ),
            ("Stays here", "everything else: no other call and no result leaves this machine"),
            ("", f"results in {os.path.relpath(runs)}, logs in {os.path.relpath(logs)}"),
        ]
        for label, text in lines:
            console.print(f"  {label:<12} {foreign(text)}", soft_wrap=True)

    def _accounts(self) -> str:
        shown = " ".join(self.accounts[:MOST_ACCOUNTS])
        more = len(self.accounts) - MOST_ACCOUNTS
        return f"{shown} and {more:,} more" if more > 0 else shown

    def _how(self) -> str:
        if self.options.role is None:
            return "the credentials themselves; no role is assumed"
        naming = f", external id {self.options.external_id}" if self.options.external_id else ""
        return (
            f"role {self.options.role}{naming}, assumed once per account and service, "
            "restricted to these actions"
        )


def is_agreed(console: Console) -> bool:
    """Ask for consent; without a terminal, print how to give it in advance."""
    console.print()
    if sys.stdin.isatty():
        return Confirm.ask("  Start?", console=console, default=False)
    console.print(
        "  [bold red]Not started[/]  there is no terminal to ask for consent; agree with YES=1"
    )
    return False

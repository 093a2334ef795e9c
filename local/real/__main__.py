"""`make run REAL=1`: collects an inventory of real accounts with the stack on the embedded AWS."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from local.commands.places import MEMBER_TEMPLATE, OWN, RUNS, TEMPLATE, private
from local.commands.report import foreign
from local.commands.session import Session, new_console
from local.deployment.stack import DeploymentError
from local.emulator.embedded import EmbeddedAws
from local.real import options, plan
from local.real.forward import MemberAccounts
from local.real.options import Options
from local.real.person import Identity, Person, UnusableCredentialsError
from local.real.plan import Plan
from local.real.reads import Reads

LOGS = OWN / "real-logs"
INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None, *, runs: Path = RUNS, logs: Path = LOGS) -> int:
    """Return 0 if anything was collected, 1 if nothing was or the run did not start."""
    reads = Reads.of(MEMBER_TEMPLATE)
    chosen = options.parse(arguments, reads)
    console = new_console()
    console.print("[bold]CIDB2[/] on an embedded AWS, collecting from real AWS accounts\n")
    try:
        person = Person(chosen.profile)
        plan.say_whom_to_ask(person, console)
        identity = person.identify()
        planned = Plan(identity, _accounts(chosen, identity), chosen, reads)
        planned.show(runs, logs, console)
        if not (chosen.yes or plan.is_agreed(console)):
            return 1
        with private(OWN, runs, logs):
            return 0 if _take(planned, person, console, runs, logs) else 1
    except UnusableCredentialsError as error:
        console.print(f"  [bold red]Not started[/]  {foreign(str(error))}", soft_wrap=True)
    except DeploymentError as error:
        console.print(f"  [bold red]Not deployed[/]  {foreign(str(error))}", soft_wrap=True)
    except KeyboardInterrupt:
        return INTERRUPTED
    return 1


def _accounts(chosen: Options, identity: Identity) -> tuple[str, ...]:
    if chosen.role is not None:
        return chosen.accounts
    if chosen.accounts not in ((), (identity.account,)):
        message = f"the credentials belong to {identity.account}, not to {chosen.accounts[0]}"
        raise UnusableCredentialsError(message)
    return (identity.account,)


def _take(planned: Plan, person: Person, console: Console, runs: Path, logs: Path) -> bool:
    own = None if planned.options.role else planned.identity.account
    members = MemberAccounts(person, planned.reads, own, planned.roles)
    parameters = _parameters(planned.options)
    with EmbeddedAws(TEMPLATE, parameters, folder=logs, only_signed=True) as aws:
        aws.cloud.front.services.insert(0, members.answer)
        taken = Session(aws, _wanted(planned), {}, console, runs).take_inventory(1)
    called = members.called.most_common()
    counts = " · ".join(f"{action} {count:,}" for action, count in called) or "nothing"
    console.print(f"  Called   {counts}", soft_wrap=True)
    console.print(f"  Logs     {logs}", soft_wrap=True)
    console.print("\n  Not compared with the accounts: only AWS knows their real state.")
    return taken is not None and taken.summary["status"] != "FAILED"


def _parameters(chosen: Options) -> dict[str, Any]:
    given = {"CollectorRoleName": chosen.role, "ExternalId": chosen.external_id}
    return {name: value for name, value in given.items() if value}


def _wanted(planned: Plan) -> dict[str, Any]:
    wanted: dict[str, Any] = {"accounts": list(planned.accounts)}
    if planned.options.regions:
        wanted["regions"] = list(planned.options.regions)
    return wanted | {"services": list(planned.options.services)}


if __name__ == "__main__":
    sys.exit(main())

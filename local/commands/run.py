"""`make run`: collects a simulated organisation and compares the inventory with the truth."""

import gc
import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from moto.backends import get_backend
from rich.console import Console

from local.commands import options, report
from local.commands.member_roles import deploy_member_roles
from local.commands.places import OWN, RUNS, TEMPLATE, private
from local.commands.session import Session, Summary, new_console
from local.deployment.stack import DeploymentError
from local.emulator.embedded import EmbeddedAws
from local.simulation import truth
from local.simulation.check import compare, difference, stored_items
from local.simulation.expectation import Expectation, expect
from local.simulation.population import Organisation

ENVIRONMENTS = max(1, (os.cpu_count() or 2) // 2)  # each takes most of a second to start
TIME_SCALE = 10  # unscaled, the wait for the last messages would dominate


@dataclass
class Rehearsal:
    """Runs over the simulated organisation, each compared with its resources."""

    session: Session
    planted: Organisation

    def take_inventory(self, number: int, before: Expectation | None) -> Expectation | None:
        """Run the state machine once and print the result.

        Returns the run's expectation; None if the run failed or found anything else.
        """
        taken = self.session.take_inventory(number)
        return self._check(taken.summary, before) if taken and taken.succeeded else None

    def _check(self, summary: Summary, before: Expectation | None) -> Expectation | None:
        aws, console = self.session.aws, self.session.console
        accounts = [account.id for account in self.planted.accounts]
        standing = truth.read(aws.client, accounts, self.planted.regions)
        expected = expect(standing, self.session.wanted, self.planted)
        tables = get_backend("dynamodb")[aws.stack.account][aws.stack.region].tables
        inventory = tables[aws.stack.outputs["InventoryTableName"]]
        stored = stored_items(inventory, aws.client("s3"))
        compared = compare(expected.found, stored, expected.hidden)
        report.show_check(compared, console)
        changes = difference(before.found if before else {}, expected.found)
        as_changed = report.show_changes(changes, summary["totals"], console)
        return expected if compared.is_equal and as_changed else None


def main(
    arguments: Sequence[str] | None = None,
    *,
    runs: Path = RUNS,
    afterwards: Callable[[EmbeddedAws], None] | None = None,
) -> int:
    """Return 0 if every run succeeded and found exactly the resources in the accounts.

    Each run writes to its own folder in `runs`. `afterwards` is called before the embedded AWS
    stops.
    """
    chosen = options.parse(arguments)
    console = new_console()
    planted = Organisation(chosen.accounts, chosen.resources, chosen.regions, chosen.seed)
    console.print(
        "[bold]CIDB2[/] on an embedded AWS: the deployed template, state machines and handlers\n"
    )
    began = time.monotonic()
    try:
        with (
            private(OWN, runs),
            EmbeddedAws(
                TEMPLATE,
                environments=ENVIRONMENTS,
                time_scale=TIME_SCALE,
                only_signed=True,
                before_deploy=lambda aws: planted.plant(aws.client),
            ) as aws,
        ):
            deploy_member_roles(aws, planted)
            _introduce(aws, planted, time.monotonic() - began, console)
            names = {account.id: account.name for account in planted.accounts}
            session = Session(aws, chosen.input, names, console, runs)
            is_good = _take_inventories(Rehearsal(session, planted), chosen.runs)
            if is_good and afterwards:
                afterwards(aws)
            if chosen.keep:
                console.print(
                    f"\n  The embedded AWS keeps running at {aws.endpoint}; stop it with Ctrl-C."
                )
                while True:
                    time.sleep(3600)
    except DeploymentError as error:
        console.print(f"  [bold red]Not deployed[/]  {report.foreign(str(error))}", soft_wrap=True)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0 if is_good else 1


def _take_inventories(rehearsal: Rehearsal, runs: int) -> bool:
    expected = rehearsal.take_inventory(1, None)
    for number in range(2, runs + 1):
        if expected is None:
            return False
        rehearsal.planted.mutate(number)
        expected = rehearsal.take_inventory(number, expected)
    return expected is not None


def _introduce(aws: EmbeddedAws, planted: Organisation, seconds: float, console: Console) -> None:
    healthy = [account for account in planted.accounts if account.condition == "healthy"]
    each = f"{healthy[0].resources:,} resources each"
    console.print(
        f"  Accounts  1 hub · {len(healthy)} healthy, {each} · 3 unreachable or restricted\n"
        f"  Seed      {planted.seed}\n"
        f"  Regions   {' '.join(planted.regions)}\n"
        f"  Stack     {len(aws.stack.resources)} resources, ready in {seconds:.1f} s",
        soft_wrap=True,
    )


if __name__ == "__main__":
    exit_status = main()
    gc.freeze()  # else Python scans all of moto's objects once more at exit
    sys.exit(exit_status)

"""What must hold after any run, whatever went wrong in it."""

from collections.abc import Iterator
from dataclasses import dataclass

from cidb2.types.catalog import REGIONAL
from local.simulation.check import DELETED, compare
from local.simulation.truth import Item
from tests.faults.ground import Ran
from tests.support.world import ScopeKey


@dataclass(frozen=True)
class Verdict:
    """What a run did wrong; `is_sound` where it did nothing."""

    false_deletions: tuple[str, ...]
    silent_gaps: tuple[str, ...]
    forgotten: tuple[str, ...]

    @property
    def is_sound(self) -> bool:
        return not (self.false_deletions or self.silent_gaps or self.forgotten)


def judge(
    ran: Ran, scopes: frozenset[ScopeKey], beside: frozenset[str | None] = frozenset()
) -> Verdict:
    """Judge a run that was to collect `scopes`, while those `beside` it did so too.

    A gap is silent where the inventory is not what stands in the accounts, and neither the run's
    failure, nor the scope's row, nor the item itself, nor the reconciliation says so.
    """
    standing = ran.expected.found
    report = compare(standing, ran.after, ran.expected.hidden)
    return Verdict(
        tuple(report.falsely_deleted),
        tuple(_silent_gaps(ran, scopes, beside)),
        tuple(_forgotten(ran)),
    )


def _silent_gaps(
    ran: Ran, scopes: frozenset[ScopeKey], beside: frozenset[str | None]
) -> Iterator[str]:
    """Name what is missing, and what nothing tells of."""
    if ran.execution.status != "SUCCEEDED" and not ran.scopes:
        return  # the run itself says that there is none
    told = {(service, account) for service, account, region in ran.scopes if region == "*"}
    for scope in sorted(scopes - ran.scopes.keys()):
        if scope[:2] not in told and ran.execution.status == "SUCCEEDED":
            yield f"no row: {'/'.join(scope)}"
    if ran.execution.status == "SUCCEEDED":
        for scope, row in ran.scopes.items():
            covered = ran.coverage.get(scope) or {}
            if covered.get("lastRunId") in beside - {ran.run_id}:
                continue
            if (covered.get("lastRunId"), covered.get("lastOutcome")) != (
                ran.run_id,
                row["outcome"],
            ):
                yield f"stale coverage: {'/'.join(scope)}"
    if not ran.output.get("reconciled", False) and ran.output:
        return
    for arn, names in _differences(ran):
        found = ran.scopes.get(scope_of(ran.expected.found.get(arn) or ran.after[arn]))
        if found and found["outcome"] == "COMPLETE" and ran.execution.status == "SUCCEEDED":
            yield f"differs in a complete scope: {arn}: {', '.join(names)}"


def _differences(ran: Ran) -> Iterator[tuple[str, list[str]]]:
    """Yield what differs from the truth and is not named as unreadable on its item."""
    report = compare(ran.expected.found, ran.after, ran.expected.hidden)
    for arn in (*report.missing, *report.surplus):
        yield arn, ["there or not"]
    for arn, names in report.differing.items():
        unreadable = tuple(ran.after[arn].get("unreadable", {}))
        untold = [name for name in names if not _is_told(name, unreadable)]
        if untold:
            yield arn, untold


def _is_told(difference: str, unreadable: tuple[str, ...]) -> bool:
    """Tell whether a difference is within what is unreadable, or comes of all of it together."""
    name = difference.removeprefix("unreadable: ")
    return name.startswith(unreadable) or any(one.startswith(f"{name}.") for one in unreadable)


def _forgotten(ran: Ran) -> Iterator[str]:
    """Name what was known of a standing resource and is neither kept nor brought up to date.

    Of some resources, only what their planters say is known of the truth.
    """
    for arn, known in ran.before.items():
        truth = ran.expected.found.get(arn)
        if truth is None or known["configurationItemStatus"] == DELETED:
            continue
        now = ran.after.get(arn)
        if now is None:
            yield arn
            continue
        for name in ("resourceName", "tags", "configuration"):
            if name in truth and now.get(name) not in (known.get(name), truth[name]):
                yield f"{arn}: {name}"
        fields = truth.get("supplementaryConfiguration", {})
        for name, value in known["supplementaryConfiguration"].items() if fields else ():
            if now["supplementaryConfiguration"].get(name) not in (value, fields.get(name)):
                yield f"{arn}: {name}"


def scope_of(item: Item) -> ScopeKey:
    """Return the scope that an item is listed in."""
    service = item["resourceType"].split("::")[1].lower()
    region = item["awsRegion"] if REGIONAL[service] else "global"
    return service, item["accountId"], region

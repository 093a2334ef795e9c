"""The fault matrix: every operation that the system calls, times everything that AWS may answer.

After each fault nothing is marked deleted that exists, what was known is still there, every gap is
told with its reason, the run ends as it is meant to, and a clean run brings the table to the truth.
"""

import itertools
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from zlib import crc32

import pytest

from tests.faults.bending import TOKEN_EXPIRES
from tests.faults.expected import Expected, expected, scopes_of, services_of
from tests.faults.ground import Ground, Ran
from tests.faults.hostile import expected_of, harm, rounds, untold
from tests.faults.injection import (
    DENIAL,
    DROPPED,
    FAULTS,
    SCENARIOS,
    SCP,
    SERVER_ERROR,
    THROTTLING,
    TIMEOUT,
    Scenario,
    inject,
)
from tests.faults.judge import judge
from tests.faults.odd_content import SURROGATE
from tests.faults.operations import MEMBER, Operation, recorded
from tests.support.world import PLANTED_SERVICES

OPERATIONS = recorded()
ONCE, FOR_GOOD = "once", "for good"
WORLDS = 2
FAST = {
    ("collector dynamodb:Query inventory by-scope", THROTTLING, FOR_GOOD),
    ("collector sns:PublishBatch", DENIAL, FOR_GOOD),
    ("member kms kms:ListKeys", SCP, FOR_GOOD),
    ("member ec2 ec2:DescribeInstances", SERVER_ERROR, FOR_GOOD),
    ("member ec2 ec2:DescribeRegions", TIMEOUT, ONCE),
    ("member s3 s3:ListBuckets", DROPPED, FOR_GOOD),
    ("initializer organizations:ListAccounts", DENIAL, FOR_GOOD),
    ("state machine lambda:Invoke S3CollectorFunction", TIMEOUT, FOR_GOOD),
}
"""Each fault, and each part of a run, once."""

FAST_HARMS = (TOKEN_EXPIRES, SURROGATE)
"""The first run of each of these; that of a listing harms all five collectors."""


def cases() -> Iterator[object]:
    """Yield every operation with every fault; what is not in the fast subset is slow."""
    known = {str(operation) for operation in OPERATIONS}
    assert {name for name, *_ in FAST} <= known
    for operation in OPERATIONS:
        faults = (*FAULTS, SCP) if can_be_closed_by_scp(operation) else FAULTS
        for fault, duration in itertools.product(faults, (ONCE, FOR_GOOD)):
            if (fault, duration) == (SCP, ONCE):
                continue  # a policy does not come and go
            name = str(operation)
            is_fast = (name, fault, duration) in FAST
            marks = [] if is_fast else slow(crc32(name.encode()))
            yield pytest.param(
                operation, fault, duration, id=f"{name}-{fault}-{duration}", marks=marks
            )


def harmful_cases() -> Iterator[object]:
    """Yield every harm that needs no failure; what is not in the fast subset is slow."""
    met = set[str]()
    for number, (kind, operations) in enumerate(rounds(OPERATIONS)):
        is_fast = kind in FAST_HARMS and kind not in met
        met.add(kind)
        marks = [] if is_fast else slow(number)
        names = "+".join(operation.name for operation in operations)
        yield pytest.param(kind, operations, id=f"{kind}-{names}", marks=marks)


def slow(number: int) -> list[pytest.MarkDecorator]:
    """Return the marks of a case of `make test-faults`, whose number decides its world."""
    return [pytest.mark.xdist_group(f"matrix-{number % WORLDS}"), pytest.mark.slow]


def can_be_closed_by_scp(operation: Operation) -> bool:
    return operation.caller.startswith(MEMBER) or operation.name == "AssumeRole"


@pytest.fixture
def services(request: pytest.FixtureRequest) -> tuple[str, ...]:
    """The services that a case collects: those of its operations, and one that must stay unharmed.

    What all collectors do in the hub is tried with KMS, which is listed by region, and S3, which is
    not and has a resource that is too large for a message.
    """
    given = request.node.callspec.params
    operations = given["operations"] if "operations" in given else [given["operation"]]
    harmed = {service for one in operations for service in services_of(one)} or {"s3"}
    unharmed = "iam" if harmed == {"kms"} else "kms"
    return tuple(service for service in PLANTED_SERVICES if service in harmed | {unharmed})


@pytest.mark.parametrize(("operation", "fault", "duration"), [*cases()])
def test_a_fault_deletes_nothing_hides_nothing_and_is_healed(
    ready: Ground,
    operation: Operation,
    fault: str,
    duration: str,
    record_property: Callable[[str, object], None],
) -> None:
    scenario = SCENARIOS[OPERATIONS[operation]]
    wanted = scenario.wanted(ready)
    times = 1 if duration == ONCE else None
    with inject(ready, operation, fault, times) as rule, scenario.premise(ready):
        ran = ready.run(wanted)
    assert rule.hits, "the fault was never met"
    assert_sound(ready, ran, [operation], fault, record_property)
    check(ready, ran, expected(ready, operation, fault, once=duration == ONCE), scenario)
    ready.settle(ran)


@pytest.mark.parametrize(("kind", "operations"), [*harmful_cases()])
def test_what_harms_without_failing_is_told_and_costs_no_more_than_itself(
    ready: Ground,
    kind: str,
    operations: tuple[Operation, ...],
    record_property: Callable[[str, object], None],
) -> None:
    scenario = SCENARIOS[OPERATIONS[operations[0]]]
    wanted = scenario.wanted(ready)
    with scenario.premise(ready), ExitStack() as entered:
        harms = [entered.enter_context(harm(ready, one, kind)) for one in operations]
        ran = told = ready.run(wanted)
    for operation, met in zip(operations, harms, strict=True):
        assert met.is_met, f"{operation} was never called"
        told = met.true_of(told)
    assert_sound(ready, told, operations, kind, record_property)
    check(ready, told, expected_of(ready, operations, kind), scenario)
    assert not [*untold(ready, ran, operations, kind)]
    ready.settle(ran)


def assert_sound(
    ground: Ground,
    ran: Ran,
    operations: Sequence[Operation],
    fault: str,
    record_property: Callable[[str, object], None],
) -> None:
    """Judge a run and count what it did wrong."""
    verdict = judge(ran, frozenset(ground.clean))
    record_property("operations", [*map(str, operations)])
    record_property("fault", fault)
    record_property("false deletions", len(verdict.false_deletions))
    record_property("silent gaps", len(verdict.silent_gaps))
    assert verdict.is_sound, verdict


def check(ground: Ground, ran: Ran, wanted: Expected, scenario: Scenario) -> None:
    """Compare how a run ended with how it has to end."""
    execution = ran.execution
    if wanted.failure:
        error, cause = wanted.failure
        assert (execution.status, execution.error) == ("FAILED", error), execution
        assert cause in (execution.cause or ""), execution.cause
        return
    assert execution.status == "SUCCEEDED", (execution.error, execution.cause)
    premise = dict.fromkeys(scopes_of(ground, scenario.services), ("FAILED", scenario.reason))
    usual = ground.clean | premise
    differing = {key: now for key, now in ran.outcomes.items() if now != usual.get(key)}
    allowed = {(outcome, wanted.reason) for outcome in wanted.outcomes}
    assert differing.keys() <= wanted.scopes, differing
    assert set(differing.values()) <= allowed, differing
    if wanted.some:
        assert differing or wanted.either, "no scope tells of the fault"
    else:
        assert differing.keys() == wanted.scopes, ran.outcomes
    is_whole = not premise and not differing
    assert ran.output["status"] == ("COMPLETE" if is_whole else "PARTIAL")
    if not scenario.costs_fields:
        is_told = wanted.either and bool(differing)
        check_unreadable(ran, replace(wanted, unreadable=None) if is_told else wanted)
    check_stored(ran, wanted)


def check_unreadable(ran: Ran, wanted: Expected) -> None:
    """Assert that fields are unreadable for the right reason, beside those that always are."""
    counts = Counter[str]()
    for row in ran.scopes.values():
        counts.update(row["unreadableReasons"])
    always = Counter({"ACCESS_DENIED": 2})  # the key that is sealed
    if wanted.unreadable is None:
        assert not counts - always, counts
    else:
        assert counts[wanted.unreadable] > always[wanted.unreadable], counts
        assert counts.keys() <= {wanted.unreadable, "ACCESS_DENIED"}, counts


def check_stored(ran: Ran, wanted: Expected) -> None:
    totals = ran.output["totals"]
    reconciled, difference = ran.output["reconciled"], totals["difference"]
    match wanted.stored:
        case "dead-lettered":
            assert not reconciled
            assert totals["deadLettered"] > 0
            assert totals["deadLettered"] + totals["stored"] == totals["published"]
        case "uncounted":
            assert not reconciled
            assert difference == totals["published"] - totals["stored"] > 0
        case _:
            assert reconciled, totals

"""Every function killed at random points: nothing is lost for longer than until the next run.

The points are drawn from seeds, which the tests' names show; CIDB2_SEED=<seed> replays one.
"""

import os
from collections import Counter
from random import Random

import pytest

from cidb2.services import COLLECTORS
from local.gateway.call import Call
from tests.faults.ground import Ground
from tests.faults.judge import judge
from tests.support.services import functions_for
from tests.support.world import PLANTED_SERVICES, PublishRequest


def services_of(function: str) -> tuple[str, ...]:
    """Return the services that a function collects."""
    return COLLECTORS.get(function.removesuffix("CollectorFunction").lower(), ())


FUNCTIONS = tuple(f"{name}Function" for name in functions_for(PLANTED_SERVICES))
SEEDS = 9 * len(FUNCTIONS)
FAST = tuple(
    f"{name}Function" for name in ("Initializer", "KmsCollector", "Reporter", "ResultsProcessor")
)
"""A function of each kind."""


def seeds() -> list[object]:
    """Return the seeds, the first of each function of `FAST` in the fast subset."""
    if given := os.environ.get("CIDB2_SEED"):
        return [int(given)]
    return [
        seed
        if seed < len(FUNCTIONS) and FUNCTIONS[seed] in FAST
        else pytest.param(seed, marks=pytest.mark.slow)
        for seed in range(SEEDS)
    ]


class Callers:
    """Tells which function makes a call, in the hub or in a member account."""

    def __init__(self, ground: Ground) -> None:
        stack = ground.here.aws.stack
        self._names = {stack.physical_id(name): name for name in FUNCTIONS}

    def function(self, call: Call) -> str | None:
        session = call.principal.session_name or ""
        if session.startswith("cidb2-"):
            return f"{session.split('-')[1].title()}CollectorFunction"
        return self._names.get(session)


@pytest.fixture
def services(request: pytest.FixtureRequest) -> tuple[str, ...]:
    """The services of the collector that is killed and one other; for other functions, two."""
    own = services_of(FUNCTIONS[request.node.callspec.params["seed"] % len(FUNCTIONS)])
    if not own:
        return "kms", "s3"
    other = "iam" if "kms" in own else "kms"
    return tuple(each for each in PLANTED_SERVICES if each in (*own, other))


Counts = dict[tuple[str, ...], Counter[str | None]]


@pytest.fixture(scope="module")
def counts() -> Counts:
    """The calls of each function in a run, by the run's services."""
    return {}


@pytest.fixture
def calls(ready: Ground, counts: Counts) -> Counter[str | None]:
    """Return how many calls each function makes in a run of these services."""
    if ready.services not in counts:
        callers, counted = Callers(ready), Counter[str | None]()
        with ready.here.watching(lambda call: counted.update([callers.function(call)])):
            ready.heal()
        ready.beat()
        counts[ready.services] = counted
    return counts[ready.services]


@pytest.mark.parametrize("seed", seeds())
def test_a_killed_function_loses_nothing_for_good(
    ready: Ground, calls: Counter[str | None], seed: int
) -> None:
    draw, callers = Random(seed), Callers(ready)
    function = FUNCTIONS[seed % len(FUNCTIONS)]
    point = draw.randrange(calls[function] * 9 // 10)
    kills, after = draw.choice((1, 1, 2)), draw.choice((True, False))
    rule = ready.here.aws.faults.kill(
        where=lambda call: callers.function(call) == function,
        skip=point,
        times=kills,
        after=after,
    )
    print(f"seed {seed}: {function} killed {kills} x from call {point} on, after: {after}")
    with rule, ready.here.watching_topic() as requests:
        ran = ready.run()
    assert rule.hits, "nothing was killed"
    assert judge(ran, frozenset(ready.clean)).is_sound, judge(ran, frozenset(ready.clean))
    assert repeated(requests) == []
    if function in ("InitializerFunction", "ResultsProcessorFunction"):
        assert ran.execution.status == "SUCCEEDED" or ran.execution.error == "Runtime.ExitError"
    else:
        assert ran.execution.status == "SUCCEEDED"
    if (own := services_of(function)) and ran.outcomes != ready.clean:
        told = {key[0]: row for key, row in ran.outcomes.items() if row != ready.clean.get(key)}
        assert told == dict.fromkeys({*own} & {*ready.services}, ("FAILED", "INTERNAL"))
    ready.heal()


def repeated(requests: list[PublishRequest]) -> list[str]:
    """Return what was published as a change more than once."""
    told = Counter(
        each.item["arn"]
        for request in requests
        if request.status == 200
        for each in request.publications
        if each.item["change"] != "UNCHANGED"
    )
    return [arn for arn, times in told.items() if times > 1]

"""A collector that runs out of time goes on where it stopped, with the same end as in one go."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

import pytest

from local.gateway.faults import Fault
from local.simulation.population import REGIONS, Organisation, ec2, iam, kms
from local.simulation.population.site import Site
from tests.support.world import PublishRequest, ScopeKey, Taken, World, world

PLANTED = {"iam": 210, "kms": 210, "ec2": 110}
"""Resources by service: at least two pages of each. EC2 has a page at least of each type beside."""

SERVICES = tuple(PLANTED)
REGION = REGIONS[0]

AT_ONCE = str(24 * 3600)
"""A margin, in seconds, that no invocation has: each reads as little as it can and hands over."""


@dataclass(frozen=True)
class Part:
    """One inventory: what was published in it, and how often each collector was invoked."""

    taken: Taken
    requests: list[PublishRequest]
    invocations: dict[str, int]
    outcomes: dict[ScopeKey, tuple[str, str | None]]
    differences: list[str]

    @property
    def published(self) -> Counter[str]:
        """Return how often each resource was published."""
        return Counter(each.item["arn"] for one in self.requests for each in one.publications)


@dataclass(frozen=True)
class Story:
    """Three inventories of an account: in one go, in pieces after changes, and after none.

    In the last AWS refuses tokens of EC2's listing, which then starts over.
    """

    whole: Part
    pieces: Part
    again: Part


@pytest.fixture(scope="module")
def story() -> Iterator[Story]:
    planted = Organisation(2, 0, (REGION,), seed=51)
    with world(planted, time_scale=5) as here:
        account = here.healthy()[1]
        site = Site(account, 0, (REGION,), Random(1))
        for service, number in zip((iam, kms, ec2), PLANTED.values(), strict=True):
            service.plant(site, number)
        whole = take(here, account, "full")
        hand_over_at_once(here)
        for day in range(1, 6):
            planted.mutate(day)
        pieces = take(here, account, "full")
        with tokens_refused(here, 2) as refused:
            again = take(here, account, "changes")
        assert refused.hits == 2
        yield Story(whole, pieces, again)


def take(here: World, account: str, publish: str) -> Part:
    before = {service: invocations(here, service) for service in SERVICES}
    wanted = {"accounts": [account], "services": SERVICES, "config": {"publish": publish}}
    with here.watching_topic() as requests:
        taken = here.take_inventory(wanted)
    return Part(
        taken,
        requests,
        {service: invocations(here, service) - before[service] for service in SERVICES},
        here.outcomes(taken.run_id),
        list(here.compare_services(wanted).lines()),
    )


def invocations(here: World, service: str) -> int:
    return here.aws.logs(f"{service.title()}CollectorFunction").count("START RequestId")


def hand_over_at_once(here: World) -> None:
    client = here.aws.client("lambda")
    for service in SERVICES:
        name = here.aws.stack.physical_id(f"{service.title()}CollectorFunction")
        found = client.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
        variables = found | {"CONTINUE_MARGIN_SECONDS": AT_ONCE}
        client.update_function_configuration(
            FunctionName=name, Environment={"Variables": variables}
        )


def tokens_refused(here: World, times: int) -> Fault:
    """Have EC2 refuse tokens as it does when they are not valid any more."""
    return here.aws.faults.error(
        "InvalidParameterValue",
        "Value (token) for parameter NextToken is invalid. The token is invalid.",
        service="ec2",
        operation="DescribeInstances",
        where=lambda call: "NextToken" in call.parameters,
        times=times,
    )


@pytest.fixture(params=["whole", "pieces", "again"])
def part(request: pytest.FixtureRequest, story: Story) -> Part:
    found: Part = getattr(story, request.param)
    return found


def test_a_collector_with_little_time_is_invoked_again_until_it_is_done(story: Story) -> None:
    assert story.whole.invocations == dict.fromkeys(SERVICES, 1)
    for part in (story.pieces, story.again):
        assert part.invocations["iam"] >= 3
        assert part.invocations["kms"] >= 2
        assert part.invocations["ec2"] >= 3


def test_the_table_is_the_truth_however_many_invocations_it_took(part: Part) -> None:
    assert part.differences == []
    assert part.taken.summary["status"] == "COMPLETE"
    assert set(part.outcomes.values()) == {("COMPLETE", None)}


def test_each_resource_is_published_once(story: Story) -> None:
    for part in (story.whole, story.pieces):
        assert set(part.published.values()) == {1}
        totals = part.taken.totals
        assert len(part.published) == totals["published"] == totals["items"] + totals["deleted"]
        assert totals["published"] == totals["stored"]
        assert (totals["duplicate"], totals["failed"], totals["difference"]) == (0, 0, 0)


def test_what_came_and_went_is_found_over_all_invocations(story: Story) -> None:
    whole, pieces = story.whole.taken.totals, story.pieces.taken.totals
    assert (whole["changed"], whole["unchanged"], whole["deleted"]) == (0, 0, 0)
    assert pieces["created"] > 0
    assert pieces["changed"] > 0
    assert pieces["deleted"] > 0
    assert pieces["items"] == whole["items"] + pieces["created"] - pieces["deleted"]
    assert pieces["items"] == pieces["created"] + pieces["changed"] + pieces["unchanged"]


def test_nothing_is_taken_for_changed_or_gone_that_is_not(story: Story) -> None:
    again = story.again.taken.totals
    assert story.again.requests == []
    assert again["unchanged"] == again["items"] == story.pieces.taken.totals["items"]
    assert (again["created"], again["changed"], again["deleted"]) == (0, 0, 0)


def test_the_statistics_of_all_invocations_are_added_up(part: Part) -> None:
    for service in SERVICES:
        publishing = part.taken.summary["services"][service]["publishing"]
        own = [one for one in part.requests if one.publications[0].attributes["service"] == service]
        assert publishing["requests"] == len(own)
        assert publishing["bytes"] == sum(one.size for one in own)
        assert publishing["messages"] == sum(len(one.publications) for one in own)

"""Roles that are not as they have to be: the right reason, and nothing else touched."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from cidb2.types.catalog import REGIONAL
from local.simulation.population import Organisation
from tests.faults.ground import PLACES, TIME_SCALE
from tests.support.world import PLANTED_SERVICES, Row, ScopeKey, Taken, World, world

ANOTHER_ID, ANOTHER_TRUST, ONE_ACTION_LESS = "234567890123", "345678901234", "456789012345"
MISSING = "kms:ListKeys"


@dataclass(frozen=True)
class Story:
    """A run in which three roles are wrong, and what stood in the inventory before it."""

    here: World
    taken: Taken
    before: dict[tuple[str, str], Row]

    @property
    def outcomes(self) -> dict[ScopeKey, tuple[str, str | None]]:
        return self.here.outcomes(self.taken.run_id)

    def of(self, account: str) -> dict[tuple[str, str], tuple[str, str | None]]:
        """Return what became of an account, by service and region."""
        return {
            (service, region): outcome
            for (service, owner, region), outcome in self.outcomes.items()
            if owner == account
        }


@pytest.fixture(scope="module")
def story() -> Iterator[Story]:
    planted = Organisation(3, 12, PLACES, seed=9)
    planted.accounts = [one for one in planted.accounts if one.condition in ("hub", "healthy")]
    with world(planted, time_scale=TIME_SCALE) as here:
        first = here.take_inventory()
        assert first.summary["status"] == "COMPLETE"
        trust(here, ANOTHER_ID, "Condition", {"StringEquals": {"sts:ExternalId": "another"}})
        stranger = {"AWS": "arn:aws:iam::123456789012:role/stranger"}
        trust(here, ANOTHER_TRUST, "Principal", stranger)
        service, _, operation = MISSING.partition(":")
        before = here.inventory_rows()
        planted.mutate(1)
        with here.aws.faults.deny(service=service, operation=operation, account=ONE_ACTION_LESS):
            yield Story(here, here.take_inventory(), before)


def trust(here: World, account: str, part: str, value: Any) -> None:
    """Change the trust policy of an account's collector role."""
    iam = here.aws.client("iam", account)
    role = here.aws.stack.outputs["CollectorRoleName"]
    document = iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]
    document["Statement"][0][part] = value
    iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(document))


@pytest.mark.parametrize("account", [ANOTHER_ID, ANOTHER_TRUST])
def test_a_role_that_will_not_have_the_collectors_is_denied_in_every_scope(
    story: Story, account: str
) -> None:
    outcomes = story.of(account)
    assert {service for service, _ in outcomes} == set(PLANTED_SERVICES)
    assert set(outcomes.values()) == {("FAILED", "ROLE_DENIED")}


def test_a_role_that_lacks_one_action_costs_what_needs_it_and_no_more(story: Story) -> None:
    outcomes = story.of(ONE_ACTION_LESS)
    lacking = {key: one for key, one in outcomes.items() if key[0] == "kms"}
    assert lacking == {("kms", region): ("FAILED", "ACCESS_DENIED") for region in PLACES}
    others = [one for key, one in outcomes.items() if key not in lacking]
    assert len(others) == sum(
        len(PLACES) if REGIONAL[name] else 1 for name in PLANTED_SERVICES if name != "kms"
    )
    assert set(others) == {("COMPLETE", None)}


def test_what_was_known_where_nobody_could_look_stands_as_it_stood(story: Story) -> None:
    blind = {key for key, (outcome, _) in story.outcomes.items() if outcome == "FAILED"}
    after = story.here.inventory_rows()
    held = 0
    for (arn, sk), row in story.before.items():
        service, account, region = scope = scope_of(row)
        if scope in blind:
            assert after[arn, sk] == row, (service, account, region)
            held += 1
    assert held > 10
    new = {key for key in after.keys() - story.before.keys() if scope_of(after[key]) in blind}
    assert not new


def test_everybody_else_is_collected_to_the_last_field(story: Story) -> None:
    outcomes = story.of("123456789012")
    assert set(outcomes.values()) == {("COMPLETE", None)}
    spared = {"accounts": ["123456789012", ONE_ACTION_LESS], "services": ["iam", "ec2", "s3"]}
    assert list(story.here.compare_services(spared).lines()) == []
    assert story.taken.summary["status"] == "PARTIAL"


def scope_of(row: Row) -> ScopeKey:
    account, service, region = row["scope"].split("/")
    return service, account, region

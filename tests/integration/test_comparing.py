"""A run against what the table knows: created, changed, unchanged, deleted, held back."""

import pytest

from tests.support.aws import MEMBER, client
from tests.support.hub import Hub, run_state
from tests.support.instances import FIRST, SCOPE, SECOND, THIRD, arn, reservations, statuses
from tests.support.wire import Wire

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("one_listing_each")]


def test_a_second_run_tells_created_changed_unchanged_and_deleted(hub: Hub, wire: Wire) -> None:
    wire.answers("DescribeInstances", reservations(range(1, 4)))
    hub.take("ec2", run=run_state(FIRST))
    changed = reservations(range(2, 3), InstanceType="m7g.large")["Reservations"]
    rest = [*reservations(range(3, 4))["Reservations"], *reservations(range(4, 5))["Reservations"]]
    wire.answers("DescribeInstances", {"Reservations": [*changed, *rest]})
    items = hub.take("ec2", run=run_state(SECOND))
    assert {each: item["change"] for each, item in items.items()} == {
        arn(1): "DELETED",
        arn(2): "CHANGED",
        arn(3): "UNCHANGED",
        arn(4): "CREATED",
    }
    row = hub.scopes(SECOND)[SCOPE]
    figures = {name: row[name] for name in ("created", "changed", "unchanged", "deleted", "items")}
    assert figures == {"created": 1, "changed": 1, "unchanged": 1, "deleted": 1, "items": 3}
    assert row["published"] == 4
    versions = [each["pk"] for each in hub.inventory() if each["sk"].startswith("version#")]
    assert sorted(versions) == [arn(1), arn(1), arn(2), arn(2), arn(3), arn(4)]


def test_lists_that_aws_hands_out_in_another_order_are_no_change(hub: Hub, wire: Wire) -> None:
    groups = [{"GroupId": "sg-1", "GroupName": "a"}, {"GroupId": "sg-2", "GroupName": "b"}]
    tags = [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]
    for run, step in ((FIRST, 1), (SECOND, -1)):
        wire.answers(
            "DescribeInstances",
            reservations(range(1), SecurityGroups=groups[::step], Tags=tags[::step]),
        )
        hub.take("ec2", run=run_state(run))
    assert hub.items()[arn(0)]["change"] == "UNCHANGED"


def test_a_run_that_publishes_changes_leaves_out_what_did_not_change(hub: Hub, wire: Wire) -> None:
    wire.answers("DescribeInstances", reservations(range(1, 3)))
    hub.take("ec2", run=run_state(FIRST))
    wire.answers("DescribeInstances", reservations(range(2, 4)))
    hub.collect("ec2", run=run_state(SECOND, publish="changes"))
    changes = {each: item["change"] for each, item in hub.published().items()}
    assert changes == {arn(1): "DELETED", arn(3): "CREATED"}
    row = hub.scopes(SECOND)[SCOPE]
    assert (row["items"], row["unchanged"], row["published"]) == (2, 1, 2)


def test_a_run_that_publishes_changes_tells_that_a_field_became_unreadable(
    hub: Hub, wire: Wire
) -> None:
    client("kms", MEMBER).create_key()
    hub.take("kms", run=run_state(FIRST, publish="changes"))
    wire.refuses("GetKeyPolicy", "AccessDeniedException")
    hub.collect("kms", run=run_state(SECOND, publish="changes"))
    [item] = hub.published().values()
    assert (item["change"], {*item["unreadable"]}) == (
        "UNCHANGED",
        {"supplementaryConfiguration.Policy"},
    )


def test_a_resource_that_returns_is_created_again_and_keeps_its_history(
    hub: Hub, wire: Wire
) -> None:
    for run, numbers in ((FIRST, range(1)), (SECOND, range(0)), (THIRD, range(1))):
        wire.answers("DescribeInstances", reservations(numbers))
        hub.take("ec2", run=run_state(run))
    assert hub.items()[arn(0)]["change"] == "CREATED"
    versions = sorted(
        (row["sk"], row["change"]) for row in hub.inventory() if row["sk"].startswith("version#")
    )
    assert [change for _, change in versions] == ["CREATED", "DELETED", "CREATED"]


@pytest.mark.parametrize(
    ("known", "left", "deleted"), [(30, 9, 0), (30, 10, 20), (50, 25, 25), (50, 24, 0), (20, 0, 20)]
)
def test_more_than_half_and_more_than_twenty_deletions_are_held_back(
    hub: Hub, wire: Wire, known: int, left: int, deleted: int
) -> None:
    wire.answers("DescribeInstances", reservations(range(known)))
    hub.take("ec2", run=run_state(FIRST))
    wire.answers("DescribeInstances", reservations(range(left)))
    hub.take("ec2", run=run_state(SECOND))
    assert [*statuses(hub).values()].count("ResourceDeleted") == deleted
    row = hub.scopes(SECOND)[SCOPE]
    assert row["deleted"] == deleted
    expected = ("COMPLETE", None) if deleted else ("PARTIAL", "SUSPECT_MASS_DELETION")
    assert (row["outcome"], row.get("reason")) == expected


def test_an_operator_may_allow_many_deletions(hub: Hub, wire: Wire) -> None:
    wire.answers("DescribeInstances", reservations(range(30)))
    hub.take("ec2", run=run_state(FIRST))
    wire.answers("DescribeInstances", reservations(range(0)))
    hub.take("ec2", run=run_state(SECOND, allow_mass_deletion=True))
    assert {*statuses(hub).values()} == {"ResourceDeleted"}
    assert hub.scopes(SECOND)[SCOPE]["outcome"] == "COMPLETE"

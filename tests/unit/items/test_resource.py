"""A resource's hash says what it is, not how it is used nor what could not be read today."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cidb2.items.item import Change
from cidb2.items.resource import Resource
from tests.support.builders import a_resource, an_item
from tests.support.strategies import json_objects, json_values

VOLATILE = frozenset({"configuration.LastUsed"})


@given(json_objects, json_values, json_values)
def test_volatile_fields_never_change_the_hash(
    configuration: dict[str, Any], before: Any, after: Any
) -> None:
    one, other = (
        a_resource(
            configuration=configuration | {"LastUsed": used},
            volatile=VOLATILE,
        )
        for used in (before, after)
    )
    unused = a_resource(configuration={**configuration}, volatile=VOLATILE)
    assert one.content_hash == other.content_hash
    if "LastUsed" not in configuration:
        assert unused.content_hash == one.content_hash


def test_the_order_of_a_list_counts_only_where_a_collector_says_so() -> None:
    one, other = {"Layers": [{"Arn": "a"}, {"Arn": "b"}]}, {"Layers": [{"Arn": "b"}, {"Arn": "a"}]}
    ordered = {"ordered": frozenset({"configuration.Layers"})}
    assert hash_of(one) == hash_of(other)
    assert hash_of(one, **ordered) != hash_of(other, **ordered)
    assert hash_of({"Tags": [1, 2]}, **ordered) == hash_of({"Tags": [2, 1]}, **ordered)
    assert hash_of({"Layers": {"a": 1, "b": 2}}, **ordered) == hash_of(
        {"Layers": {"b": 2, "a": 1}}, **ordered
    )


def test_order_may_count_deep_within() -> None:
    def containers(*commands: list[str]) -> Any:
        return {"containers": [{"command": each, "links": each} for each in commands]}

    ordered = {"ordered": frozenset({"configuration.containers.command"})}
    one = hash_of(containers(["rm", "-r"], ["ls"]), **ordered)
    assert hash_of(containers(["-r", "rm"], ["ls"]), **ordered) != one
    assert hash_of(containers(["ls"], ["rm", "-r"]), **ordered) == one
    assert hash_of(containers(["rm", "-r"], ["ls"])) != one


def hash_of(configuration: dict[str, Any], **changes: Any) -> str:
    return a_resource(configuration=configuration, **changes).content_hash


def test_volatile_fields_are_kept() -> None:
    resource = a_resource(configuration={"LastUsed": "today"}, volatile=VOLATILE)
    assert resource.configuration == {"LastUsed": "today"}


@pytest.mark.parametrize(
    "change",
    [
        {"resource_type": "AWS::KMS::Alias"},
        {"resource_id": "other"},
        {"resource_name": None},
        {"region": "eu-west-2"},
        {"configuration": {"Enabled": False}},
        {"configuration": None},
        {"supplementary": {"Policy": None}},
        {"supplementary": {}},
        {"tags": {"team": "other"}},
        {"tags": {}},
        {"tags": None},
    ],
)
def test_whatever_describes_the_resource_changes_the_hash(change: dict[str, Any]) -> None:
    assert a_resource(**change).content_hash != a_resource().content_hash


def test_when_it_was_read_does_not_change_the_hash() -> None:
    later = a_resource(captured_at=datetime(2030, 1, 1, tzinfo=UTC))
    assert later.content_hash == a_resource().content_hash


def test_times_are_json_from_the_start() -> None:
    created = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    resource = a_resource(configuration={"Created": created}, supplementary={"Since": created})
    assert resource.configuration == {"Created": "2026-01-02T03:04:05Z"}
    assert resource.supplementary == {"Since": "2026-01-02T03:04:05Z"}


YESTERDAY: dict[str, Any] = {
    "resource_name": "alias/mine",
    "configuration": {"Enabled": True, "LastUsed": "yesterday"},
    "supplementary": {"Policy": {"a": [1, 2]}, "Rotation": None, "Aliases": ["x"]},
    "tags": {"team": "payments"},
    "volatile": VOLATILE,
}
FIELDS = (
    "tags",
    "resourceName",
    "configuration",
    "supplementaryConfiguration.Policy",
    "supplementaryConfiguration.Rotation",
    "supplementaryConfiguration.Aliases",
)


def denied(fields: set[str]) -> Resource:
    """Return yesterday's resource with fields that today's reader was refused."""
    prefix = "supplementaryConfiguration."
    return a_resource(
        **YESTERDAY
        | {
            "resource_name": None if "resourceName" in fields else YESTERDAY["resource_name"],
            "configuration": None if "configuration" in fields else YESTERDAY["configuration"],
            "tags": None if "tags" in fields else YESTERDAY["tags"],
            "supplementary": {
                name: value
                for name, value in YESTERDAY["supplementary"].items()
                if prefix + name not in fields
            },
        },
        unreadable=dict.fromkeys(sorted(fields), "AccessDenied"),
    )


def known() -> Any:
    yesterday = a_resource(**YESTERDAY)
    return an_item(
        change=Change.CREATED,
        resourceName=yesterday.resource_name,
        configuration=yesterday.configuration,
        supplementaryConfiguration=yesterday.supplementary,
        tags=yesterday.tags,
    )


@given(st.sets(st.sampled_from(FIELDS)))
def test_fields_that_are_denied_today_leave_the_hash_as_yesterday(fields: set[str]) -> None:
    remembered = denied(fields).remembering(known())
    assert remembered.content_hash == a_resource(**YESTERDAY).content_hash
    assert remembered.unreadable_codes == dict.fromkeys(fields, "AccessDenied")


def test_only_what_is_unreadable_is_remembered() -> None:
    today = a_resource(
        tags={"team": "new"},
        configuration={"Enabled": False},
        supplementary={"Rotation": None},
        unreadable={"supplementaryConfiguration.Policy": "AccessDenied"},
    )
    remembered = today.remembering(known())
    assert remembered.tags == {"team": "new"}
    assert remembered.configuration == {"Enabled": False}
    assert remembered.supplementary == {"Rotation": None, "Policy": {"a": [1, 2]}}
    assert remembered.resource_name == today.resource_name


def test_a_field_that_was_never_read_stays_unknown() -> None:
    today = a_resource(unreadable={"supplementaryConfiguration.Acl": "AccessDenied"})
    assert "Acl" not in today.remembering(known()).supplementary


def test_not_configured_and_unreadable_are_two_things() -> None:
    absent = a_resource(supplementary={"Policy": None})
    unknown = a_resource(
        supplementary={}, unreadable={"supplementaryConfiguration.Policy": "AccessDenied"}
    )
    assert absent.content_hash != unknown.content_hash


def test_times_in_a_services_own_format_are_told_in_utc_and_what_is_none_stays() -> None:
    told = a_resource(
        configuration={"createdAt": "2026-11-24T04:48:30+01:00", "endsAt": "never", "name": "a"},
        moments=frozenset({"createdAt", "endsAt", "deletedAt"}),
    )
    assert told.configuration == {
        "createdAt": "2026-11-24T03:48:30Z",
        "endsAt": "never",
        "name": "a",
    }

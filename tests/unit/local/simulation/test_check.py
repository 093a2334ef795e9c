"""local.simulation.check finds every kind of difference, and only differences."""

import copy
from typing import Any

import pytest

from local.simulation.check import Changes, compare, difference
from local.simulation.truth import Item

ARN = "arn:aws:s3:::mine"
OTHER = "arn:aws:s3:::other"


def item(arn: str = ARN, **changes: Any) -> Item:
    return {
        "arn": arn,
        "accountId": "234567890123",
        "awsRegion": "eu-west-1",
        "resourceType": "AWS::S3::Bucket",
        "resourceId": "mine",
        "resourceName": None,
        "tags": {"Größe": "7"},
        "configuration": {"Name": "mine", "Nested": [{"A": 1}, {"B": []}]},
        "supplementaryConfiguration": {"Policy": None, "Acl": []},
        "unreadable": (),
        **changes,
    }


def stored(arn: str = ARN, **changes: Any) -> Item:
    row = item(arn) | {"configurationItemStatus": "OK", "unreadable": {}, "runId": "r"} | changes
    del row["resourceName"]  # a null is not kept in a row
    return copy.deepcopy(row)


def test_equal_items_have_no_differences() -> None:
    report = compare({ARN: item()}, {ARN: stored()})
    assert report.is_equal
    assert (report.resources, report.fields) == (1, 12)
    assert not list(report.lines())


def test_a_missing_resource_is_named() -> None:
    report = compare({ARN: item(), OTHER: item(OTHER)}, {ARN: stored()})
    assert (report.missing, report.differences) == ([OTHER], 1)
    assert list(report.lines()) == [f"missing          {OTHER}"]


def test_a_surplus_resource_is_named() -> None:
    report = compare({ARN: item()}, {ARN: stored(), OTHER: stored(OTHER)})
    assert (report.surplus, report.differences) == ([OTHER], 1)


@pytest.mark.parametrize(
    ("field", "value", "named"),
    [
        ("awsRegion", "eu-west-2", "awsRegion"),
        ("resourceName", "mine", "resourceName"),
        ("tags", {"Größe": "8"}, "tags.Größe"),
        ("tags", {"Größe": "7", "New": ""}, "tags.New"),
        ("supplementaryConfiguration", {"Acl": []}, "supplementaryConfiguration.Policy"),
        (
            "supplementaryConfiguration",
            {"Policy": None, "Acl": {}},
            "supplementaryConfiguration.Acl",
        ),
        ("unreadable", {"tags": "AccessDenied"}, "unreadable: tags"),
    ],
)
def test_one_differing_field_is_named(field: str, value: Any, named: str) -> None:
    report = compare({ARN: item()}, {ARN: stored() | {field: value}})
    assert report.differing == {ARN: [named]}
    assert not report.is_equal


def test_a_difference_deep_inside_is_named_by_its_path() -> None:
    row = stored()
    row["configuration"]["Nested"][0]["A"] = 2
    report = compare({ARN: item()}, {ARN: row})
    assert list(report.lines()) == [f"differs          {ARN}: configuration.Nested[0].A"]


def test_what_nobody_can_read_is_excused_where_the_item_says_so() -> None:
    truth = item(unreadable=("configuration",))
    excused = stored(configuration=None, unreadable={"configuration": "AccessDenied"})
    assert compare({ARN: truth}, {ARN: excused}).is_equal
    silent = stored(configuration=None)
    assert not compare({ARN: truth}, {ARN: silent}).is_equal


def test_hidden_resources_may_be_missing_or_kept_but_not_deleted() -> None:
    gone = stored(OTHER, configurationItemStatus="ResourceDeleted")
    assert compare({}, {}, hidden=[OTHER]).is_equal
    assert compare({}, {OTHER: stored(OTHER)}, hidden=[OTHER]).is_equal
    assert compare({}, {OTHER: gone}, hidden=[OTHER]).falsely_deleted == [OTHER]


def test_a_tombstone_is_right_for_what_is_gone_and_wrong_for_what_stands() -> None:
    gone = stored(configurationItemStatus="ResourceDeleted")
    assert compare({}, {ARN: gone}).is_equal
    assert compare({ARN: item()}, {ARN: gone}).falsely_deleted == [ARN]


def test_difference_names_what_was_created_changed_and_deleted() -> None:
    before = {ARN: item(), OTHER: item(OTHER)}
    after = {ARN: item(tags={}), "new": item("new")}
    changes = difference(before, after)
    assert changes == Changes(frozenset({"new"}), frozenset({ARN}), frozenset({OTHER}))

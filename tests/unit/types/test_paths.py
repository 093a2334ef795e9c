"""Paths and conditions: what stands there, and nothing where something else does."""

from typing import Any

import pytest

from cidb2.types.conditions import Condition
from cidb2.types.paths import at, check_path, first, values

ENTRY = {
    "Id": "/hostedzone/Z1",
    "Groups": [{"GroupId": "sg-1"}, {"GroupId": "sg-2"}, {}],
    "Rules": [{"Pairs": [{"Id": "a"}]}, {"Pairs": [{"Id": "b"}, {"Id": None}]}],
    "Variables": {"A": {"Value": 1}, "B": {"Value": 2}},
    "Engine": "neptune",
    "Count": 0,
}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("Id", ["/hostedzone/Z1"]),
        ("Id/", ["Z1"]),
        ("Count", [0]),
        ("Groups.GroupId", ["sg-1", "sg-2"]),
        ("Rules.Pairs.Id", ["a", "b"]),
        ("Variables.*.Value", [1, 2]),
        ("Groups.GroupId/", ["sg-1", "sg-2"]),
        ("Missing", []),
        ("Id.Missing", []),
        ("Groups.GroupId.Missing", []),
        ("Variables/", []),
    ],
)
def test_a_path_leads_through_lists_and_maps_and_past_what_is_missing(
    path: str, found: list[Any]
) -> None:
    assert [*values(path, ENTRY)] == found
    assert first(path, ENTRY) == next(iter(found), None)


def test_a_value_may_be_meant_itself() -> None:
    assert [*values("@", "a-table")] == ["a-table"]
    assert [*values("@/", "https://sqs/1/a-queue")] == ["a-queue"]
    assert [*values("@:", "arn:aws:sns:eu-west-1:1:a-topic")] == ["a-topic"]


def test_a_list_may_be_meant_as_it_is() -> None:
    assert at("Groups", ENTRY) == ENTRY["Groups"]
    assert at("@", ENTRY) == ENTRY
    assert at("Groups.GroupId", ENTRY) is None


@pytest.mark.parametrize(
    "path", ["$parent.@", "$parent.$parent.Id", "$arn", "Id/", "Arn:", "A.*.B"]
)
def test_a_path_may_begin_elsewhere(path: str) -> None:
    assert check_path(path) == path


@pytest.mark.parametrize(
    "path", ["$owner", "Id.$arn", "", ".", "A..B", "A[]", "A.B.", "A B", "@.A", "A//", "A/:"]
)
def test_what_is_no_path_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="not a path"):
        check_path(path)


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("Engine=neptune", True),
        ("Engine=docdb,neptune", True),
        ("Engine=docdb", False),
        ("Engine!=docdb", True),
        ("Engine!=docdb,neptune", False),
        ("Engine", True),
        ("Missing", False),
        ("!Missing", True),
        ("!Engine", False),
        ("Missing=x", False),
        ("Missing!=x", True),
        ("Count=0", True),
        ("Engine=nep*", True),
        ("Engine=rds,nep*", True),
        ("Engine!=nep*,docdb*", False),
        ("Engine=neptunes*", False),
    ],
)
def test_a_condition_holds_by_a_value(text: str, *, holds: bool) -> None:
    assert Condition.parse(text).holds(ENTRY) is holds


def test_a_condition_may_hold_of_what_is_not_known() -> None:
    assert Condition.parse("Missing=manual").holds_of(None, of_unknown=True)
    assert not Condition.parse("Engine=manual").holds_of("neptune", of_unknown=True)


@pytest.mark.parametrize("text", ["=x", "A=", "A=b=c", "A!b", "!A=b", "!"])
def test_what_is_no_condition_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a"):
        Condition.parse(text)

"""A history tells what was different, not that a list was listed in another order."""

import json
from typing import Any

from cli.diff import differences
from tests.support.builders import an_item


def told(before: dict[str, Any], after: dict[str, Any]) -> list[tuple[str, str, Any, Any]]:
    found = differences(an_item(**before), an_item(**after))
    return [(one["kind"], one["path"], one["before"], one["after"]) for one in found]


def test_what_is_added_removed_and_changed_has_its_path() -> None:
    before = {"tags": {"team": "a", "old": ""}, "configuration": {"A": {"B": 1}}}
    after = {"tags": {"team": "b", "new": "x"}, "configuration": {"A": {"B": "1"}}}
    assert told(before, after) == [
        ("changed", "configuration.A.B", 1, "1"),
        ("added", "tags.new", None, "x"),
        ("removed", "tags.old", "", None),
        ("changed", "tags.team", "a", "b"),
    ]


def test_the_order_of_lists_does_not_count() -> None:
    groups = [{"GroupId": "sg-1", "Ports": [80, 443]}, {"GroupId": "sg-2", "Ports": []}]
    turned = [groups[1], {"GroupId": "sg-1", "Ports": [443, 80, 22]}]
    assert told({"configuration": {"G": groups}}, {"configuration": {"G": groups[::-1]}}) == []
    [(kind, path, before, after)] = told(
        {"configuration": {"G": groups}}, {"configuration": {"G": turned}}
    )
    assert (kind, before, after) == ("added", None, 22)
    assert path.startswith("configuration.G[")


def test_a_policy_in_text_is_compared_as_what_it_says() -> None:
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow"}]}
    wider = {**policy, "Statement": [{"Effect": "Deny"}]}
    texts = [json.dumps(one) for one in (policy, wider)]
    same = json.dumps(policy, indent=4)
    supplements = [{"supplementaryConfiguration": {"Policy": text}} for text in (*texts, same)]
    assert told(supplements[0], supplements[2]) == []
    assert told(supplements[0], supplements[1]) == [
        ("changed", "supplementaryConfiguration.Policy.Statement[0].Effect", "Allow", "Deny")
    ]


def test_what_only_looks_like_json_stays_a_text() -> None:
    assert told({"tags": {"a": "{x"}}, {"tags": {"a": "[y"}}) == [("changed", "tags.a", "{x", "[y")]


def test_a_field_that_is_not_known_any_more_is_a_difference() -> None:
    before, after = {"tags": {"a": "b"}}, {"tags": None, "unreadable": {"tags": "AccessDenied"}}
    assert told(before, after) == [
        ("changed", "tags", {"a": "b"}, None),
        ("added", "unreadable.tags", None, "AccessDenied"),
    ]


def test_when_and_by_which_run_it_was_seen_is_no_difference() -> None:
    assert told({"runId": "a", "configurationItemCaptureTime": "b"}, {"contentHash": "c"}) == []

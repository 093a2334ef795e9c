"""What is stored stays comparable: a change of these makes every resource CHANGED on upgrade day.

A value here changes only together with a decision that says what the next run does with what the
table holds.
"""

from datetime import UTC, datetime
from typing import Any

from cidb2.items.canonical import content_hash
from cidb2.items.item import statement
from cidb2.items.rows import current_row
from tests.support.builders import a_resource, an_item

DESCRIPTION: dict[str, Any] = {
    "Name": "näme \U0001f511",
    "Empty": [{}, [], "", None],
    "Mixed": [3, "3", True, None, {"b": [2, 1], "a": 1.5}, ["y", "x"]],
    "Nested": {"Statement": [{"Sid": "2", "Action": ["b", "a"]}, {"Sid": "1", "Action": "a"}]},
}


def test_the_hash_of_a_description_is_what_it_was() -> None:
    golden = "fa4127034f88f18ec7d899b0da0d44155abda287f988a03573d7a390a234bb2c"
    assert content_hash(DESCRIPTION) == golden


def test_the_hash_of_a_resource_is_what_it_was() -> None:
    resource = a_resource(
        configuration={
            **DESCRIPTION,
            "CreationDate": datetime(2026, 11, 24, 3, 48, 30, 500_000, tzinfo=UTC),
            "Blob": b"\x00\xff",
            "Layers": ["second", "first"],
            "LastUsed": datetime(2026, 11, 24, tzinfo=UTC),
        },
        supplementary={"Policy": DESCRIPTION["Nested"], "Logging": None},
        tags={"team": "payments", "Name": "näme"},
        volatile=frozenset({"configuration.LastUsed"}),
        ordered=frozenset({"configuration.Layers"}),
    )
    golden = "4afea16551b4aa3c4f23455d155572a3c28dd16ffd20fa60d2cc96a761cb8d10"
    assert resource.content_hash == golden


def test_what_an_item_says_of_its_resource_is_what_it_was() -> None:
    unreadable = {"tags": "AccessDenied", "supplementaryConfiguration.Policy": "Throttling"}
    assert statement("0" * 64, unreadable) == (
        f"{'0' * 64} supplementaryConfiguration.Policy:Throttling tags:AccessDenied"
    )


def test_the_keys_of_a_row_are_what_they_were() -> None:
    row = current_row(an_item(), None)
    keys = {name: row[name]["S"] for name in ("pk", "sk", "scopeKey", "scopeSort", "typeKey")}
    assert keys == {
        "pk": "arn:aws:kms:eu-west-1:234567890123:key/key-1",
        "sk": "current",
        "scopeKey": "234567890123/kms",
        "scopeSort": "eu-west-1/arn:aws:kms:eu-west-1:234567890123:key/key-1",
        "typeKey": "AWS::KMS::Key#05",
    }

"""Effects of changes as the command line shows them."""

from typing import Any

import pytest
import typer

from cidb2.items.item import Effect
from cli.effects import by_effect, effect_of, readable_effects

STRANGER = {"principal": "999999999999", "standing": "STRANGER"}
OURS = {"principal": "345678901234", "standing": "OURS"}


def a_change(*effects: str, change: str = "CHANGED", added: Any = ()) -> dict[str, Any]:
    return {"change": change, "effects": [*effects], "addedPrincipals": [*added]}


@pytest.mark.parametrize(
    ("row", "text"),
    [
        (a_change(), ""),
        (a_change("TAGS_ONLY"), "TAGS_ONLY"),
        (
            a_change("EXPOSURE_WIDENED", "TRUST_ADDED", added=[STRANGER, OURS]),
            "EXPOSURE_WIDENED; TRUST_ADDED: 999999999999 (outside the organisation), 345678901234",
        ),
        (
            a_change("TRUST_ADDED", added=[OURS] * 7),
            "TRUST_ADDED: " + ", ".join(["345678901234"] * 5) + " and 2 more",
        ),
        ({**a_change(), "effects": None}, "not judged"),
        ({**a_change(change="CREATED"), "effects": None}, ""),
    ],
)
def test_a_change_shows_its_effects_and_whom_it_trusts(row: dict[str, Any], text: str) -> None:
    assert readable_effects(row) == text


def test_changes_are_counted_by_effect_gravest_first_with_the_strangers() -> None:
    rows = [
        a_change("TAGS_ONLY"),
        a_change("TRUST_ADDED", added=[STRANGER]),
        a_change("TRUST_ADDED", added=[OURS]),
        a_change("EXPOSURE_WIDENED"),
        {**a_change(), "effects": None},
    ]
    told = "EXPOSURE_WIDENED 1, TRUST_ADDED 2 (1 outside the organisation), TAGS_ONLY 1"
    assert by_effect(rows) == told
    assert by_effect([a_change()]) == ""


def test_an_effect_is_named_in_any_case() -> None:
    assert effect_of("trust-added") is Effect.TRUST_ADDED
    with pytest.raises(typer.BadParameter, match="TRUST_ADDED"):
        effect_of("trusts")

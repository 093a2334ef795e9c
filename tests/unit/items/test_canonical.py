"""One description has one hash, whatever order AWS gives it in; any other has another."""

import json
import re
from copy import deepcopy
from datetime import UTC, datetime, timedelta, timezone
from math import inf, nan
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cidb2.items.canonical import DEEPEST, content_hash, plain, to_json
from cidb2.text import valid_text
from tests.support.strategies import json_objects, json_values


def shuffled(value: Any, random: Random) -> Any:
    """Return the same description with every list and every map in another order."""
    if isinstance(value, dict):
        pairs = [(key, shuffled(inner, random)) for key, inner in value.items()]
        return dict(random.sample(pairs, len(pairs)))
    if isinstance(value, list):
        return random.sample([shuffled(inner, random) for inner in value], len(value))
    return value


def leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the path to every value that is neither list nor map."""
    inner = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else None
    )
    if inner is None:
        return [path]
    return [leaf for key, each in inner for leaf in leaves(each, (*path, key))]


@given(json_objects, st.randoms(use_true_random=False))
def test_order_of_lists_and_keys_at_any_depth_is_no_difference(
    description: dict[str, Any], random: Random
) -> None:
    assert content_hash(shuffled(description, random)) == content_hash(description)


@pytest.mark.parametrize("twins", [[1, "1"], [True, "true"], [None, "null"], [{}, "{}"]])
def test_order_is_no_difference_even_where_a_text_looks_like_another_value(
    twins: list[Any],
) -> None:
    assert content_hash({"list": twins}) == content_hash({"list": twins[::-1]})


@given(json_objects, st.data())
def test_any_changed_value_at_any_depth_is_a_difference(
    description: dict[str, Any], data: st.DataObject
) -> None:
    paths = [path for path in leaves(description) if path]
    if not paths:
        return
    *way, last = data.draw(st.sampled_from(paths))
    changed = deepcopy(description)
    place: Any = changed
    for step in way:
        place = place[step]
    place[last] = {"was": place[last]}
    assert content_hash(changed) != content_hash(description)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"a": 1}, {"a": "1"}),
        ({"a": None}, {}),
        ({"a": []}, {"a": None}),
        ({"a": ["x", "x", "y"]}, {"a": ["x", "y"]}),
        ({"a": [["x"], ["y"]]}, {"a": [["x", "y"]]}),
        ({"a": "é"}, {"a": "e\u0301"}),
        ({"a": True}, {"a": 1}),
        ({"a": "x"}, {"A": "x"}),
    ],
)
def test_what_differs_for_aws_differs_in_its_hash(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    assert content_hash(one) != content_hash(other)


def test_the_hash_is_sha_256_in_hex() -> None:
    assert re.fullmatch("[0-9a-f]{64}", content_hash({"a": "ü"}))


@given(json_values)
def test_json_is_ascii_and_says_the_same(value: Any) -> None:
    text = to_json(value)
    assert text.isascii()
    assert json.loads(text) == value


LONE = st.characters(categories=["Cs"])


@given(st.lists(st.text(LONE | st.characters(exclude_categories=["Cs"]), max_size=6)), st.data())
def test_json_holds_no_half_of_a_surrogate_pair(values: list[str], data: st.DataObject) -> None:
    half = data.draw(LONE)
    text = to_json([*values, {half: half}])
    read = json.loads(text)
    assert json.dumps(read, ensure_ascii=False).encode()
    assert read[-1] == {f"\\u{ord(half):x}": f"\\u{ord(half):x}"}
    assert [valid_text(value) for value in paired(values)] == read[:-1]


def paired(values: list[str]) -> list[str]:
    """Return texts in which two halves that follow each other are one character."""
    return [json.loads(json.dumps(value)) for value in values]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("\ud800", r"\ud800"),
        ("a\udfffz", r"a\udfffz"),
        ("\\\ud800", r"\\ud800"),
        ("\ud83d\U0001f511", "\\ud83d\U0001f511"),
        (r"\ud800", r"\ud800"),
        (r"\\ud83d\ude00", r"\\ud83d\ude00"),
        ("é\u2028\x00\U0001f511", "é\u2028\x00\U0001f511"),
    ],
)
def test_half_of_a_surrogate_pair_is_spelled_out_and_all_else_stays(text: str, said: str) -> None:
    assert json.loads(to_json(text)) == said
    assert valid_text(text) == said


def test_what_is_spelled_out_still_differs_from_what_was_written_so() -> None:
    assert to_json("\ud800") == to_json(r"\ud800")
    assert content_hash({"a": "\ud800"}) != content_hash({"a": r"\ud800"})


def test_what_is_no_number_is_a_text() -> None:
    assert plain([inf, -inf, nan]) == ["inf", "-inf", "nan"]
    with pytest.raises(ValueError, match="not JSON compliant"):
        to_json([inf])


def test_json_is_compact() -> None:
    assert to_json({"a": [1, "\u2028\U0001f511"]}) == '{"a":[1,"\\u2028\\ud83d\\udd11"]}'


@given(json_values)
def test_what_is_json_already_stays_as_it_is(value: Any) -> None:
    assert plain(value) == value


@pytest.mark.parametrize(
    "wrap", [lambda inner: [inner], lambda inner: {"a": inner}], ids=["list", "map"]
)
def test_whatever_is_read_can_be_hashed_and_written(wrap: Any) -> None:
    value: Any = "deepest"
    for _ in range(DEEPEST):
        value = wrap(value)
    assert json.loads(to_json(plain(value))) == value
    assert content_hash({"a": plain(value)})
    with pytest.raises(RecursionError):
        plain(wrap(value))


def test_times_are_utc_and_bytes_are_base64() -> None:
    berlin = timezone(timedelta(hours=1))
    answer = {
        "Utc": datetime(2026, 11, 24, 3, 48, 30, tzinfo=UTC),
        "Berlin": datetime(2026, 11, 24, 4, 48, 30, 500_000, tzinfo=berlin),
        "Naive": datetime(2026, 11, 24, 3, 48, 30),  # noqa: DTZ001 - as some answers carry it
        "Bytes": [b"\x00\xff", bytearray(b"a")],
    }
    assert plain(answer) == {
        "Utc": "2026-11-24T03:48:30Z",
        "Berlin": "2026-11-24T03:48:30.500000Z",
        "Naive": "2026-11-24T03:48:30Z",
        "Bytes": ["AP8=", "YQ=="],
    }


def test_every_collection_becomes_a_list_and_every_key_a_text() -> None:
    assert plain({1: ("a",), "s": {"b"}, "f": frozenset({"c"})}) == {
        "1": ["a"],
        "s": ["b"],
        "f": ["c"],
    }


def test_what_has_no_json_form_is_refused_by_its_type() -> None:
    with pytest.raises(TypeError, match="no JSON form for complex"):
        plain({"a": [1j]})

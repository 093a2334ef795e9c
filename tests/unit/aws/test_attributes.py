"""Rows pass through DynamoDB's types and come back as they were."""

import pytest
from boto3.dynamodb.types import Binary
from hypothesis import given
from hypothesis import strategies as st

from cidb2.aws.attributes import from_attributes, to_attributes
from tests.support.strategies import texts

numbers = st.integers(min_value=-(10**37), max_value=10**37) | st.integers(-(10**6), 10**6).map(
    lambda thousandths: thousandths / 1000
)
values = st.recursive(
    st.booleans() | numbers | texts | st.binary(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(texts, values, max_size=4))
def test_a_row_comes_back_as_it_was(row: dict[str, object]) -> None:
    assert from_attributes(to_attributes(row)) == row


def test_what_is_none_is_not_stored() -> None:
    assert to_attributes({"kept": "", "left_out": None}) == {"kept": {"S": ""}}


@pytest.mark.parametrize(("stored", "kind"), [("3", int), ("3.0", int), ("3.5", float)])
def test_whole_numbers_are_int_and_others_float(stored: str, kind: type) -> None:
    assert type(from_attributes({"n": {"N": stored}})["n"]) is kind


def test_numbers_deep_inside_are_plain_too() -> None:
    row = {"publishing": {"seconds": 0.1, "batches": [1, 2.5]}}
    assert from_attributes(to_attributes(row)) == row


def test_a_tuple_is_stored_as_a_list() -> None:
    stored = to_attributes({"batches": (1, 2.5)})
    assert from_attributes(stored) == {"batches": [1, 2.5]}


def test_binary_is_plain_bytes() -> None:
    [value] = from_attributes({"b": {"B": b"\x00\xff"}}).values()
    assert value == b"\x00\xff"
    assert not isinstance(value, Binary)

"""Messages are cut into batches of the right size, and batches into requests that SNS takes."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cidb2.chunks import chunks
from cidb2.publishing.batching import batch_size, requests
from cidb2.publishing.messages import Message, message_size
from tests.support.builders import a_config, a_message

SNS_ENTRIES = 10
SNS_BYTES = 262_144


@pytest.mark.parametrize(
    ("messages", "size"),
    [(0, 10), (1, 10), (10, 10), (11, 10), (100, 10), (101, 20), (1_000, 20)],
)
def test_batches_are_of_10_up_to_100_messages_and_of_20_above(messages: int, size: int) -> None:
    assert batch_size(a_config(), messages) == size


def test_threshold_and_sizes_are_the_runs_own() -> None:
    config = a_config(batch_size=3, large_batch_size=7, large_batch_threshold=5)
    assert [batch_size(config, known) for known in (5, 6)] == [3, 7]


def test_a_batch_of_20_small_messages_is_two_requests() -> None:
    assert [len(request) for request in requests([a_message()] * 20)] == [10, 10]


def test_a_message_counts_its_body_and_name_type_and_value_of_each_attribute_in_bytes() -> None:
    assert message_size("é", {}) == 2
    assert message_size("", {"née": "ü"}) == len("née".encode()) + len("String") + 2
    assert Message("arn", "body", {"a": "b"}, "scope").size == 4 + 1 + 6 + 1


def test_a_request_may_be_exactly_as_large_as_sns_allows() -> None:
    half = a_message(body="x" * (SNS_BYTES // 2 - a_message(body="").size))
    assert [len(request) for request in requests([half] * 5)] == [2, 2, 1]


def test_one_byte_more_makes_another_request() -> None:
    half = a_message(body="x" * (SNS_BYTES // 2 - a_message(body="").size))
    more = a_message(body=half.body + "x")
    assert [len(request) for request in requests([half, more])] == [1, 1]


def test_nothing_to_send_makes_no_request() -> None:
    assert list(requests([])) == []


@given(st.lists(st.integers(0, SNS_BYTES - 100) | st.integers(0, 2_000), max_size=60))
def test_any_mix_of_sizes_keeps_to_the_limits_and_to_its_order(sizes: list[int]) -> None:
    messages = [a_message(str(number), body="x" * size) for number, size in enumerate(sizes)]
    made = list(requests(messages))
    assert [message for request in made for message in request] == messages
    for request in made:
        assert 1 <= len(request) <= SNS_ENTRIES
        assert sum(message.size for message in request) <= SNS_BYTES


@given(st.lists(st.integers(1, SNS_BYTES - 100), max_size=40))
def test_no_request_is_split_that_could_have_taken_the_next_message(sizes: list[int]) -> None:
    made = list(requests(a_message(body="x" * size) for size in sizes))
    for request, following in itertools.pairwise(made):
        full = len(request) == SNS_ENTRIES
        assert full or sum(one.size for one in request) + following[0].size > SNS_BYTES


@given(st.lists(st.integers()), st.integers(1, 30))
def test_chunks_hold_every_element_once_in_order_and_only_the_last_is_short(
    elements: list[int], size: int
) -> None:
    cut = [list(chunk) for chunk in chunks(elements, size)]
    assert [element for chunk in cut for element in chunk] == elements
    assert all(len(chunk) == size for chunk in cut[:-1])
    assert all(0 < len(chunk) <= size for chunk in cut)

"""Known items are told from digests alone, and ARNs come back whole and in order."""

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cidb2.items.known import KnownItems
from tests.support.builders import key_arn

items = st.dictionaries(
    st.integers(0, 99).map(lambda number: key_arn(f"schlüssel/{number}")),
    st.tuples(st.text("01", max_size=3), st.text("01", max_size=3)),
)


@given(items)
def test_it_knows_what_it_was_made_of_and_nothing_else(given: dict[str, tuple[str, str]]) -> None:
    known = KnownItems.of((arn, *texts) for arn, texts in given.items())
    assert [*known] == [*given]
    assert len(known) == len(given)
    for arn, (content_hash, statement) in given.items():
        assert known[arn].has_content(content_hash)
        assert not known[arn].has_content(f"{content_hash}1")
        assert known[arn].says(statement)
        assert not known[arn].says(f"{statement}1")
    assert known.get(key_arn("nowhere")) is None


def test_what_one_account_is_known_by_says_nothing_of_another() -> None:
    texts = ("arn", "content", "statement")
    keys = {KnownItems.of([texts])._keys[0] for _ in range(100)}
    assert len(keys) == 100


def test_an_item_takes_less_than_a_fifth_of_what_objects_take() -> None:
    count = 20_000
    tracemalloc.start()
    known = KnownItems.of(
        (key_arn(f"{number * 0x9E3779B97F4A7C15 % 2**64:016x}"), str(number), str(number))
        for number in range(count)
    )
    held = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert len(known) == count
    assert held < 60 * count


def test_what_is_not_known_is_a_key_error() -> None:
    with pytest.raises(KeyError, match="nowhere"):
        KnownItems.of([])["nowhere"]

"""A compact set of digests is a set of them."""

import tracemalloc

from hypothesis import given
from hypothesis import strategies as st

from cidb2.digests import Digests

numbers = (
    st.integers(1, 2**64 - 1) | st.integers(1, 300) | st.integers(1, 300).map(lambda n: n * 64)
)


@given(st.lists(numbers), st.lists(numbers))
def test_it_holds_each_once_and_no_other(added: list[int], asked: list[int]) -> None:
    digests = Digests()
    for number in added:
        digests.add(number)
    assert {*digests} == {*added}
    assert len(digests) == len({*added})
    assert bool(digests) is bool(added)
    assert [number in digests for number in asked] == [number in {*added} for number in asked]


def test_a_place_that_is_free_is_no_digest() -> None:
    assert 0 not in Digests([5])
    assert 5 not in Digests()


def test_a_digest_takes_24_bytes_at_most() -> None:
    count = 20_000
    tracemalloc.start()
    digests = Digests(number * 0x9E3779B97F4A7C15 % 2**64 for number in range(1, count + 1))
    held = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert len(digests) == count
    assert held < 25 * count

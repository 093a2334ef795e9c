"""Known items are told from digests alone, and ARNs come back whole and in order."""

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cidb2.compare import Known
from cidb2.known import KnownItems
from tests.support.builders import key_arn

codes = st.dictionaries(st.sampled_from(["tags", "Policy"]), st.just("AccessDenied"))
items = st.dictionaries(
    st.integers(0, 99).map(lambda number: key_arn(f"schlüssel/{number}")),
    st.builds(Known.of, st.text("01", max_size=3), codes),
)


@given(items)
def test_it_is_the_mapping_that_it_was_made_of(known: dict[str, Known]) -> None:
    compact = KnownItems(known.items())
    assert compact == known
    assert [*compact] == [*known]
    assert compact.get(key_arn("nowhere")) is None


def test_an_item_takes_less_than_a_fifth_of_what_objects_take() -> None:
    count = 20_000
    tracemalloc.start()
    known = KnownItems(
        (key_arn(f"{number * 0x9E3779B97F4A7C15 % 2**64:016x}"), Known.of(str(number), {}))
        for number in range(count)
    )
    held = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert len(known) == count
    assert held < 60 * count


def test_what_is_not_known_is_a_key_error() -> None:
    with pytest.raises(KeyError, match="nowhere"):
        KnownItems([])["nowhere"]

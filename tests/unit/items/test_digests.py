"""A compact set of digests is a set of the texts, and nobody can choose what it confuses."""

import tracemalloc
from hashlib import blake2b
from itertools import groupby

from hypothesis import given
from hypothesis import strategies as st

from cidb2.items.digests import Digester, Digests
from tests.support.strategies import texts

names = texts | st.integers(1, 300).map(str)


def unkeyed(text: str) -> int:
    """Return a digest that everybody can compute."""
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest())


@given(st.lists(names), st.lists(names))
def test_it_holds_each_once_and_no_other(added: list[str], asked: list[str]) -> None:
    digests = Digests()
    for name in added:
        digests.add(name)
    assert len(digests) == len({*added})
    assert bool(digests) is bool(added)
    assert [name in digests for name in [*added, *asked]] == [
        name in {*added} for name in [*added, *asked]
    ]


@given(st.lists(names), st.lists(names))
def test_it_comes_back_and_goes_on(before: list[str], after: list[str]) -> None:
    digests = Digests.parse(Digests(before).to_document())
    digests.update(after)
    assert len(digests) == len({*before, *after})
    assert all(name in digests for name in [*before, *after])


def test_a_digest_has_64_bits_and_tells_texts_apart() -> None:
    digest = Digester()
    digests = {digest(str(number)) for number in range(1_000)}
    assert len(digests) == 1_000
    assert 2**56 < max(digests) < 2**64
    assert digest("arn") == digest("arn")


def test_every_set_has_digests_that_nobody_else_can_compute() -> None:
    some, others = Digests(["arn"]), Digests(["arn"])
    assert some.to_document() != others.to_document()
    assert len({Digester().key for _ in range(100)}) == 100
    assert len(Digester().key) == 16
    assert unkeyed("arn") not in {Digester()("arn") for _ in range(100)}


def test_texts_chosen_for_one_place_of_the_table_lie_all_over_it() -> None:
    chosen = [name for name in map(str, range(400_000)) if unkeyed(name) % 1024 == 0]
    taken = [bool(digest) for digest in Digests(chosen)._places]
    assert len(taken) == 1024
    assert taken.count(True) == len(chosen) > 300
    longest = max(len([*run]) for is_taken, run in groupby(taken) if is_taken)
    assert longest < 60


def test_a_digest_takes_24_bytes_at_most() -> None:
    count = 20_000
    tracemalloc.start()
    digests = Digests(map(str, range(count)))
    held = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert len(digests) == count
    assert held < 25 * count

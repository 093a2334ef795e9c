"""An account of any size ends, in as many invocations as it takes, and in flat memory."""

import gc
import tracemalloc
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from tests.support.builders import REGION, a_resource
from tests.support.collecting import Collecting, Listing
from tests.support.fakes import FakeSns

PAGE = 1_000
DOCUMENT = {"Statement": [{"Effect": "Allow", "Sid": "s" * 4_000}]}
LOOKS_AN_INVOCATION = 24
BYTES_FOR_ONE_MORE = 400
"""Digests, and what the fakes keep: journal and checkpoints; the document alone is 4,000."""


class Pages(Sequence[Any]):
    """Pages of keys that are made when they are asked for."""

    def __init__(self, number: int) -> None:
        self._pages = number // PAGE

    def __len__(self) -> int:
        return self._pages

    def __getitem__(self, page: Any) -> Any:
        names = range(page * PAGE, (page + 1) * PAGE)
        return [a_resource(f"{name:06}", supplementary={"Policy": DOCUMENT}) for name in names]


class ForgetfulSns(FakeSns):
    """Counts messages and keeps none."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def _accept(self, entries: Any) -> None:
        self.count += len([*entries])

    def publish_batch(self, **request: Any) -> dict[str, Any]:
        answer = super().publish_batch(**request)
        self.batches.clear()
        return answer


def some_time() -> Iterator[int]:
    """Yield the time left at each look: enough for some pages, then too little, and so on."""
    while True:
        yield from [900_000] * LOOKS_AN_INVOCATION
        yield 1


def collect(number: int) -> tuple[list[dict[str, Any]], ForgetfulSns, Collecting]:
    collecting = Collecting({REGION: Listing(Pages(number))})
    collecting.sns = sns = ForgetfulSns()
    clock = some_time()
    answers = collecting.collect_to_the_end(lambda: next(clock))
    return answers, sns, collecting


def test_an_account_of_ten_thousand_keys_ends() -> None:
    answers, sns, collecting = collect(10_000)
    assert len(answers) > 1
    assert sns.count == 10_000
    row = collecting.scopes[REGION]
    assert (row["outcome"], row["items"], row["published"]) == ("COMPLETE", 10_000, 10_000)


@pytest.mark.slow
def test_memory_does_not_grow_with_what_an_account_holds() -> None:
    smaller, larger = 6_000, 12_000  # both take several invocations
    peaks = []
    gc.freeze()  # or how much garbage there is depends on what other tests left behind
    try:
        for number in (smaller, larger):
            tracemalloc.start()
            collect(number)
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
    finally:
        gc.unfreeze()
    assert peaks[1] - peaks[0] < (larger - smaller) * BYTES_FOR_ONE_MORE

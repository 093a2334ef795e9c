"""Sorted queries are read side by side and come as one, and reading ends when nobody wants more."""

from collections.abc import Iterator
from operator import itemgetter
from threading import Barrier

import pytest

from cidb2.aws.merging import PAGE_ROWS, QUERIES_SIDE_BY_SIDE, merged
from cidb2.aws.table import Row
from cidb2.errors import StorageUnavailableError

IN_ORDER = itemgetter("sk")


def query(*numbers: int) -> Iterator[Row]:
    return ({"sk": number} for number in numbers)


def test_rows_come_in_the_order_of_all() -> None:
    queries = [query(1, 4, 9), query(), query(2, 3, 10), query(5)]
    assert [row["sk"] for row in merged(queries, IN_ORDER)] == [1, 2, 3, 4, 5, 9, 10]


def test_queries_of_many_pages_are_read_to_their_end() -> None:
    counts = (PAGE_ROWS - 1, PAGE_ROWS, PAGE_ROWS + 1, 3 * PAGE_ROWS)
    rows = [row["sk"] for row in merged([query(*range(count)) for count in counts], IN_ORDER)]
    assert rows == sorted(number for count in counts for number in range(count))


def test_first_pages_are_read_side_by_side() -> None:
    everybody = Barrier(QUERIES_SIDE_BY_SIDE)

    def waits(number: int) -> Iterator[Row]:
        everybody.wait(timeout=30)
        yield {"sk": number}

    rows = merged([waits(number) for number in range(QUERIES_SIDE_BY_SIDE)], IN_ORDER)
    assert len([*rows]) == QUERIES_SIDE_BY_SIDE


def test_no_more_than_two_pages_of_a_query_are_in_memory() -> None:
    read = list[int]()

    def endless() -> Iterator[Row]:
        for number in range(10 * PAGE_ROWS):
            read.append(number)
            yield {"sk": number}

    rows = merged([endless()], IN_ORDER)
    next(rows)
    rows.close()  # type: ignore[attr-defined]
    assert len(read) <= 2 * PAGE_ROWS


def test_a_query_that_is_refused_is_an_error() -> None:
    def refused() -> Iterator[Row]:
        yield {"sk": 2}
        raise StorageUnavailableError("runs-table: throttled")

    with pytest.raises(StorageUnavailableError):
        [*merged([query(1), refused()], IN_ORDER)]

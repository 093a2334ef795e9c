"""Reads sorted queries concurrently, as if they were one query."""

import heapq
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import Any

from cidb2.aws.table import Row

PAGE_ROWS = 250
"""Rows read ahead per query, so that memory does not grow with the number of rows."""

QUERIES_SIDE_BY_SIDE = 8


def merged(queries: Sequence[Iterator[Row]], order: Callable[[Row], Any]) -> Iterator[Row]:
    """Yield the rows of `queries`, each sorted by `order`, merged in that order.

    At most two pages of `PAGE_ROWS` rows per query are in memory. Raises what a query raises.
    """
    threads = ThreadPoolExecutor(QUERIES_SIDE_BY_SIDE, "query")
    try:
        yield from heapq.merge(*[_ahead(query, threads) for query in queries], key=order)
    finally:
        threads.shutdown(cancel_futures=True)


def _ahead(query: Iterator[Row], threads: ThreadPoolExecutor) -> Iterator[Row]:
    """Start reading a query, and return its rows; each page is read while the last is used."""

    def read() -> list[Row]:
        return [*islice(query, PAGE_ROWS)]

    def rows(coming: Future[list[Row]]) -> Iterator[Row]:
        while page := coming.result():
            coming = threads.submit(read)
            yield from page

    return rows(threads.submit(read))

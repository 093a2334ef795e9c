"""Splits sequences into chunks of one size."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

Element = TypeVar("Element")


def chunks(elements: Iterable[Element], size: int) -> Iterator[list[Element]]:
    """Yield the elements in order, `size` at a time."""
    iterator = iter(elements)
    while chunk := list(islice(iterator, size)):
        yield chunk

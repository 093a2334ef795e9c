"""Where coverage is measured. It is a trace function, under which moto takes twice the time."""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_set_aside: list[Any] = []


@contextmanager
def unmeasured() -> Iterator[None]:
    """Measure neither this thread while the block runs, nor, ever, the threads that it starts."""
    of_this, of_new = sys.gettrace(), threading.gettrace()
    _set_aside.append(of_this)
    sys.settrace(None)
    threading.settrace(None)
    try:
        yield
    finally:
        threading.settrace(of_new)
        sys.settrace(_set_aside.pop())


@contextmanager
def measured() -> Iterator[None]:
    """Measure this thread all the same while the block runs."""
    before = sys.gettrace()
    sys.settrace(_set_aside[-1] if _set_aside else before)
    try:
        yield
    finally:
        sys.settrace(before)

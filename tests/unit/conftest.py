"""What the unit tests share: how hypothesis looks for examples, and what the functions log."""

import io
import json
import logging
import os
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import settings

from cidb2 import times
from cidb2.observability import logger
from tests.support.clock import Clock

settings.register_profile("unit", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("unit")


class Log:
    """What was logged, exactly as CloudWatch would get it."""

    def __init__(self) -> None:
        self._stream = io.StringIO()
        self.handler = logging.StreamHandler(self._stream)
        self.handler.setFormatter(logger.registered_formatter)

    @property
    def text(self) -> str:
        return self._stream.getvalue()

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines()]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The product's only clock for the time of a test."""
    stopped = Clock()
    monkeypatch.setattr(times, "CLOCK", stopped)
    return stopped


@pytest.fixture
def log() -> Iterator[Log]:
    logger.clear_state()  # of a handler that an earlier test invoked
    kept = Log()
    logger.addHandler(kept.handler)
    yield kept
    logger.removeHandler(kept.handler)  # type: ignore[attr-defined]

"""Invokes a handler as Lambda does: JSON in, JSON out, a context with the remaining time."""

import importlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

PLENTY_MS = 15 * 60 * 1000


def plenty() -> int:
    """Return the remaining time at the start of an invocation, in milliseconds."""
    return PLENTY_MS


@dataclass
class Context:
    """Lambda's context object, as far as CIDB2 and Powertools use it."""

    function_name: str
    remaining_ms: Callable[[], int] = plenty
    memory_limit_in_mb: int = 1024
    aws_request_id: str = field(default_factory=lambda: str(uuid4()))

    @property
    def invoked_function_arn(self) -> str:
        return f"arn:aws:lambda:us-east-1:123456789012:function:{self.function_name}"

    def get_remaining_time_in_millis(self) -> int:
        return self.remaining_ms()


def invoke(function: str, event: Any, remaining_ms: Callable[[], int] = plenty) -> dict[str, Any]:
    """Return the response of `functions/<function>`; exceptions propagate."""
    handler = importlib.import_module(f"functions.{function}.app").handler
    answer = handler(json.loads(json.dumps(event)), Context(function, remaining_ms))
    decoded: dict[str, Any] = json.loads(json.dumps(answer))
    return decoded

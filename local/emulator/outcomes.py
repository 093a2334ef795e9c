"""What came of an execution of a state machine, or of the invocation of a function."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Execution:
    """How an execution stands; `output` is parsed, `error` and `cause` are there if it failed."""

    arn: str
    status: str
    output: Any
    error: str | None
    cause: str | None
    seconds: float

    @property
    def running(self) -> bool:
        """Whether it has not ended yet."""
        return self.status == "RUNNING"


class FunctionError(Exception):
    """A function failed; `payload` is what Lambda says of it."""

    def __init__(self, payload: dict[str, Any]) -> None:
        super().__init__(f"{payload.get('errorType')}: {payload.get('errorMessage')}")
        self.payload = payload

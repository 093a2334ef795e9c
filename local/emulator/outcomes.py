"""The results of state machine executions and function invocations."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Execution:
    """The state of an execution. `output` is parsed; `error` and `cause` are set if it failed."""

    arn: str
    status: str
    output: Any
    error: str | None
    cause: str | None
    seconds: float

    @property
    def running(self) -> bool:
        """Whether the execution is still running."""
        return self.status == "RUNNING"


class FunctionError(Exception):
    """A function failed; `payload` is Lambda's description of the error."""

    def __init__(self, payload: dict[str, Any]) -> None:
        super().__init__(f"{payload.get('errorType')}: {payload.get('errorMessage')}")
        self.payload = payload

"""What was: the history of resources and the changes of runs, wherever they are kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

Row = Mapping[str, Any]


class PastError(Exception):
    """What was cannot be told; the message says why, `advice` what to do about it."""

    def __init__(self, message: str, advice: str = "") -> None:
        super().__init__(message)
        self.advice = advice


@dataclass(frozen=True)
class Changed:
    """Which changes are asked for: of one run, or of those that began since a time."""

    since: datetime
    run: str = ""
    types: Sequence[str] = ()
    account: str = ""
    region: str = ""


class Past(Protocol):
    """Tells what was. Every method raises PastError."""

    source: str
    """Where it is kept, in words."""

    def history(self, arn: str) -> Sequence[Row]:
        """Return the versions of a resource, oldest first, and what differed between them.

        Each has `configurationItemCaptureTime`, `change`, `runId` and `differences`; there are
        none of a resource that was never seen.
        """
        ...

    def changes(self, wanted: Changed) -> Sequence[Row]:
        """Return what was created, changed and deleted, newest first.

        Each has `configurationItemCaptureTime`, `change`, `resourceType`, `accountId`,
        `awsRegion`, `resourceName` and `arn`.
        """
        ...

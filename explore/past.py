"""The interface to the history of resources and the changes of runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

Row = Mapping[str, Any]


class PastError(Exception):
    """The history cannot be read. The message says why; `advice` says what to do."""

    def __init__(self, message: str, advice: str = "") -> None:
        super().__init__(message)
        self.advice = advice


@dataclass(frozen=True)
class Changed:
    """The requested changes: of one run, or since a time."""

    since: datetime
    run: str = ""
    types: Sequence[str] = ()
    account: str = ""
    region: str = ""


class Past(Protocol):
    """A source of history. Every method raises PastError."""

    source: str
    """The display name of the source."""

    def history(self, arn: str) -> Sequence[Row]:
        """Return the versions of a resource, oldest first, with the differences between them.

        Each has `configurationItemCaptureTime`, `change`, `runId`, `accountId`, `effects`,
        `addedPrincipals` and `differences`. A resource that was never collected has none.
        """
        ...

    def changes(self, wanted: Changed) -> Sequence[Row]:
        """Return created, changed and deleted resources, newest first.

        Each has `configurationItemCaptureTime`, `change`, `resourceType`, `accountId`,
        `awsRegion`, `resourceName`, `arn`, `effects` (None if they were not judged) and
        `addedPrincipals`.
        """
        ...

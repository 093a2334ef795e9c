"""A stack's life as CloudFormation tells it: revisions, statuses, events, roll-back."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from local.deploy import RETAINED, RETAINED_BY_A_ROLLBACK, Change, delete, deploy
from local.intrinsics import UnresolvedReferenceError
from local.parameters import InvalidParameterError
from local.resources import HANDLERS
from local.stack import DeploymentError, Stack, StackResource
from local.template import Template

REFUSALS = (DeploymentError, InvalidParameterError, UnresolvedReferenceError)
STACK = "AWS::CloudFormation::Stack"


@dataclass(frozen=True)
class Revision:
    """What a stack is asked to be: a template, as written and transformed, and what it is given."""

    body: str
    template: Template
    parameters: dict[str, Any]
    tags: tuple[tuple[str, str], ...] = ()

    def says_the_same_as(self, before: "Revision | None") -> bool:
        """Tell whether tags and outputs are the same; what becomes of resources is asked apart."""
        return before is not None and (
            (before.tags, before.template.get("Outputs"))
            == (self.tags, self.template.get("Outputs"))
        )


@dataclass
class ChangeSet:
    """A revision that waits to be executed, and what it would change."""

    id: str
    name: str
    revision: Revision
    changes: list[Change]
    status: str = "CREATE_COMPLETE"
    reason: str | None = None


@dataclass
class StackRecord:
    """One stack; `client` gives the clients of its account and region."""

    stack: Stack
    client: Callable[[str], Any]
    revision: Revision | None = None
    status: str = "REVIEW_IN_PROGRESS"
    reason: str | None = None
    events: list[dict[str, Any]] = field(default_factory=list)  # the newest first
    change_sets: dict[str, ChangeSet] = field(default_factory=dict)  # by id
    created: datetime = field(default_factory=lambda: datetime.now(UTC))

    def bring_about(self, revision: Revision) -> None:
        """Create or update the stack; roll back where that fails. Raises nothing: see `status`."""
        before, self.revision = self.revision, revision
        verb = "UPDATE" if before else "CREATE"
        self.enter(f"{verb}_IN_PROGRESS")
        self.change_sets.clear()
        try:
            self._deploy(revision)
        except REFUSALS as error:
            self._roll_back(before, str(error))
        else:
            self.enter(f"{verb}_COMPLETE")

    def delete(self) -> None:
        """Delete what is not retained. Raises nothing: see `status`."""
        self.enter("DELETE_IN_PROGRESS")
        try:
            delete(self.stack, self.client, HANDLERS, self._note)
        except DeploymentError as error:
            self.enter("DELETE_FAILED", str(error))
        else:
            self.enter("DELETE_COMPLETE")

    def enter(self, status: str, reason: str | None = None) -> None:
        """Take a status, and write it down."""
        self.status, self.reason = status, reason
        itself = StackResource(self.stack.name, STACK, self.stack.id, {}, {})
        self._note(itself, status, reason)

    def _deploy(self, revision: Revision, retained: frozenset[str] = RETAINED) -> None:
        self.stack.parameters = dict(revision.parameters)
        deploy(revision.template, self.stack, self.client, HANDLERS, self._note, retained)

    def _roll_back(self, before: Revision | None, reason: str) -> None:
        verb = "UPDATE_ROLLBACK" if before else "ROLLBACK"
        self.enter(f"{verb}_IN_PROGRESS", reason)
        try:
            if before:
                self.revision = before
                self._deploy(before, RETAINED_BY_A_ROLLBACK)
            else:
                delete(self.stack, self.client, HANDLERS, self._note, RETAINED_BY_A_ROLLBACK)
        except REFUSALS as error:
            self.enter(f"{verb}_FAILED", str(error))
        else:
            self.enter(f"{verb}_COMPLETE", reason)

    def _note(self, resource: StackResource, status: str, reason: str | None) -> None:
        if status == "FAILED":
            status = f"{self.status.removesuffix('_IN_PROGRESS')}_FAILED"
        event = {
            "StackId": self.stack.id,
            "StackName": self.stack.name,
            "EventId": str(uuid4()),
            "LogicalResourceId": resource.logical_id,
            "PhysicalResourceId": resource.physical_id,
            "ResourceType": resource.type,
            "ResourceStatus": status,
            "Timestamp": datetime.now(UTC),
        }
        self.events.insert(0, event | ({"ResourceStatusReason": reason} if reason else {}))

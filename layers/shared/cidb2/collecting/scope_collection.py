"""Collects one scope: lists, reads, compares, publishes, and finally marks deletions."""

import time
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from threading import Lock

from cidb2.aws.members import AwsError, IncompleteAnswerError
from cidb2.chunks import chunks
from cidb2.collecting.checkpoints import Progress
from cidb2.collecting.deadline import Deadline
from cidb2.collecting.listing import pages
from cidb2.collecting.readers import Calls, Readers, Shares
from cidb2.collecting.service import Listed, Reader
from cidb2.errors import ResourceGoneError, StorageError
from cidb2.items.claim_check import ClaimCheck
from cidb2.items.compare import change_of, is_news, is_suspicious, missing
from cidb2.items.consistency import check_scope
from cidb2.items.inventory import Inventory, Refusal
from cidb2.items.item import Change, Item, Status, live_item, statement, tombstone
from cidb2.items.known import Known
from cidb2.items.resource import Resource
from cidb2.lake.listings import Lake, items_key, line
from cidb2.ledger.scope_record import ScopeRecord
from cidb2.observability import logger
from cidb2.publishing.journal import Journal
from cidb2.publishing.messages import Message, message_of
from cidb2.reasons import Failure, Reason, explain, worst
from cidb2.run import Publish, Run
from cidb2.scope import Outcome, Scope
from cidb2.times import now, sortable

AT_ONCE = 200
"""Resources read, or marked deleted, between two checks of the deadline."""

LEAST_AT_ONCE = 12
"""Minimum resources that a scope reads at once. A resource may take 400 KB of memory until it is
published, and 16 scopes with this many each still keep all threads busy."""


@dataclass(frozen=True, slots=True)
class CollectionContext:
    """What all scopes of one collection share."""

    run: Run
    inventory: Inventory
    claim_check: ClaimCheck
    lake: Lake
    journal: Journal
    publish: Callable[[Message], None]
    readers: Readers
    deadline: Deadline
    shares: Shares = field(default_factory=lambda: Shares(AT_ONCE, LEAST_AT_ONCE))


class ScopeCollection:
    """The collection of one scope. A later invocation may call `advance` again."""

    def __init__(
        self,
        scope: Scope,
        open_reader: Callable[[], Reader],
        known: Mapping[str, Known],
        progress: Progress,
        context: CollectionContext,
    ) -> None:
        self.scope = scope
        self.progress = progress
        self.is_finished = False
        self._open_reader = open_reader
        self._known = known
        self._shared = context
        self._lake_key = items_key(scope, context.run.run_id)
        self._error: Failure | None = None
        self._noting = Lock()

    def advance(self) -> None:
        """Collect until the end or until the deadline is near; never raises.

        Any error ends this scope with a reason, and no other scope.
        """
        began = time.monotonic()
        try:
            self.is_finished = self._collect()
        except Exception as error:  # noqa: BLE001 - the boundary of a scope; logged and recorded
            self._error = explain(error)
            self.is_finished = True
            logger.exception(
                "A scope could not be collected",
                extra={"region": self.scope.region, "reason": self._error.reason},
            )
        finally:
            self.progress.tally.seconds += time.monotonic() - began

    def settle(self, published: int, failures: Sequence[Failure]) -> None:
        """Record the results of the messages that this invocation published."""
        self.progress.tally.published += published
        self.progress.tally.failed += len(failures)
        if failure := worst(failures):
            self._note(replace(failure, reason=Reason.PUBLISH_FAILED))

    def end(self) -> ScopeRecord:
        """Write a complete listing to the lake; return the scope's record for the ledger.

        A narrowed listing is not written, because it would hide the resources that it skipped.
        """
        failure = worst(filter(None, [self._error, self.progress.problem]))
        if not failure and not self.progress.is_narrowed:
            failure = self._shared.lake.complete(self.progress.draft, self._lake_key)
        self.progress.draft.clear()
        return ScopeRecord(
            scope=self.scope,
            outcome=self._outcome(failure),
            failure=failure,
            tally=self.progress.tally,
            started_at=self.progress.started_at,
            finished_at=now(),
            is_narrowed=self.progress.is_narrowed,
        )

    def _note(self, failure: Failure) -> None:
        """Set the scope's problem, unless the one that it already has is worse."""
        with self._noting:
            self.progress.problem = worst(filter(None, [self.progress.problem, failure]))

    def _outcome(self, failure: Failure | None) -> Outcome:
        if failure is None or self._is_empty_for_good(failure):
            return Outcome.COMPLETE
        return Outcome.PARTIAL if self._error is None or self.progress.seen else Outcome.FAILED

    def _is_empty_for_good(self, failure: Failure) -> bool:
        """Tell whether the region does not offer the service, so that nothing is missing.

        If resources are known or were listed there, it is a gap nevertheless.
        """
        is_empty = not self._known and not self.progress.seen
        return failure.reason is Reason.NOT_OFFERED and is_empty

    def _collect(self) -> bool:
        if self._shared.deadline.is_near():
            return False
        return self._list() and (self.progress.has_gaps or self._delete())

    def _list(self) -> bool:
        """Read what is listed; return whether the listing has reached its end."""
        deadline = self._shared.deadline
        if self.progress.is_listed:
            return True
        reader = self._open_reader()
        for page in pages(reader, self.progress, deadline):
            if page.lacks:
                self._leave_gap(IncompleteAnswerError(member=page.lacks))
            if page.error:
                self._leave_gap(page.error)
            for listed in chunks(self._unseen(page.listed), AT_ONCE):
                if deadline.is_near():
                    return False
                with deadline.step():
                    self._collect_some(reader, listed)
        return self.progress.is_listed

    def _leave_gap(self, error: AwsError) -> None:
        """Record that a page does not name everything, so unlisted resources may exist."""
        self.progress.has_gaps = True
        failure = explain(error)
        self._note(failure)
        logger.error(
            "A listing does not name all its resources",
            extra={
                "region": self.scope.region,
                "reason": failure.reason,
                "error_code": failure.error_code,
                "problem": failure.message,
            },
        )

    def _unseen(self, listed: Sequence[Listed]) -> Sequence[Listed]:
        """Return each resource of a page once, without those that are already collected."""
        by_arn = {one.arn: one for one in listed}
        seen, gone = self.progress.seen, self.progress.gone
        return [one for arn, one in by_arn.items() if arn not in seen and arn not in gone]

    def _collect_some(self, reader: Reader, listed: list[Listed]) -> None:
        """Collect what is listed, at most this scope's share at once, and release it."""
        while listed:
            with self._shared.shares.take() as share:
                self._collect_share(reader, listed[:share])
                del listed[:share]

    def _collect_share(self, reader: Reader, listed: Sequence[Listed]) -> None:
        read = self._shared.readers.map(
            str(self.scope), lambda one: self._read(reader, one), listed
        )
        resources = [resource for _, resource in read if resource]
        last_known, out_of_reach = self._last_known(resources)
        for resource in resources:
            if resource.arn not in out_of_reach:
                self._report(resource, last_known.get(resource.arn))
        for one, (exists, _) in zip(listed, read, strict=True):
            (self.progress.seen if exists else self.progress.gone).add(one.arn)

    def _read(self, reader: Reader, listed: Listed) -> tuple[bool, Resource | None]:
        """Return whether the resource exists, and the resource if the run collects it."""
        try:
            resource = reader.read(listed, self._in_parallel)
        except ResourceGoneError:
            return False, None
        except Exception as error:  # noqa: BLE001 - the boundary of a resource; logged and recorded
            self._set_aside(listed.arn, error)
            return True, None
        self.progress.is_narrowed |= resource is None
        return True, resource

    def _set_aside(self, arn: str, error: Exception) -> None:
        """Record why an existing resource could not be read; no other resource is affected."""
        self._note(explain(error))
        logger.exception(
            "A resource could not be read", extra={"region": self.scope.region, "arn": arn}
        )

    def _in_parallel(self, calls: Calls) -> None:
        self._shared.readers.in_parallel(str(self.scope), calls)

    def _last_known(
        self, resources: Sequence[Resource]
    ) -> tuple[Mapping[str, Item], Container[str]]:
        """Return the current items, by ARN, of resources that differ or have unreadable fields.

        Items of resources that only differ lack their large fields. Also returns the ARNs of items
        that S3 refuses: their resources are not published, because they would lose what is known. A
        row that is not an item counts as unknown, and the resource replaces it.
        """
        out_of_reach: set[str] = set()

        def otherwise(arn: str, refusal: Refusal) -> None:
            self._tell_of_row(arn, refusal)
            if isinstance(refusal, StorageError):
                self._note(explain(refusal))
                out_of_reach.add(arn)

        inventory = self._shared.inventory
        partly = [one.arn for one in resources if one.unreadable]
        others = [one.arn for one in resources if not one.unreadable and self._differs(one)]
        items = {
            item["arn"]: item
            for item in chain(
                inventory.items(partly, otherwise=otherwise),
                inventory.items(others, whole=False, otherwise=otherwise),
            )
            if item["configurationItemStatus"] != Status.DELETED
            and item["scope"] == str(self.scope)
        }
        return items, out_of_reach

    def _differs(self, resource: Resource) -> bool:
        """Tell whether the resource in the table has, or may have, other content."""
        known = self._known.get(resource.arn)
        try:
            return known is not None and not known.has_content(resource.content_hash)
        except Exception:  # noqa: BLE001 - describing it raises the same again, and is recorded there
            return False

    def _tell_of_row(self, arn: str, refusal: Refusal) -> None:
        reason = explain(refusal).reason
        logger.exception(
            "A row of the inventory table is invalid",
            extra={"region": self.scope.region, "arn": arn, "reason": reason},
        )

    def _report(self, resource: Resource, last_known: Item | None) -> None:
        """Count a resource, write it to the lake and publish it, if it can be described."""
        try:
            found = self._describe(resource, last_known)
            self.progress.tally.findings.note(found.resource)
        except StorageError:
            raise  # an error of the hub, not of a resource
        except Exception as error:  # noqa: BLE001 - the boundary of a resource; logged and recorded
            self._set_aside(resource.arn, error)
            return
        change = found.told or found.change
        self.progress.tally.count(change, resource.unreadable.values())
        if not self.progress.problem:
            self._shared.lake.add(self.progress.draft, self._lake_key, found.line)
        self.progress.tally.published += found.told is not None
        if found.message:
            self._publish(found.message, change)

    def _describe(self, resource: Resource, last_known: Item | None) -> "_Described":
        """Return the full description of a resource, without publishing it."""
        if last_known and resource.unreadable:
            resource = resource.remembering(last_known)
        known = self._known.get(resource.arn)
        change = change_of(resource, known, last_known)
        said = statement(resource.content_hash, resource.unreadable_codes)
        told = self._shared.journal.published_as(resource.arn, said, change)
        run, moment = self._shared.run, sortable(resource.captured_at)
        item = live_item(resource, self.scope, run.run_id, told or change, moment)
        check_scope(item)  # or the reporter would refuse it, and the scope be COMPLETE without it
        is_due = run.config.publish is Publish.FULL or is_news(resource, known)
        message = message_of(item, self._shared.claim_check) if is_due and not told else None
        return _Described(resource, change, told, line(item), message)

    def _delete(self) -> bool:
        """Mark known resources that were not listed as deleted; return whether all are marked."""
        deadline = self._shared.deadline
        gone = missing(self._known, self.progress.seen)
        if self._is_too_much(gone):
            # Whatever else is wrong: a blocked deletion has an alarm of its own.
            self.progress.problem = _mass_deletion(len(gone), len(self._known))
            return True
        for arns in chunks(gone, AT_ONCE):
            if deadline.is_near():
                return False
            with deadline.step():
                self._mark_deleted(arns)
            self.progress.seen.update(arns)
        return True

    def _is_too_much(self, gone: Sequence[str]) -> bool:
        is_allowed = self._shared.run.config.allow_mass_deletion
        return is_suspicious(len(self._known), len(gone)) and not is_allowed

    def _mark_deleted(self, arns: Sequence[str]) -> None:
        run_id, moment = self._shared.run.run_id, sortable(self.progress.started_at)

        def otherwise(arn: str, refusal: Refusal) -> None:
            self._tell_of_row(arn, refusal)
            self._note(explain(refusal))

        for item in self._shared.inventory.items(arns, whole=False, otherwise=otherwise):
            if not self._is_gone(item, moment):
                continue
            self.progress.tally.count(Change.DELETED)
            said = statement(item["contentHash"], item["unreadable"])
            if self._shared.journal.published_as(item["arn"], said, Change.DELETED):
                self.progress.tally.published += 1
            else:
                gone = tombstone(item, run_id, moment)
                self._publish(message_of(gone, self._shared.claim_check), Change.DELETED)

    def _is_gone(self, item: Item, moment: str) -> bool:
        """Tell whether an unlisted item is in this scope, not deleted, and older than the listing.

        The index is eventually consistent, another run may have seen the resource since, and a
        bucket of the same ARN may now belong to another account.
        """
        return (
            item["scope"] == str(self.scope)
            and item["configurationItemStatus"] != Status.DELETED
            and item["configurationItemCaptureTime"] < moment
        )

    def _publish(self, message: Message, change: Change) -> None:
        lost = self._shared.journal.was_lost(message.arn, message.statement, change)
        self.progress.tally.healed += lost and change is not Change.UNCHANGED
        self._shared.publish(message)


@dataclass(frozen=True, slots=True)
class _Described:
    """A described resource; `told` is the change as which an earlier attempt published it."""

    resource: Resource
    change: Change
    told: Change | None
    line: bytes
    message: Message | None


def _mass_deletion(gone: int, known: int) -> Failure:
    message = (
        f"{gone} of {known} known items were not listed; nothing was marked deleted. "
        "If they are really gone, run once with config.allow_mass_deletion."
    )
    return Failure(Reason.SUSPECT_MASS_DELETION, "", message, retryable=False)

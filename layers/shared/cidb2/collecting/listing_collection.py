"""Collecting one listing of a scope: list, read, compare, publish, and mark what is gone."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from threading import Lock

from cidb2.aws.members import AwsError, IncompleteAnswerError
from cidb2.chunks import chunks
from cidb2.collecting.checkpoints import Progress
from cidb2.collecting.comparison import Comparison
from cidb2.collecting.context import AT_ONCE, CollectionContext
from cidb2.collecting.listing import pages
from cidb2.collecting.readers import Calls
from cidb2.collecting.service import Listed, Reader
from cidb2.errors import ResourceGoneError, StorageError
from cidb2.items.compare import is_suspicious, missing
from cidb2.items.item import Change, Item, statement, tombstone
from cidb2.items.known import Known
from cidb2.items.resource import Resource
from cidb2.lake.listings import items_key
from cidb2.ledger.scope_record import ListingRecord
from cidb2.observability import logger
from cidb2.publishing.messages import Message
from cidb2.reasons import Failure, Reason, explain, worst
from cidb2.scope import Outcome, Scope
from cidb2.times import sortable


class ListingCollection:
    """The collection of one listing. A later invocation may call `advance` again.

    `source` is the name by which the publisher counts its messages.
    """

    def __init__(
        self,
        scope: Scope,
        name: str,
        open_reader: Callable[[], Reader],
        known: Mapping[str, Known],
        progress: Progress,
        context: CollectionContext,
    ) -> None:
        self.name = name
        self.progress = progress
        self._scope = scope
        self._open_reader = open_reader
        self._known = known
        self._shared = context
        self._compared = Comparison(scope, name, known, context, self._note)
        self.source = self._compared.source
        self._lake_key = items_key(scope, name, context.run.run_id)
        self._noting = Lock()

    def advance(self) -> None:
        """Collect until the end or until the deadline is near; never raises.

        Any error ends this listing with a reason, and no other listing.
        """
        began = time.monotonic()
        try:
            self.progress.is_finished = self._collect()
        except Exception as error:  # noqa: BLE001 - the boundary of a listing; logged and recorded
            self.progress.error = explain(error)
            self.progress.is_finished = True
            logger.exception(
                "A listing could not be collected",
                extra={**self._place, "reason": self.progress.error.reason},
            )
        finally:
            self.progress.tally.seconds += time.monotonic() - began

    def settle(self, published: int, failures: Sequence[Failure]) -> None:
        """Record the results of the messages that this invocation published."""
        self.progress.tally.published += published
        self.progress.tally.failed += len(failures)
        if failure := worst(failures):
            self._note(replace(failure, reason=Reason.PUBLISH_FAILED))

    def end(self) -> ListingRecord:
        """Write a complete listing to the lake; return the listing's record for the ledger.

        A narrowed listing is not written, because it would hide the resources that it skipped.
        """
        failure = worst(filter(None, [self.progress.error, self.progress.problem]))
        if not failure and not self.progress.is_narrowed:
            failure = self._shared.lake.complete(self.progress.draft, self._lake_key)
        self.progress.draft.clear()
        return ListingRecord(
            self.name,
            self._outcome(failure),
            failure,
            self.progress.tally,
            self.progress.started_at,
            is_narrowed=self.progress.is_narrowed,
        )

    def _note(self, failure: Failure) -> None:
        """Set the listing's problem, unless the one that it already has is worse."""
        with self._noting:
            self.progress.problem = worst(filter(None, [self.progress.problem, failure]))

    def _outcome(self, failure: Failure | None) -> Outcome:
        if failure is None or self._is_empty_for_good(failure):
            return Outcome.COMPLETE
        is_partial = self.progress.error is None or bool(self.progress.seen)
        return Outcome.PARTIAL if is_partial else Outcome.FAILED

    def _is_empty_for_good(self, failure: Failure) -> bool:
        """Tell whether the region does not offer the service, so that nothing is missing.

        If resources are known or were listed there, it is a gap nevertheless.
        """
        is_empty = not (self._known or self.progress.seen or self.progress.has_gaps)
        return failure.reason is Reason.NOT_OFFERED and is_empty

    def _collect(self) -> bool:
        if self._shared.limits.deadline.is_near():
            return False
        return self._list() and (self.progress.has_gaps or self._delete())

    def _list(self) -> bool:
        """Read what is listed; return whether the listing has reached its end."""
        deadline = self._shared.limits.deadline
        if self.progress.is_listed:
            return True
        reader = self._open_reader()
        for page in pages(reader, self.progress, deadline):
            if page.lacks:
                self._leave_gap(IncompleteAnswerError(member=page.lacks))
            if page.error:
                self._leave_gap(page.error)
            self.progress.seen.update(page.elsewhere)  # still exists: another region collects it
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
                **self._place,
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
        """Collect what is listed, at most this listing's share at once, and release it."""
        while listed:
            with self._shared.limits.shares.take() as share:
                self._collect_share(reader, listed[:share])
                del listed[:share]

    def _collect_share(self, reader: Reader, listed: Sequence[Listed]) -> None:
        recalled = self._compared.recalled(listed)

        def read_one(one: Listed) -> tuple[bool, Resource | None]:
            known = recalled.get(one.arn)
            return (True, known) if known else self._read(reader, one)

        read = self._shared.readers.map(self.source, read_one, listed)
        resources = [resource for _, resource in read if resource]
        last_known, out_of_reach = self._compared.last_known(resources)
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
        logger.exception("A resource could not be read", extra={**self._place, "arn": arn})

    def _in_parallel(self, calls: Calls) -> None:
        self._shared.readers.in_parallel(self.source, calls)

    def _report(self, resource: Resource, last_known: Item | None) -> None:
        """Count a resource, write it to the lake and publish it, if it can be described."""
        try:
            found = self._compared.describe(resource, last_known)
            self.progress.tally.findings.note(resource.arn, found.verdicts)
            self.progress.tally.effects.note(resource.arn, found.effects)
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

    def _delete(self) -> bool:
        """Mark known resources that were not listed as deleted; return whether all are marked."""
        deadline = self._shared.limits.deadline
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
        for item in self._compared.gone(arns, moment):
            self.progress.tally.count(Change.DELETED)
            said = statement(item["contentHash"], item["unreadable"])
            if self._shared.journal.published_as(item["arn"], said, Change.DELETED):
                self.progress.tally.published += 1
            else:
                gone = tombstone(item, run_id, moment)
                self._publish(self._compared.message(gone), Change.DELETED)

    def _publish(self, message: Message, change: Change) -> None:
        lost = self._shared.journal.was_lost(message.arn, message.statement, change)
        self.progress.tally.healed += lost and change is not Change.UNCHANGED
        self._shared.publish(message)

    @property
    def _place(self) -> dict[str, str]:
        """The listing, as a line of the log names it."""
        scope = self._scope
        return {
            "service_collected": scope.service,
            "region": scope.region,
            "listing": self.name,
        }


def _mass_deletion(gone: int, known: int) -> Failure:
    message = (
        f"{gone} of {known} known items were not listed; nothing was marked deleted. "
        "If they are really gone, run once with config.allow_mass_deletion."
    )
    return Failure(Reason.SUSPECT_MASS_DELETION, "", message, retryable=False)

"""Compares the resources of one listing with what the inventory table has of them."""

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from cidb2.collecting.context import CollectionContext
from cidb2.collecting.service import Listed
from cidb2.errors import StorageError
from cidb2.items.compare import change_of, is_news
from cidb2.items.consistency import check_scope
from cidb2.items.effects.rules import effects_of
from cidb2.items.findings.catalog import Verdicts, verdicts_of
from cidb2.items.inventory import Refusal
from cidb2.items.item import (
    Change,
    Effects,
    Item,
    Status,
    effects_told,
    live_item,
    statement,
)
from cidb2.items.known import Known
from cidb2.items.resource import Resource
from cidb2.lake.lines import item_line
from cidb2.observability import logger
from cidb2.publishing.messages import Message, message_of
from cidb2.reasons import Failure, explain
from cidb2.run import Publish
from cidb2.scope import Scope
from cidb2.times import sortable


@dataclass(frozen=True, slots=True)
class Described:
    """A described resource; `told` is the change as which an earlier attempt published it."""

    verdicts: Verdicts
    change: Change
    told: Change | None
    effects: Effects
    line: bytes
    message: Message | None


class Comparison:
    """What is known of one listing of one scope; `note` takes what is wrong with the listing."""

    def __init__(
        self,
        scope: Scope,
        listing: str,
        known: Mapping[str, Known],
        context: CollectionContext,
        note: Callable[[Failure], None],
    ) -> None:
        self._scope = scope
        self._listing = listing
        self.source = f"{scope}#{listing}"
        self._known = known
        self._shared = context
        self._note = note

    def recalled(self, listed: Sequence[Listed]) -> Mapping[str, Resource]:
        """Return the listed resources, by ARN, that nobody can have changed, from their items.

        An item with unreadable fields, or with a hash by other rules, is not taken, nor is one that
        cannot be recalled: its resource is read.
        """
        known = {one.arn: one.recall for one in listed if one.recall and one.arn in self._known}
        found = {}
        for item in self._current(self._shared.inventory.items(known, otherwise=self._tell_of_row)):
            if resource := self._recall(item, known[item["arn"]]):
                found[resource.arn] = resource
        return found

    def _recall(self, item: Item, recall: Callable[[Item], Resource]) -> Resource | None:
        """Return the resource of an item, or None if it has to be read."""
        if item["unreadable"]:
            return None
        try:
            resource = recall(item)
            return resource if resource.content_hash == item["contentHash"] else None
        except Exception:  # noqa: BLE001 - the boundary of a resource; logged, and read instead
            extra = {"region": self._scope.region, "arn": item["arn"]}
            logger.exception("A resource could not be recalled", extra=extra)
            return None

    def _current(self, items: Iterable[Item]) -> Iterator[Item]:
        """Yield the items of this scope that are not deleted."""
        for item in items:
            is_deleted = item["configurationItemStatus"] == Status.DELETED
            if not is_deleted and item["scope"] == str(self._scope):
                yield item

    def last_known(
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
        items = chain(
            inventory.items(partly, otherwise=otherwise),
            inventory.items(
                [*others, *self._told_before(resources)], whole=False, otherwise=otherwise
            ),
        )
        return {item["arn"]: item for item in self._current(items)}, out_of_reach

    def _told_before(self, resources: Sequence[Resource]) -> Iterator[str]:
        """Yield the ARNs of resources that an earlier attempt told as changed, and that are stored.

        Nothing tells any more what changed, but their items.
        """
        if not self._shared.journal.is_repeated:
            return
        for one in resources:
            if not one.unreadable and not self._differs(one) and self._told(one) is Change.CHANGED:
                yield one.arn

    def _told(self, resource: Resource, change: Change = Change.UNCHANGED) -> Change | None:
        """Return the change as which an earlier attempt published a resource, if it did."""
        said = statement(resource.content_hash, resource.unreadable_codes)
        return self._shared.journal.published_as(resource.arn, said, change)

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
            extra={"region": self._scope.region, "arn": arn, "reason": reason},
        )

    def describe(self, resource: Resource, last_known: Item | None) -> Described:
        """Return the full description of a resource, without publishing it."""
        if last_known and resource.unreadable:
            resource = resource.remembering(last_known)
        known = self._known.get(resource.arn)
        change = change_of(resource, known, last_known)
        told = self._told(resource, change)
        run, moment = self._shared.run, sortable(resource.captured_at)
        effects = self._effects(resource, change, told, last_known)
        item = live_item(resource, self._scope, run.run_id, told or change, moment, effects)
        check_scope(item)  # or the reporter would refuse it, and the scope be COMPLETE without it
        is_due = run.config.publish is Publish.FULL or is_news(resource, known)
        message = self.message(item) if is_due and not told else None
        verdicts = verdicts_of(resource)
        line = item_line(item, self._listing, verdicts)
        return Described(verdicts, change, told, effects, line, message)

    def _effects(
        self, resource: Resource, change: Change, told: Change | None, last_known: Item | None
    ) -> Effects:
        """Return what a change means; nothing if there is none, or if it cannot be judged."""
        if last_known is None or (told or change) is not Change.CHANGED:
            return {}
        if change is not Change.CHANGED:  # an earlier attempt published it, and it is stored
            is_ours = last_known["runId"] == self._shared.run.run_id
            return effects_told(last_known) if is_ours else {}
        try:
            return effects_of(last_known, resource)
        except Exception:  # noqa: BLE001 - the boundary of the effects; logged, and left unknown
            extra = {"region": self._scope.region, "arn": resource.arn}
            logger.exception("The effects of a change could not be judged", extra=extra)
            return {}

    def message(self, item: Item) -> Message:
        """Return the message of an item, which this listing waits for."""
        return message_of(item, self._shared.claim_check, self.source)

    def gone(self, arns: Sequence[str], moment: str) -> Iterator[Item]:
        """Yield the items of unlisted ARNs that are in this scope, not deleted, and older.

        The index is eventually consistent, another run may have seen the resource since `moment`,
        when the listing began, and a bucket of the same ARN may now belong to another account.
        """

        def otherwise(arn: str, refusal: Refusal) -> None:
            self._tell_of_row(arn, refusal)
            self._note(explain(refusal))

        for item in self._shared.inventory.items(arns, whole=False, otherwise=otherwise):
            is_old = item["configurationItemCaptureTime"] < moment
            is_ours = item["scope"] == str(self._scope)
            if is_ours and is_old and item["configurationItemStatus"] != Status.DELETED:
                yield item

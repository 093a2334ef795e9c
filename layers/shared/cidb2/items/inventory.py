"""The inventory table as collectors and the command line read it."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from typing import Any, TypeVar

from cidb2.aws.table import READ_AT_ONCE, Row, Table
from cidb2.chunks import chunks
from cidb2.errors import (
    InconsistentItemError,
    InvalidInputError,
    StorageError,
    UnusableRowError,
)
from cidb2.items.claim_check import ClaimCheck
from cidb2.items.consistency import check_consistency
from cidb2.items.item import Change, Item, statement
from cidb2.items.known import Known, KnownDraft
from cidb2.items.rows import (
    CURRENT,
    TYPE_SHARDS,
    VERSION,
    change_key,
    item_of,
    scope_key,
    type_key,
)
from cidb2.scope import Outcome
from cidb2.types.listings import listing_of
from cidb2.validation import check

Part = TypeVar("Part")

SCOPE_INDEX = "by-scope"
TYPE_INDEX = "by-type"
CHANGE_INDEX = "by-change"

QUERIES_SIDE_BY_SIDE = 16
"""Partitions or segments of an index that are read concurrently, and whose rows are in memory."""

KnownByListing = Mapping[str, Mapping[str, Known]]
KnownByRegion = Mapping[str, KnownByListing]

Refusal = UnusableRowError | StorageError
"""Why a row is unusable: it is not an item, or S3 refuses its large fields."""

Otherwise = Callable[[str, Refusal], None]
"""Called for each unusable row, with its ARN and the reason. If it raises, reading ends."""


def _raise(_: str, refusal: Refusal) -> None:
    raise refusal


class Inventory:
    """Reads the inventory table, for collectors to compare with and for people to query.

    Every method raises StorageError if DynamoDB refuses. An unusable row raises its error, or is
    skipped and passed to `otherwise`, if that is given.
    """

    def __init__(self, table: Table, claim_check: ClaimCheck) -> None:
        self._table = table
        self._claim_check = claim_check

    def known(self, account_id: str, service: str) -> KnownByRegion:
        """Return what the table knows of a service in an account, by region, listing and ARN.

        One query of the scope index for all regions.
        """
        rows = self._table.query(
            "scopeKey = :scope",
            {":scope": scope_key(account_id, service)},
            IndexName=SCOPE_INDEX,
            ProjectionExpression="scopeSort, contentHash, unreadable",
        )
        return {
            region: _by_listing(service, map(_known, of_region))
            for region, of_region in groupby(rows, _region)
        }

    def items(
        self,
        arns: Iterable[str],
        *,
        whole: bool = True,
        otherwise: Otherwise = _raise,
    ) -> Iterator[Item]:
        """Yield the current items of the ARNs that are in the table, in no order.

        Unless `whole` is set, large items have a pointer in place of their large fields.
        """
        rows = self._table.get({"pk": arn, "sk": CURRENT} for arn in arns)
        yield from self._items(rows, whole=whole, otherwise=otherwise)

    def history(
        self,
        arn: str,
        *,
        whole: bool = False,
        otherwise: Otherwise = _raise,
    ) -> Iterator[Item]:
        """Yield the versions of a resource, oldest first.

        Unless `whole` is set, large items have a pointer in place of their large fields.
        """
        rows = self._table.query(
            "pk = :arn AND begins_with(sk, :version)",
            {":arn": arn, ":version": VERSION},
            ConsistentRead=True,
        )
        yield from self._items(rows, whole=whole, otherwise=otherwise)

    def of_type(self, resource_type: str) -> Iterator[Row]:
        """Yield the type index's row of each current resource of a type, in no order.

        A row has `pk` (the ARN), `typeKey`, `accountId`, `awsRegion`, `resourceName` and `tags`.
        The last two are missing if there are none; `tags` also if they are unreadable or in S3.
        """
        shards = [type_key(resource_type, shard) for shard in range(TYPE_SHARDS)]
        return self._partitions(TYPE_INDEX, "typeKey", shards)

    def of_every_type(self) -> Iterator[Row]:
        """Yield the type index's rows of all current resources, as `of_type` does.

        Scans the index, in segments: querying it would take a request for each partition of each
        type, however few resources there are.
        """

        def read(segment: int) -> Iterator[Row]:
            return self._table.scan(
                IndexName=TYPE_INDEX, Segment=segment, TotalSegments=QUERIES_SIDE_BY_SIDE
            )

        return _side_by_side(read, range(QUERIES_SIDE_BY_SIDE))

    def changes(self, run_id: str, scopes: Iterable[Mapping[str, Any]]) -> Iterator[Row]:
        """Yield what a run created, changed and deleted, as `changes_of` does.

        `scopes` are the run's scope rows in the ledger, which show which partitions of the change
        index have entries.
        """
        changed = ((row["accountId"], row["service"]) for row in scopes if _may_have_changed(row))
        return self.changes_of(run_id, dict.fromkeys(changed))

    def changes_of(
        self, run_id: str, collections: Iterable[tuple[str, str]], *, most: int | None = None
    ) -> Iterator[Row]:
        """Yield what a run created, changed and deleted, by collection and ARN.

        A collection is (account id, service); `most` limits the changes of each. A row has `pk`
        (the ARN), `change`, `accountId`, `awsRegion`, `resourceType`, `resourceName` (if there is
        one), `configurationItemCaptureTime`, and `sk`, the key of its version.
        """
        keys = (change_key(run_id, account_id, service) for account_id, service in collections)
        return self._partitions(CHANGE_INDEX, "changeKey", keys, most)

    def effects(self, keys: Iterable[Mapping[str, str]]) -> Iterator[Row]:
        """Yield `effects` and `addedPrincipals`, with the keys, of versions that exist."""

        def read(some: Iterable[Mapping[str, str]]) -> Iterator[Row]:
            return self._table.get(some, ("pk", "sk", "effects", "addedPrincipals"))

        return _side_by_side(read, chunks(keys, READ_AT_ONCE))

    def _items(self, rows: Iterable[Row], *, whole: bool, otherwise: Otherwise) -> Iterator[Item]:
        for row in rows:
            try:
                item = _checked(row)
                item = self._redeemed(item) if whole else item
            except (UnusableRowError, StorageError) as error:
                otherwise(row["pk"], error)
            else:
                yield item

    def _redeemed(self, item: Item) -> Item:
        try:
            return self._claim_check.redeem(item)
        except InconsistentItemError as error:
            raise UnusableRowError(f"{item['arn']}: {error}") from error

    def _partitions(
        self, index: str, key: str, values: Iterable[str], most: int | None = None
    ) -> Iterator[Row]:
        limit = {"PaginationConfig": {"MaxItems": most, "PageSize": most}} if most else {}

        def read(value: str) -> Iterator[Row]:
            return self._table.query(f"{key} = :key", {":key": value}, IndexName=index, **limit)

        return _side_by_side(read, values)


def _side_by_side(read: Callable[[Part], Iterator[Row]], parts: Iterable[Part]) -> Iterator[Row]:
    with ThreadPoolExecutor(QUERIES_SIDE_BY_SIDE, "query") as executor:
        for some in chunks(parts, QUERIES_SIDE_BY_SIDE):
            for rows in executor.map(lambda part: [*read(part)], some):
                yield from rows


def _may_have_changed(scope: Mapping[str, Any]) -> bool:
    """Tell whether a scope may have changes of its run: a collector that died counted none."""
    has_counted = any(scope[change.lower()] for change in Change if change is not Change.UNCHANGED)
    return has_counted or scope["outcome"] != Outcome.COMPLETE


def _checked(row: Row) -> Item:
    """Return the item of a row, which may be malformed unless the reporter wrote it."""
    try:
        item = item_of(row)
        check("item", item, "row", quoting=False)
        check_consistency(item)
    except (InvalidInputError, InconsistentItemError) as error:
        raise UnusableRowError(f"{row['pk']}: {error}") from error
    except (KeyError, TypeError, ValueError) as error:
        raise UnusableRowError(f"{row['pk']}: not an item ({type(error).__name__})") from error
    if item["arn"] != row["pk"]:
        raise UnusableRowError(f"{row['pk']}: contains the item of another ARN")
    return item


def _by_listing(service: str, items: Iterable[tuple[str, str, str]]) -> KnownByListing:
    drafts: defaultdict[str, KnownDraft] = defaultdict(KnownDraft)
    for item in items:
        drafts[listing_of(service, item[0])].add(*item)
    return {listing: draft.items() for listing, draft in drafts.items()}


def _region(row: Row) -> str:
    return str(row["scopeSort"].partition("/")[0])


def _known(row: Row) -> tuple[str, str, str]:
    """Return the index's hashes of an ARN; a malformed row gets ones that match no resource."""
    arn = row["scopeSort"].partition("/")[2]
    content_hash, unreadable = row.get("contentHash"), row.get("unreadable", {})
    if not isinstance(content_hash, str) or not isinstance(unreadable, Mapping):
        return arn, "", ""
    return arn, content_hash, statement(content_hash, unreadable)

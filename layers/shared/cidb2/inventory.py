"""What the inventory table knows: read to compare, and to remember what cannot be read today."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from cidb2.claim_check import ClaimCheck
from cidb2.compare import Known
from cidb2.item import Item
from cidb2.rows import CURRENT, item_of, scope_key
from cidb2.table import Table

SCOPE_INDEX = "by-scope"

KnownByRegion = Mapping[str, Mapping[str, Known]]


class Inventory:
    """The inventory table as a collector reads it.

    Both methods raise StorageError where DynamoDB, or S3 for a large item, refuses.
    """

    def __init__(self, table: Table, claim_check: ClaimCheck) -> None:
        self._table = table
        self._claim_check = claim_check

    def known(self, account_id: str, service: str) -> KnownByRegion:
        """Return what the table knows of a service in an account: by scope region, by ARN.

        One query of the scope index for all regions.
        """
        known: dict[str, dict[str, Known]] = defaultdict(dict)
        for row in self._table.query(
            "scopeKey = :scope",
            {":scope": scope_key(account_id, service)},
            IndexName=SCOPE_INDEX,
            ProjectionExpression="scopeSort, contentHash, unreadable",
        ):
            region, _, arn = row["scopeSort"].partition("/")
            known[region][arn] = Known(row["contentHash"], row.get("unreadable"))
        return known

    def items(self, arns: Iterable[str], *, whole: bool = True) -> Iterator[Item]:
        """Yield the current items of those ARNs that the table has, in no order.

        Not `whole`, a large item has the pointer to its large fields and not these.
        """
        for row in self._table.get({"pk": arn, "sk": CURRENT} for arn in arns):
            item = item_of(row)
            yield self._claim_check.redeem(item) if whole else item

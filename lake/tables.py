"""The tables of the lake: their columns, from the item's schema and from a scope's ledger row.

All columns except numbers and booleans are text, including times and JSON. Queries convert them
with `CAST`, `from_iso8601_timestamp` and `json_extract`.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from cidb2.lake import listings as lake
from cidb2.ledger.tally import Tally
from cidb2.services import SERVICES

SCHEMA = Path(lake.__file__).parents[1] / "schemas" / "item.json"
NOT_IN_A_LISTING = {"pointer"}
BESIDE_THE_ITEM = {"listing", "findings", "relationships", "identifiers", "unreadableRelations"}
OF_A_SCOPE = (
    *("scope", "runId", "service", "accountId", "awsRegion", "outcome"),
    *("reason", "errorCode", "errorMessage", "listings", "renewedListings"),
    *("startedAt", "finishedAt"),
)


@dataclass(frozen=True)
class Table:
    """A table: its columns with Athena's types, and the location of its partitions in S3."""

    name: str
    description: str
    prefix: str
    columns: dict[str, str]
    partitions: dict[str, dict[str, str]]

    @property
    def location(self) -> str:
        """The location of a partition in the bucket; `${...}` stands for the partition's value."""
        return "/".join([self.prefix, *(f"{name}=${{{name}}}" for name in self.partitions)])


def _texts(names: Iterable[str]) -> dict[str, str]:
    return {name.lower(): "string" for name in sorted(names)}


def _figures() -> dict[str, str]:
    kinds = {int: "bigint", float: "double"}
    figures = Tally().to_document().items()
    return {name.lower(): kinds.get(type(value), "string") for name, value in figures}


RUN_DATE = {"type": "date", "format": "yyyy-MM-dd"}
ITEMS = Table(
    name="items",
    description="Items of every complete listing; scopes tells which listing is current",
    prefix=lake.ITEMS,
    columns=_texts(
        {*json.loads(SCHEMA.read_text())["properties"], *BESIDE_THE_ITEM} - NOT_IN_A_LISTING
    ),
    partitions={"run_date": RUN_DATE, "service": {"type": "enum", "values": ",".join(SERVICES)}},
)
SCOPES = Table(
    name="scopes",
    description="Scopes of every run: outcome, reason, figures",
    prefix=lake.SCOPES,
    columns={**_texts(OF_A_SCOPE), "isnarrowed": "boolean", **_figures()},
    partitions={"run_date": RUN_DATE},
)
TABLES = (ITEMS, SCOPES)

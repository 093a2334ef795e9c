"""A lake on disk, written like collectors and results processor write it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

from cidb2.items.findings.catalog import verdicts_of
from cidb2.items.item import Change, Effects, live_item
from cidb2.items.resource import SUPPLEMENTARY, Resource
from cidb2.lake.draft import Draft
from cidb2.lake.lines import item_line
from cidb2.lake.listings import items_key, scopes_key
from cidb2.ledger.scope_record import ListingRecord, ScopeRecord, scope_row
from cidb2.ledger.tally import Tally
from cidb2.reasons import Failure, Reason
from cidb2.run import begun_at
from cidb2.scope import Outcome, Scope
from cidb2.times import sortable
from cidb2.types.catalog import SERVICE_OF, TYPES
from functions.results_processor.lake import LakeFile
from functions.results_processor.sinks import pour
from tests.support.builders import ACCOUNT, a_failure, a_resource

LISTING = "ListKeys"

NOON = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)


def run_id(days_ago: int, number: int = 0) -> str:
    began = NOON - timedelta(days=days_ago)
    return f"{began:%Y%m%d}T{12 + number:02}0000Z-1a2b3c4d"


@dataclass
class PlantedLake:
    """A lake in which runs are planted: a listing for each scope, or its failure reason."""

    folder: Path
    written: list[Path] = field(default_factory=list)

    def plant(
        self,
        days_ago: int,
        listings: dict[Scope, Sequence[Resource] | Reason],
        *,
        number: int = 0,
        narrowed: Sequence[Scope] = (),
        spoiled: Mapping[Scope, Sequence[bytes]] | None = None,
    ) -> str:
        """Write a run's files; `number` is its hour after noon.

        `spoiled` are additional lines of listings that no collector would write.
        """
        run = run_id(days_ago, number)
        began = NOON - timedelta(days=days_ago) + timedelta(hours=number)
        records = []
        for scope, listing in listings.items():
            is_narrowed = scope in narrowed
            failure = a_failure(listing) if isinstance(listing, Reason) else None
            more = (spoiled or {}).get(scope, ())
            if not isinstance(listing, Reason) and listing and not is_narrowed:
                self._list(scope, run, listing, more)
            items = 0 if isinstance(listing, Reason) else len(listing) + len(more)
            records.append(_record(scope, failure, began, items, is_narrowed=is_narrowed))
        path = self._path(scopes_key(run))
        with path.open("wb") as file, LakeFile(file) as lake_file:
            pour((scope_row(run, record) for record in records), lake_file)
        return run

    def plant_listings(
        self,
        days_ago: int,
        scope: Scope,
        listings: Mapping[str, Sequence[Resource] | Reason],
        *,
        is_narrowed: bool = False,
    ) -> None:
        """Write a run's files for one scope: the resources of each listing, or its failure reason.

        `is_narrowed` means that the scope has other listings, which the run skipped.
        """
        self.plant_scopes(days_ago, {scope: listings}, narrowed=[scope] if is_narrowed else [])

    def plant_scopes(
        self,
        days_ago: int,
        scopes: Mapping[Scope, Mapping[str, Sequence[Resource] | Reason]],
        *,
        narrowed: Sequence[Scope] = (),
        spoiled: Mapping[tuple[Scope, str], Sequence[bytes]] | None = None,
    ) -> None:
        """Write what a run leaves of several scopes, as of one; `spoiled` lines by listing."""
        run, began = run_id(days_ago), NOON - timedelta(days=days_ago)
        rows = []
        for scope, listings in scopes.items():
            records = [
                self._listed(scope, run, began, *each, (spoiled or {}).get((scope, each[0]), ()))
                for each in listings.items()
            ]
            is_narrowed, ended = scope in narrowed, began + timedelta(minutes=1)
            record = ScopeRecord.of(scope, records, ended, is_narrowed=is_narrowed)
            rows.append(scope_row(run, record))
        with self._path(scopes_key(run)).open("wb") as file, LakeFile(file) as lake_file:
            pour(rows, lake_file)

    def _listed(
        self,
        scope: Scope,
        run: str,
        began: datetime,
        name: str,
        listing: Sequence[Resource] | Reason,
        more: Sequence[bytes],
    ) -> ListingRecord:
        if isinstance(listing, Reason):
            return ListingRecord(name, Outcome.FAILED, a_failure(listing), Tally(), began)
        if listing or more:
            self._list(scope, run, listing, more, name)
        items = len(listing) + len(more)
        return ListingRecord(name, Outcome.COMPLETE, None, Tally(items=items), began)

    def _list(
        self,
        scope: Scope,
        run: str,
        listing: Sequence[Resource],
        more: Sequence[bytes],
        name: str = LISTING,
    ) -> None:
        lines = [line_of(one, scope, run, name) for one in listing]
        self._path(items_key(scope, name, run)).write_bytes(_handed_over([*lines, *more]))

    def _path(self, key: str) -> Path:
        path = self.folder / key
        path.parent.mkdir(parents=True, exist_ok=True)
        self.written.append(path)
        return path


def line_of(
    resource: Resource,
    scope: Scope,
    run: str,
    listing: str = LISTING,
    effects: Effects | None = None,
) -> bytes:
    """Return a line of a listing; with `effects`, even without any, of a resource that changed."""
    change = Change.UNCHANGED if effects is None else Change.CHANGED
    item = live_item(resource, scope, run, change, sortable(begun_at(run)), effects)
    return item_line(item, listing, verdicts_of(resource))


def _handed_over(lines: Sequence[bytes]) -> bytes:
    """Return the object of a listing of which two invocations wrote one half each."""
    middle = len(lines) // 2
    first, kept = Draft(), BytesIO()
    for each in lines[:middle]:
        first.add(each)
    first.save(kept)
    first.clear()
    second = Draft.parse(first.to_document())
    kept.seek(0)
    second.restore(kept)
    for each in lines[middle:]:
        second.add(each)
    second.end()
    content = second.from_start().read()
    second.clear()
    return content


def _record(
    scope: Scope, failure: Failure | None, began: datetime, items: int, *, is_narrowed: bool
) -> ScopeRecord:
    outcome = Outcome.FAILED if failure else Outcome.COMPLETE
    listing = ListingRecord(
        LISTING, outcome, failure, Tally(items=items), began, is_narrowed=is_narrowed
    )
    return ScopeRecord.of(scope, [listing], began + timedelta(minutes=1))


def not_configured(kind: str) -> dict[str, None]:
    """Return the fields in which a type may have relations, each read and not configured."""
    service = SERVICE_OF.get(kind)
    paths = [each.path.split(".") for each in TYPES[service][kind].edges] if service else []
    return {path[1]: None for path in paths if path[0] == SUPPLEMENTARY}


def of_type(kind: str, name: str, region: str = "global", **changes: Any) -> Resource:
    """Return a resource of a type, by default without tags and further fields."""
    service = kind.split("::")[1].lower()
    given: dict[str, Any] = {
        "resource_type": kind,
        "resource_id": name,
        "resource_name": name,
        "arn": f"arn:aws:{service}:{region}:{ACCOUNT}:{name}",
        "region": region,
        "configuration": {},
        "supplementary": not_configured(kind),
        "tags": {},
    }
    return a_resource(name, **given | changes)

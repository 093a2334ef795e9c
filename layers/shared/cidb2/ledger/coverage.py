"""Coverage: when each listing of a scope was last complete, and what came of the last attempt.

Coverage is merged: of each listing the newest completion counts, and of the scope the newest
attempt. So attempts may be recorded late, in any order and more than once.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Self

from cidb2.aws.table import Row
from cidb2.ledger.compact import milliseconds, time_of
from cidb2.ledger.scope_record import ScopeRecord, failure_fields
from cidb2.scope import ALL_REGIONS, Outcome
from cidb2.times import iso

NEVER = "1970-01-01T00:00:00Z"
"""The time of the last complete listing of what was never complete."""


@dataclass(frozen=True, slots=True, order=True)
class Completion:
    """A complete listing: when it began and ended, in milliseconds, and its run."""

    began: int = 0
    ended: int = 0
    run_id: str = ""

    @property
    def began_at(self) -> str:
        return time_of(self.began)

    @property
    def ended_at(self) -> str:
        return time_of(self.ended)


NO_COMPLETION = Completion()


@dataclass(frozen=True, slots=True)
class Attempt:
    """The last attempt: when it ended, its run, and its outcome with reason and listings."""

    ended: int
    run_id: str
    told: Row

    @property
    def order(self) -> tuple[int, str, str]:
        return self.ended, self.run_id, json.dumps(self.told, sort_keys=True)


@dataclass(frozen=True, slots=True)
class Covered:
    """The coverage of one scope.

    `complete` is the last completion of every listing, except of those in `apart`. `missed_since`
    is the end of the first attempt, while a listing has never been complete.
    """

    attempt: Attempt
    complete: Completion = NO_COMPLETION
    apart: Mapping[str, Completion] = field(default_factory=dict)
    missed_since: int | None = None

    @classmethod
    def by(cls, run_id: str, entry: ScopeRecord) -> Self:
        """Return what the attempt of a run tells of a scope's coverage."""
        began, ended = milliseconds(iso(entry.started_at)), milliseconds(iso(entry.finished_at))
        completion = Completion(began, ended, run_id)
        if entry.is_whole:
            return cls(Attempt(ended, run_id, {"outcome": Outcome.COMPLETE.value}), completion)
        told: Row = {
            "outcome": entry.outcome.value,
            **failure_fields(entry.failure),
            "listings": sorted(each.name for each in entry.incomplete),
        }
        attempt = Attempt(ended, run_id, told)
        if entry.outdated:
            apart = dict.fromkeys(entry.outdated, NO_COMPLETION)
            return cls(attempt, completion, apart, missed_since=ended)
        return cls(attempt, apart=dict.fromkeys(entry.renewed, completion), missed_since=ended)

    @classmethod
    def of_earlier_release(cls, row: Row) -> Self:
        """Return the coverage in a row of an earlier release, which had one for each region."""
        told: Row = {
            f"{name[4].lower()}{name[5:]}": row[name]
            for name in ("lastOutcome", "lastReason", "lastErrorCode", "lastErrorMessage")
            if name in row
        }
        if told["outcome"] != Outcome.COMPLETE or "lastListings" in row:
            told["listings"] = sorted(row.get("lastListings", ()))
        attempt = Attempt(milliseconds(row["lastAttemptAt"]), row["lastRunId"], told)
        ended: str = row["lastCompleteAt"]
        if ended == NEVER:
            missed: str = row.get("missedSince") or row["lastAttemptAt"]
            return cls(attempt, missed_since=milliseconds(missed))
        began: str = row.get("lastCompleteStartedAt") or NEVER  # overtakes no message
        run_id: str = row.get("lastCompleteRunId") or ""
        return cls(attempt, Completion(milliseconds(began), milliseconds(ended), run_id))

    def of(self, listing: str) -> Completion:
        """Return the last completion of a listing."""
        return self.apart.get(listing, self.complete)

    @property
    def oldest(self) -> Completion:
        """Return the last completion of the listing that was missed for the longest time."""
        return min([self.complete, *self.apart.values()])

    def oldest_of(self, listings: Iterable[str]) -> Completion:
        """Return the last completion of the one of these listings that was missed for longest."""
        return min(map(self.of, listings))

    @property
    def newest(self) -> Completion:
        """Return the last completion of any listing."""
        return max([self.complete, *self.apart.values()])

    def merged(self, other: "Covered") -> "Covered":
        """Return what both tell together."""
        complete = max(self.complete, other.complete)
        newest = {name: max(self.of(name), other.of(name)) for name in {*self.apart, *other.apart}}
        apart = {name: newest[name] for name in sorted(newest) if newest[name] != complete}
        missed = [each for each in (self.missed_since, other.missed_since) if each is not None]
        was_never = NO_COMPLETION in (complete, *apart.values())
        attempt = max(self.attempt, other.attempt, key=lambda each: each.order)
        return Covered(attempt, complete, apart, min(missed) if was_never else None)

    def row(self, account_id: str, service: str, region: str) -> Row:
        """Return the coverage of a scope as people read it."""
        told, oldest = self.attempt.told, self.oldest
        row: Row = {
            "service": service,
            "accountId": account_id,
            "awsRegion": region,
            "lastRunId": self.attempt.run_id,
            "lastAttemptAt": time_of(self.attempt.ended),
            **{f"last{name[0].upper()}{name[1:]}": value for name, value in told.items()},
            "lastCompleteAt": oldest.ended_at,
        }
        if oldest != NO_COMPLETION:
            row |= {"lastCompleteRunId": oldest.run_id, "lastCompleteStartedAt": oldest.began_at}
        if self.missed_since is not None:
            row["missedSince"] = time_of(self.missed_since)
        if self.apart:
            row["listingsCompleteAt"] = {
                name: completion.ended_at for name, completion in self.apart.items()
            }
        return row


def merged(one: Mapping[str, Covered], other: Mapping[str, Covered]) -> dict[str, Covered]:
    """Return what two records of a service in an account tell together, by region."""
    return {
        region: one[region].merged(other[region])
        if region in one and region in other
        else one.get(region) or other[region]
        for region in sorted({*one, *other})
    }


def of_known_regions(regions: Mapping[str, Covered]) -> Mapping[str, Covered]:
    """Return coverage without the placeholder for all regions, if they have become known.

    That is so once a region was complete after the placeholder was recorded: a denial tells no
    regions.
    """
    if ALL_REGIONS not in regions:
        return regions
    known = {region: each for region, each in regions.items() if region != ALL_REGIONS}
    recorded = regions[ALL_REGIONS].attempt.ended
    return known if any(each.newest.ended >= recorded for each in known.values()) else regions

"""Coverage never goes back, whatever the order and number in which attempts are recorded."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from threading import Barrier, Thread
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.item_size import WRITE_UNIT_BYTES, item_bytes
from cidb2.aws.attributes import from_attributes, to_attributes
from cidb2.errors import StorageUnavailableError
from cidb2.ledger.coverage import NEVER, NO_COMPLETION, Covered, merged, of_known_regions
from cidb2.ledger.coverage_row import coverage_fields, coverage_key, regions_covered
from cidb2.ledger.scope_record import ListingRecord, ScopeRecord
from cidb2.ledger.tally import Tally
from cidb2.ledger.writer import Ledger
from cidb2.reasons import Failure, Reason
from cidb2.scope import Outcome, Scope
from cidb2.times import iso
from tests.support.builders import ACCOUNT, EARLIER_RUN_ID, RUN_ID, SCOPE, a_failure, a_run
from tests.support.fakes import MemoryTable

START = datetime(2026, 11, 24, 3, 48, 30, tzinfo=UTC)
NAMES = ("Volumes", "Images", "Snapshots")
RUNS = (EARLIER_RUN_ID, RUN_ID, "20261201T000000Z-0000000s3")
REGIONS = ("eu-west-1", "us-east-1", "*")
SEVENTEEN = tuple(f"ap-southeast-{number}" for number in range(1, 18))


def scope_record(
    failed: Sequence[str] = (),
    *,
    hour: float = 0,
    region: str = "eu-west-1",
    failure: Failure | None = None,
    is_narrowed: bool = False,
) -> ScopeRecord:
    """Return the record of a scope of three listings that began at an hour."""
    began = START + timedelta(hours=hour)
    why = failure or a_failure()
    listings = [
        ListingRecord(name, Outcome.FAILED, why, Tally(), began, is_narrowed)
        if name in failed
        else ListingRecord(name, Outcome.COMPLETE, None, Tally(), began, is_narrowed)
        for name in NAMES
    ]
    return ScopeRecord.of(Scope(ACCOUNT, "ec2", region), listings, began + timedelta(minutes=5))


def narrowed_record(
    names: Sequence[str], failed: Sequence[str] = (), *, hour: float = 0, region: str = "eu-west-1"
) -> ScopeRecord:
    """Return the record of the same scope in a run that listed only these."""
    began = START + timedelta(hours=hour)
    listings = [
        ListingRecord(name, Outcome.FAILED, a_failure(), Tally(), began)
        if name in failed
        else ListingRecord(name, Outcome.COMPLETE, None, Tally(), began)
        for name in names
    ]
    scope = Scope(ACCOUNT, "ec2", region)
    return ScopeRecord.of(scope, listings, began + timedelta(minutes=5), is_narrowed=True)


def never_listed(hour: float = 0, region: str = "eu-west-1") -> ScopeRecord:
    began = START + timedelta(hours=hour)
    scope = Scope(ACCOUNT, "ec2", region)
    return ScopeRecord(scope, Outcome.FAILED, a_failure(), Tally(), began, began)


def ended(hour: float) -> str:
    return iso(START + timedelta(hours=hour, minutes=5))


def covered(*attempts: tuple[str, ScopeRecord]) -> Covered:
    together = Covered.by(*attempts[0])
    for attempt in attempts[1:]:
        together = together.merged(Covered.by(*attempt))
    return together


def row_of(found: Covered) -> dict[str, Any]:
    return found.row(ACCOUNT, "ec2", "eu-west-1")


hours = st.integers(0, 500).map(lambda number: number / 10)
one_record = st.builds(
    lambda failed, hour, region, is_narrowed, is_listed: (
        scope_record(sorted(failed), hour=hour, region=region, is_narrowed=is_narrowed)
        if is_listed
        else never_listed(hour, region)
    ),
    st.sets(st.sampled_from(NAMES)),
    hours,
    st.sampled_from(REGIONS),
    st.booleans(),
    st.booleans(),
) | st.builds(
    lambda names, failed, hour, region: narrowed_record(
        sorted(names), sorted(failed), hour=hour, region=region
    ),
    st.sets(st.sampled_from(NAMES), min_size=1),
    st.sets(st.sampled_from(NAMES)),
    hours,
    st.sampled_from(REGIONS),
)
attempts = st.lists(st.tuples(st.sampled_from(RUNS), one_record), min_size=1, max_size=6)


def together(recorded: Sequence[tuple[str, ScopeRecord]]) -> dict[str, Covered]:
    regions: dict[str, Covered] = {}
    for run_id, record in recorded:
        regions = merged(regions, {record.scope.region: Covered.by(run_id, record)})
    return regions


@given(attempts, st.randoms(use_true_random=False))
def test_attempts_in_any_order_and_number_come_to_the_same_coverage(
    recorded: list[tuple[str, ScopeRecord]], chance: Random
) -> None:
    again = [*recorded, *chance.choices(recorded, k=2)]
    chance.shuffle(again)
    assert together(again) == together(recorded)


@given(attempts)
def test_no_listing_is_ever_less_covered_than_before(
    recorded: list[tuple[str, ScopeRecord]],
) -> None:
    for count in range(1, len(recorded)):
        before, after = together(recorded[:count]), together(recorded[: count + 1])
        for region, known in before.items():
            assert all(after[region].of(name) >= known.of(name) for name in NAMES)
            assert after[region].attempt.ended >= known.attempt.ended


@given(attempts)
def test_a_row_tells_what_was_written(recorded: list[tuple[str, ScopeRecord]]) -> None:
    regions = together(recorded)
    row = from_attributes(to_attributes(coverage_fields(ACCOUNT, "ec2", regions)))
    assert regions_covered(row) == regions


def test_a_listing_that_failed_keeps_its_date_and_the_others_have_theirs() -> None:
    found = covered((EARLIER_RUN_ID, scope_record()), (RUN_ID, scope_record(["Volumes"], hour=24)))
    assert found.of("Volumes").ended_at == ended(0)
    assert found.of("Images").ended_at == ended(24)
    row = row_of(found)
    assert row["lastCompleteAt"] == ended(0)
    assert row["lastCompleteRunId"] == EARLIER_RUN_ID
    assert row["listingsCompleteAt"] == {"Volumes": ended(0)}
    assert (row["lastOutcome"], row["lastListings"]) == ("PARTIAL", ["Volumes"])


def test_a_scope_is_as_old_as_its_oldest_listing_although_it_never_was_whole_since() -> None:
    found = covered(
        (RUNS[0], scope_record()),
        (RUNS[1], scope_record(["Volumes"], hour=24)),
        (RUNS[2], scope_record(["Images"], hour=48)),
    )
    assert row_of(found)["lastCompleteAt"] == ended(24)
    assert row_of(found)["listingsCompleteAt"] == {"Images": ended(24)}


def test_a_scope_that_could_not_be_opened_keeps_every_date() -> None:
    found = covered((EARLIER_RUN_ID, scope_record()), (RUN_ID, never_listed(24)))
    assert (found.complete.ended_at, found.apart) == (ended(0), {})
    assert row_of(found)["lastOutcome"] == "FAILED"


def test_what_the_run_skipped_is_not_renewed() -> None:
    narrowed = scope_record(hour=24, is_narrowed=True)
    found = covered((EARLIER_RUN_ID, scope_record()), (RUN_ID, narrowed))
    assert row_of(found)["lastCompleteAt"] == ended(0)


def test_a_run_narrowed_to_listings_renews_them_alone() -> None:
    narrowed = narrowed_record(["Images", "Volumes"], ["Images"], hour=24)
    found = covered((EARLIER_RUN_ID, scope_record()), (RUN_ID, narrowed))
    assert found.of("Volumes").ended_at == ended(24)
    assert found.of("Images").ended_at == found.of("Snapshots").ended_at == ended(0)
    row = row_of(found)
    assert row["lastCompleteAt"] == ended(0)
    assert row["listingsCompleteAt"] == {"Volumes": ended(24)}
    assert (row["lastOutcome"], row["lastListings"]) == ("PARTIAL", ["Images"])


def test_what_was_listed_alone_is_forgotten_with_the_next_complete_listing_of_all() -> None:
    narrowed = narrowed_record(["Volumes"], hour=24)
    found = covered(
        (RUNS[0], scope_record()), (RUNS[1], narrowed), (RUNS[2], scope_record(hour=48))
    )
    assert (found.complete.ended_at, found.apart) == (ended(48), {})


def test_what_was_only_ever_listed_in_part_was_never_complete() -> None:
    found = covered((RUN_ID, narrowed_record(["Volumes"])))
    row = row_of(found)
    assert (row["lastCompleteAt"], row["missedSince"]) == (NEVER, ended(0))
    assert found.of("Volumes").ended_at == ended(0)


def test_a_region_that_was_listed_in_part_is_known() -> None:
    """The placeholder for all regions is left by a denial, and ends with the first that works."""
    listed = narrowed_record(["Volumes"], hour=24)
    regions = together([(EARLIER_RUN_ID, never_listed(0, "*")), (RUN_ID, listed)])
    assert [*of_known_regions(regions)] == ["eu-west-1"]


def test_a_listing_that_never_was_complete_counts_from_its_first_miss() -> None:
    found = covered(
        (RUNS[0], scope_record(["Volumes"])), (RUNS[1], scope_record(["Volumes"], hour=24))
    )
    row = row_of(found)
    assert (row["lastCompleteAt"], row["missedSince"]) == (NEVER, ended(0))
    assert row["listingsCompleteAt"] == {"Volumes": NEVER}
    assert found.of("Images").ended_at == ended(24)
    assert found.oldest == NO_COMPLETION


def test_an_older_run_that_ends_later_takes_nothing_back() -> None:
    newer, older = (RUN_ID, scope_record(hour=24)), (EARLIER_RUN_ID, scope_record(["Images"]))
    assert covered(newer, older) == covered(newer)


def test_seventeen_complete_regions_cost_one_unit() -> None:
    records = [scope_record(hour=0.01 * n, region=name) for n, name in enumerate(SEVENTEEN)]
    regions = together([(RUN_ID, record) for record in records])
    key = coverage_key(ACCOUNT, "ec2")
    row = {**key, "version": 4_000, **coverage_fields(ACCOUNT, "ec2", regions)}
    assert item_bytes(to_attributes(row)) <= WRITE_UNIT_BYTES


def test_one_denial_in_every_region_is_stored_once() -> None:
    def denied(region: str) -> Failure:
        words = f"{'not ' * 80}authorized to perform ec2:DescribeVolumes in {region}"
        return Failure(Reason.ACCESS_DENIED, "UnauthorizedOperation", words, retryable=False)

    records = [
        (RUN_ID, scope_record(["Volumes"], region=name, failure=denied(name))) for name in SEVENTEEN
    ]
    fields = coverage_fields(ACCOUNT, "ec2", together(records))
    assert len(fields["attempts"]) == 1
    assert item_bytes(to_attributes(fields)) <= 3 * WRITE_UNIT_BYTES
    assert regions_covered(fields) == together(records)


class Ledgered:
    """A ledger and its table."""

    def __init__(self) -> None:
        self.table = MemoryTable()
        self.ledger = Ledger(self.table, 400, sleep=lambda _: None)

    def earlier(self, region: str, **content: Any) -> None:
        """Write a row of an earlier release."""
        key = {"pk": f"account#{ACCOUNT}", "sk": f"coverage#kms#{region}"}
        place = {"service": "kms", "accountId": ACCOUNT, "awsRegion": region}
        told = {"lastRunId": EARLIER_RUN_ID, "lastAttemptAt": iso(START), **content}
        self.table.put([{**key, **place, **told}])

    def complete(self, region: str) -> None:
        self.earlier(
            region,
            lastOutcome="COMPLETE",
            lastCompleteAt=iso(START),
            lastCompleteStartedAt=iso(START),
            lastCompleteRunId=EARLIER_RUN_ID,
        )

    @property
    def regions(self) -> dict[str, dict[str, Any]]:
        return {row["awsRegion"]: row for row in self.ledger.coverage(ACCOUNT)}


@pytest.fixture
def rig() -> Ledgered:
    return Ledgered()


def failed(region: str = "eu-west-1") -> ScopeRecord:
    later = START + timedelta(hours=24)
    scope = Scope(ACCOUNT, "kms", region)
    return ScopeRecord(scope, Outcome.FAILED, a_failure(), Tally(), later, later)


def test_the_upgrade_keeps_when_scopes_were_last_complete(rig: Ledgered) -> None:
    rig.complete("eu-west-1")
    rig.complete("us-east-1")
    before = rig.regions
    assert {row["lastCompleteAt"] for row in before.values()} == {iso(START)}
    rig.ledger.record(RUN_ID, [failed()])
    after = rig.regions
    assert after["us-east-1"] == before["us-east-1"]
    assert after["eu-west-1"]["lastOutcome"] == "FAILED"
    assert after["eu-west-1"]["lastCompleteAt"] == iso(START)
    assert after["eu-west-1"]["lastCompleteRunId"] == EARLIER_RUN_ID


def test_the_upgrade_keeps_since_when_a_scope_was_missed(rig: Ledgered) -> None:
    why = {"lastReason": "ACCESS_DENIED", "lastErrorCode": "x", "lastErrorMessage": "no"}
    missed = {"lastCompleteAt": NEVER, "missedSince": iso(START - timedelta(days=9))}
    rig.earlier("eu-west-1", lastOutcome="FAILED", lastListings=[], **why, **missed)
    rig.ledger.record(RUN_ID, [failed()])
    assert rig.regions["eu-west-1"]["missedSince"] == missed["missedSince"]


def test_a_scope_of_an_earlier_release_is_found_alone_and_owed(rig: Ledgered) -> None:
    rig.complete("eu-west-1")
    found = rig.ledger.coverage_of(SCOPE)
    assert found
    assert found.complete.began_at == iso(START)
    assert rig.ledger.owed_regions(a_run(), ACCOUNT, "kms") == ["eu-west-1"]


def test_rows_of_earlier_releases_no_longer_count_once_the_service_has_its_row(
    rig: Ledgered,
) -> None:
    rig.ledger.record(RUN_ID, [failed()])
    rig.complete("us-east-1")
    assert [*rig.regions] == ["eu-west-1"]


def test_a_record_that_tells_nothing_new_is_not_written(rig: Ledgered) -> None:
    rig.ledger.record(RUN_ID, [failed()])
    [before] = rig.table.beginning("covered#")
    rig.ledger.record(RUN_ID, [failed()])
    [after] = rig.table.beginning("covered#")
    assert after == before


def test_writers_at_the_same_time_lose_nothing_of_each_other(
    rig: Ledgered, monkeypatch: pytest.MonkeyPatch
) -> None:
    both, query = Barrier(2, timeout=10), rig.table.query
    waited = list[str]()

    def read(condition: str, values: Any, **options: Any) -> Any:
        found = [*query(condition, values, **options)]
        if condition.endswith("sk = :sk") and len(waited) < 2:
            waited.append(condition)
            both.wait()
        return iter(found)

    monkeypatch.setattr(rig.table, "query", read)
    regions = ("eu-west-1", "us-east-1")
    threads = [Thread(target=rig.ledger.record, args=(RUN_ID, [failed(r)])) for r in regions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    monkeypatch.undo()
    assert tuple(rig.regions) == regions


def test_a_row_that_others_write_all_the_time_is_an_error(
    rig: Ledgered, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rig.table, "update_version", lambda *_: False)
    with pytest.raises(StorageUnavailableError, match=f"account#{ACCOUNT}"):
        rig.ledger.record(RUN_ID, [failed()])

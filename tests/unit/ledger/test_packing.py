"""Scopes that share a row come out of it as they went in, and the row stays small."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.item_size import WRITE_UNIT_BYTES, item_bytes
from cidb2.aws.attributes import from_attributes, to_attributes
from cidb2.items.item import Change
from cidb2.ledger.packing import best, by_collection, pack, regions_of, unpack
from cidb2.ledger.scope_record import ListingRecord, ScopeRecord, scope_row
from cidb2.ledger.tally import Tally
from cidb2.reasons import Failure, Reason
from cidb2.scope import Outcome, Scope
from tests.support.builders import ACCOUNT, RUN_ID, a_failure

START = datetime(2026, 11, 24, 3, 48, 30, 250_000, tzinfo=UTC)
AREAS = ("us-east", "eu-west", "ap-south", "ca-central")
REGIONS = (*(f"{area}-{number}" for area in AREAS for number in "1234"), "ap-northeast-1")
ITEM_BYTES = 400_000


def size(row: dict[str, Any]) -> int:
    """Return what DynamoDB charges a row for, its key and time to live included."""
    key = {"pk": f"run#{RUN_ID}#06", "sk": f"scope#kms#{ACCOUNT}#{'0' * 32}", "expiresAt": 10**9}
    return item_bytes(to_attributes({**key, **row}))


def a_scope(
    region: str,
    outcome: Outcome = Outcome.COMPLETE,
    failure: Failure | None = None,
    tally: Tally | None = None,
    *,
    seconds: float = 1.5,
    listings: Sequence[ListingRecord] = (),
) -> dict[str, Any]:
    ended = START + timedelta(seconds=seconds)
    made = tally or Tally(apiCalls=3, seconds=0.214)
    scope = Scope(ACCOUNT, "kms", region)
    record = ScopeRecord(scope, outcome, failure, made, START, ended, incomplete=listings)
    return scope_row(RUN_ID, record)


def denied(region: str, action: str = "kms:ListKeys", length: int = 0) -> Failure:
    words = f"User is not authorized to perform {action} on arn:aws:kms:{region}:{ACCOUNT}:key/*"
    return Failure(Reason.ACCESS_DENIED, "AccessDenied", words.ljust(length, "."), retryable=False)


def in_and_out(scopes: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    rows = [from_attributes(to_attributes(row)) for row in pack(scopes)]
    return sorted(
        (scope for row in rows for scope in unpack(row)), key=lambda one: one["awsRegion"]
    )


figures = st.builds(
    Tally,
    items=st.integers(0, 10**6),
    changed=st.integers(0, 10**6),
    published=st.integers(0, 10**6),
    unreadableReasons=st.dictionaries(st.sampled_from(["THROTTLED", "TIMEOUT"]), st.integers(1, 9)),
    apiCalls=st.integers(0, 10**6),
    seconds=st.integers(0, 10**8).map(lambda number: number / 1000),
)
words = st.text(st.characters(exclude_characters="<>", exclude_categories=["Cs"]), max_size=40)
failures = st.builds(Failure, st.sampled_from(Reason), words, words, st.booleans())
spans = st.tuples(st.integers(-(10**9), 10**9), st.integers(0, 10**8))


@st.composite
def recorded(draw: st.DrawFn, region: str) -> dict[str, Any]:
    outcome = draw(st.sampled_from(Outcome))
    failure = None if outcome is Outcome.COMPLETE else draw(failures)
    began, took = draw(spans)
    start = START + timedelta(milliseconds=began)
    names = draw(st.sets(st.sampled_from(["Keys", "Aliases", "Grants"]))) if failure else ()
    listings = [ListingRecord(name, outcome, failure, Tally(), start) for name in names]
    ended = start + timedelta(milliseconds=took)
    scope = Scope(ACCOUNT, "kms", region)
    record = ScopeRecord(
        scope,
        *(outcome, failure, draw(figures), start, ended, draw(st.booleans())),
        incomplete=listings,
    )
    return scope_row(RUN_ID, record)


regions = st.lists(st.sampled_from([*REGIONS, "global", "*"]), min_size=1, max_size=6, unique=True)
several = regions.flatmap(lambda names: st.tuples(*(recorded(name) for name in sorted(names))))


@given(several)
def test_scopes_come_out_as_they_went_in(scopes: Sequence[dict[str, Any]]) -> None:
    assert in_and_out(scopes) == sorted(scopes, key=lambda scope: scope["awsRegion"])


def test_seventeen_complete_and_empty_regions_cost_one_unit() -> None:
    scopes = [a_scope(region, seconds=number) for number, region in enumerate(REGIONS)]
    [row] = pack(scopes)
    assert size(row) <= WRITE_UNIT_BYTES


def test_a_typical_mix_costs_two_units_at_most() -> None:
    found = Tally(items=40, unchanged=39, changed=1, published=1, apiCalls=90, seconds=12.345)
    some = [a_scope(region, tally=found) for region in REGIONS[:5]]
    [row] = pack([*some, *(a_scope(region) for region in REGIONS[5:])])
    assert size(row) <= 2 * WRITE_UNIT_BYTES


def test_a_reason_that_only_names_another_region_is_stored_once() -> None:
    scopes = [a_scope(region, Outcome.FAILED, denied(region)) for region in REGIONS]
    [row] = pack(scopes)
    [group] = row["scopes"]
    assert len(group["regions"]) == len(REGIONS)
    assert size(row) <= 2 * WRITE_UNIT_BYTES
    assert in_and_out(scopes) == sorted(scopes, key=lambda scope: scope["awsRegion"])


def test_a_row_that_would_be_too_large_is_split() -> None:
    numbers = Random(1)

    def listings(region: str) -> list[ListingRecord]:
        return [
            ListingRecord(
                f"Describe{number}",
                Outcome.FAILED,
                denied(str(numbers.random()), f"kms:Describe{number}", 1_000),
                Tally(),
                START,
            )
            for number in range(40)
        ]

    scopes = [
        a_scope(region, Outcome.FAILED, denied(region), listings=listings(region))
        for region in REGIONS
    ]
    rows = [*pack(scopes)]
    assert len(rows) > 1
    assert max(map(size, rows)) < ITEM_BYTES
    assert in_and_out(scopes) == sorted(scopes, key=lambda scope: scope["awsRegion"])


def test_a_row_of_an_earlier_release_is_a_scope() -> None:
    old = {"pk": "run#1#06", "sk": f"scope#kms#{ACCOUNT}#eu-west-1", **a_scope("eu-west-1")}
    new = next(pack([a_scope("us-east-1")]))
    assert regions_of([old, new]) == {"eu-west-1", "us-east-1"}
    found = best([old, new])
    assert [scope["awsRegion"] for scope in found] == ["eu-west-1", "us-east-1"]
    assert found[1] == a_scope("us-east-1")


@pytest.mark.parametrize(
    ("first", "second", "wins"),
    [
        ((Outcome.COMPLETE, 1), (Outcome.FAILED, 2), "COMPLETE"),
        ((Outcome.PARTIAL, 1), (Outcome.COMPLETE, 2), "COMPLETE"),
        ((Outcome.PARTIAL, 2), (Outcome.FAILED, 3), "PARTIAL"),
    ],
)
def test_the_better_outcome_counts_in_any_order(
    first: tuple[Outcome, int], second: tuple[Outcome, int], wins: str
) -> None:
    def row(outcome: Outcome, seconds: int) -> dict[str, Any]:
        failure = None if outcome is Outcome.COMPLETE else a_failure()
        return next(pack([a_scope("eu-west-1", outcome, failure, seconds=seconds)]))

    rows = [row(*first), row(*second)]
    assert [scope["outcome"] for scope in best(rows)] == [wins]
    assert best(rows) == best(reversed(rows))


@given(st.lists(several, min_size=1, max_size=4), st.randoms(use_true_random=False))
def test_attempts_in_any_order_and_number_come_to_the_same(
    attempts: list[tuple[dict[str, Any], ...]], chance: Random
) -> None:
    rows = [row for scopes in attempts for row in pack(scopes)]
    again = [*rows, *chance.choices(rows, k=2)]
    chance.shuffle(again)
    merits = [(one["awsRegion"], one["outcome"], one["finishedAt"]) for one in best(rows)]
    assert [(one["awsRegion"], one["outcome"], one["finishedAt"]) for one in best(again)] == merits


def test_rows_of_a_collection_come_together() -> None:
    keys = ["scope#iam#1#a", "scope#kms#1#a", "scope#kms#1#b", "scope#kms#2#a"]
    found = [[row["sk"] for row in rows] for rows in by_collection([{"sk": key} for key in keys])]
    assert found == [keys[:1], keys[1:3], keys[3:]]


def test_each_change_is_a_figure_that_is_kept() -> None:
    tally = Tally()
    for change in Change:
        tally.count(change)
    scope = a_scope("eu-west-1", tally=tally)
    assert in_and_out([scope]) == [scope]

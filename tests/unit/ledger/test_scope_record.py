"""What a scope says of its listings: the worst outcome, and a reason that somebody can act on."""

from datetime import UTC, datetime
from itertools import permutations

import pytest

from cidb2.ledger.scope_record import ListingRecord, ScopeRecord
from cidb2.ledger.tally import Tally
from cidb2.reasons import Failure, Reason
from cidb2.scope import Outcome, Scope

SCOPE = Scope("111122223333", "ec2", "eu-west-1")
NOW = datetime(2026, 11, 29, tzinfo=UTC)
NOT_OFFERED = Failure(Reason.NOT_OFFERED, "InvalidAction", "", retryable=False)
DENIED = Failure(Reason.ACCESS_DENIED, "UnauthorizedOperation", "", retryable=False)
THROTTLED = Failure(Reason.THROTTLED, "RequestLimitExceeded", "", retryable=True)

COMPLETE = (Outcome.COMPLETE, None)
EMPTY = (Outcome.COMPLETE, NOT_OFFERED)
KNOWN_THERE = (Outcome.FAILED, NOT_OFFERED)
REFUSED = (Outcome.FAILED, DENIED)
SLOWED = (Outcome.PARTIAL, THROTTLED)


def scope_of(results: tuple[tuple[Outcome, Failure | None], ...]) -> ScopeRecord:
    listings = [
        ListingRecord(f"List{number}", outcome, failure, Tally(), NOW)
        for number, (outcome, failure) in enumerate(results)
    ]
    return ScopeRecord.of(SCOPE, listings, NOW)


@pytest.mark.parametrize(
    ("results", "outcome", "failure"),
    [
        ([COMPLETE, COMPLETE], Outcome.COMPLETE, None),
        ([COMPLETE, EMPTY], Outcome.COMPLETE, None),
        ([EMPTY, EMPTY], Outcome.COMPLETE, NOT_OFFERED),
        ([COMPLETE, EMPTY, REFUSED], Outcome.PARTIAL, DENIED),
        ([COMPLETE, KNOWN_THERE, REFUSED], Outcome.PARTIAL, DENIED),
        ([KNOWN_THERE, SLOWED], Outcome.PARTIAL, THROTTLED),
        ([COMPLETE, KNOWN_THERE], Outcome.PARTIAL, NOT_OFFERED),
        ([SLOWED, REFUSED], Outcome.PARTIAL, DENIED),
        ([REFUSED, REFUSED], Outcome.FAILED, DENIED),
    ],
)
def test_the_reason_does_not_depend_on_the_order_of_the_listings(
    results: list[tuple[Outcome, Failure | None]], outcome: Outcome, failure: Failure | None
) -> None:
    for ordered in permutations(results):
        scope = scope_of(ordered)
        assert (scope.outcome, scope.failure) == (outcome, failure)

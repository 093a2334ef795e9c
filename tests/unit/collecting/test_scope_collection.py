"""One scope: what is listed is compared and published; what is gone is deleted, if it is sure."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from hashlib import blake2b
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cidb2.collecting.service import Page
from cidb2.errors import ResourceGoneError, StorageUnavailableError
from cidb2.items.inventory import Inventory
from cidb2.run import Publish
from cidb2.scope import GLOBAL
from cidb2.times import iso, sortable
from tests.support.builders import (
    ACCOUNT,
    REGION,
    RUN_ID,
    a_config,
    a_resource,
    a_run,
    client_error,
    key_arn,
)
from tests.support.clock import Clock
from tests.support.collecting import Collecting, Listing, as_it_was, keys
from tests.unit.conftest import Log

MICROSECOND = timedelta(microseconds=1)


def one_region(listing: Listing, **config: Any) -> Collecting:
    return Collecting({REGION: listing}, run=a_run(config=a_config(**config)))


def numbered(count: int, first: int = 0) -> list[Any]:
    return keys(*(f"{number:04}" for number in range(first, first + count)))


def test_what_is_new_the_same_changed_and_gone_is_published_as_such() -> None:
    new, same, changed, gone = keys("new", "same", "changed", "gone")
    collecting = one_region(Listing([[new, same], [changed]]))
    collecting.know(same, as_it_was(changed), gone)
    collecting.collect()
    assert collecting.changes == {
        new.arn: "CREATED",
        same.arn: "UNCHANGED",
        changed.arn: "CHANGED",
        gone.arn: "DELETED",
    }
    row = collecting.scopes[REGION]
    counts = ("items", "created", "unchanged", "changed", "deleted", "published", "failed")
    assert [row[name] for name in counts] == [3, 1, 1, 1, 1, 4, 0]
    assert (row["outcome"], row.get("reason")) == ("COMPLETE", None)


def test_an_item_carries_the_moment_at_which_it_was_read() -> None:
    [resource] = keys("1")
    collecting = one_region(Listing([[resource]]))
    collecting.collect()
    [item] = collecting.published
    assert item["configurationItemCaptureTime"] == "2026-11-24T03:48:33.123456Z"
    assert item["contentHash"] == resource.content_hash
    assert item["runId"] == RUN_ID


def test_a_tombstone_is_as_old_as_the_beginning_of_the_listing_and_keeps_what_was_known(
    clock: Clock,
) -> None:
    began = clock.moment
    collecting = one_region(Listing(on_page=lambda: clock.advance(minutes=5)))
    [known] = collecting.know(*keys("gone"))
    collecting.collect()
    [item] = collecting.published
    assert item["configurationItemCaptureTime"] == sortable(began)
    row = collecting.scopes[REGION]
    assert (row["startedAt"], row["finishedAt"]) == (iso(began), iso(clock.moment))
    assert clock.moment > began
    assert item["configuration"] == known["configuration"]
    assert (item["configurationItemStatus"], item["runId"]) == ("ResourceDeleted", RUN_ID)


def test_what_another_region_collects_is_not_deleted_by_the_one_that_did() -> None:
    moved, gone = a_resource("moved"), a_resource("gone")
    collecting = Collecting({REGION: Listing([[]], elsewhere=[moved.arn])})
    collecting.know(moved, gone)
    collecting.collect()
    assert collecting.changes == {gone.arn: "DELETED"}
    assert collecting.outcomes == {REGION: ("COMPLETE", None)}


def test_a_scope_takes_as_long_as_all_its_invocations(monkeypatch: pytest.MonkeyPatch) -> None:
    reading = [100.0]

    def read_a_page() -> None:
        reading[0] += 20

    listing = Listing([keys("1"), keys("2"), keys("3")], on_page=read_a_page)
    collecting = one_region(listing)
    monkeypatch.setattr("cidb2.collecting.listing_collection.time.monotonic", lambda: reading[0])
    assert len(collecting.collect_to_the_end(lambda: 0)) > 1
    assert collecting.scopes[REGION]["seconds"] == 60


def test_an_empty_scope_is_complete() -> None:
    collecting = one_region(Listing())
    collecting.collect()
    assert collecting.outcomes == {REGION: ("COMPLETE", None)}
    assert collecting.published == []


def test_with_publish_changes_nothing_is_published_when_nothing_changed() -> None:
    collecting = one_region(Listing([keys("1", "2")]), publish=Publish.CHANGES)
    collecting.know(*keys("1", "2"))
    collecting.collect()
    assert collecting.published == []
    assert collecting.scopes[REGION]["unchanged"] == 2


def test_with_publish_changes_only_what_differs_is_published() -> None:
    same, changed, gone = keys("same", "changed", "gone")
    collecting = one_region(Listing([[same, changed]]), publish=Publish.CHANGES)
    collecting.know(same, as_it_was(changed), gone)
    collecting.collect()
    assert collecting.changes == {changed.arn: "CHANGED", gone.arn: "DELETED"}


def test_with_publish_changes_a_field_that_became_unreadable_is_news() -> None:
    [resource] = keys("1")
    denied = a_resource("1", tags=None, unreadable={"tags": "AccessDenied"})
    collecting = one_region(
        Listing([[resource]], instead={resource.arn: denied}), publish=Publish.CHANGES
    )
    collecting.know(resource)
    collecting.collect()
    [item] = collecting.published
    assert (item["change"], item["unreadable"]) == ("UNCHANGED", {"tags": "AccessDenied"})


def test_a_field_that_cannot_be_read_today_keeps_its_last_known_value() -> None:
    [resource] = keys("1")
    denied = a_resource("1", tags=None, unreadable={"tags": "AccessDenied"})
    collecting = one_region(Listing([[resource]], instead={resource.arn: denied}))
    collecting.know(resource)
    collecting.collect()
    [item] = collecting.published
    assert item["change"] == "UNCHANGED"
    assert item["tags"] == resource.tags
    assert item["unreadable"] == {"tags": "AccessDenied"}
    row = collecting.scopes[REGION]
    assert (row["unreadable"], row["unreadableReasons"]) == (1, {"ACCESS_DENIED": 1})
    assert row["outcome"] == "COMPLETE"


def test_what_the_table_knows_is_remembered_though_the_index_does_not_show_it_yet(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    [resource] = keys("1")
    denied = a_resource("1", tags=None, unreadable={"tags": "AccessDenied"})
    collecting = one_region(Listing([[resource]], instead={resource.arn: denied}))
    collecting.know(resource)
    monkeypatch.setattr(Inventory, "known", lambda *_: {})
    collecting.collect()
    [item] = collecting.published
    assert item["tags"] == resource.tags


@pytest.mark.parametrize(
    ("microseconds", "deleted"), [(-1, 1), (0, 0), (1, 0), (timedelta(minutes=4) / MICROSECOND, 0)]
)
def test_what_another_run_saw_after_the_listing_began_is_not_deleted(
    microseconds: float, deleted: int, clock: Clock
) -> None:
    collecting = one_region(Listing(on_page=lambda: clock.advance(minutes=5)))
    [item] = collecting.know(*keys("made-meanwhile"))
    seen_at = sortable(clock.moment + microseconds * MICROSECOND)
    collecting.inventory_table.store([{**item, "configurationItemCaptureTime": seen_at}])
    collecting.collect()
    assert len(collecting.changes) == collecting.scopes[REGION]["deleted"] == deleted


def test_a_large_object_that_is_lost_does_not_keep_its_scope_from_deleting() -> None:
    large = a_resource("a-large", configuration={"KeyId": "a-large", "Text": "x" * 300_000})
    collecting = one_region(Listing([[large, *keys("small")]]))
    collecting.collect()
    collecting.store()
    collecting.s3.objects.clear()
    collecting.begin_run("20261125T034830Z-1a2b3c4d")
    collecting.listings[REGION] = Listing()
    collecting.collect()
    assert set(collecting.changes.values()) == {"DELETED"}
    assert len(collecting.changes) == 2
    assert collecting.outcomes == {REGION: ("COMPLETE", None)}


def test_a_new_resource_with_an_unreadable_field_has_no_value_for_it() -> None:
    [resource] = keys("1")
    denied = a_resource("1", tags=None, unreadable={"tags": "AccessDenied"})
    collecting = one_region(Listing([[resource]], instead={resource.arn: denied}))
    collecting.collect()
    [item] = collecting.published
    assert (item["change"], item["tags"]) == ("CREATED", None)


def test_what_the_index_still_shows_and_the_table_calls_deleted_is_not_deleted_again() -> None:
    collecting = one_region(Listing())
    collecting.know(*keys("gone"))
    [row] = collecting.inventory_table.rows.values()
    row["configurationItemStatus"] = "ResourceDeleted"
    collecting.collect()
    assert collecting.published == []
    assert collecting.scopes[REGION]["deleted"] == 0


def test_an_item_too_large_for_a_message_goes_through_s3() -> None:
    large = a_resource("large", configuration={"Padding": "x" * 300_000})
    collecting = one_region(Listing([[large]]))
    collecting.collect()
    [item] = collecting.published
    deposit = json.loads(collecting.s3.objects[item["pointer"]["key"]])
    assert deposit["configuration"] == large.configuration


def test_a_resource_that_vanished_between_listing_and_reading_is_gone() -> None:
    there, gone = keys("there", "gone")
    collecting = one_region(Listing([[there, gone]], instead={gone.arn: ResourceGoneError("x")}))
    collecting.know(there, gone)
    collecting.collect()
    assert collecting.changes == {there.arn: "UNCHANGED", gone.arn: "DELETED"}
    assert collecting.outcomes == {REGION: ("COMPLETE", None)}


def test_a_resource_that_vanished_before_it_was_known_leaves_no_trace() -> None:
    [gone] = keys("gone")
    collecting = one_region(Listing([[gone]], instead={gone.arn: ResourceGoneError("x")}))
    collecting.collect()
    assert collecting.published == []
    assert collecting.scopes[REGION]["items"] == 0


def test_a_resource_that_the_run_leaves_out_is_neither_published_nor_deleted() -> None:
    [left_out] = keys("left-out")
    collecting = one_region(Listing([[left_out]], instead={left_out.arn: None}))
    collecting.know(left_out)
    collecting.collect()
    assert collecting.published == []
    assert collecting.outcomes == {REGION: ("COMPLETE", None)}


def test_one_resource_that_crashes_its_reader_costs_only_itself() -> None:
    first, broken, last = keys("first", "broken", "last")
    collecting = one_region(Listing([[first, broken], [last]], instead={broken.arn: KeyError("x")}))
    collecting.know(broken, *keys("gone"))
    collecting.collect()
    assert collecting.changes == {
        first.arn: "CREATED",
        last.arn: "CREATED",
        key_arn("gone"): "DELETED",
    }
    assert collecting.outcomes == {REGION: ("PARTIAL", "INTERNAL")}


@pytest.mark.parametrize(
    "elsewhere",
    [
        {"arn": key_arn("odd", "us-east-1")},
        {"arn": key_arn("odd").replace(ACCOUNT, "345678901234")},
        {"region": "us-east-1", "arn": key_arn("odd")},
        {"resource_type": "AWS::S3::Bucket", "arn": "arn:aws:s3:::odd"},
    ],
)
def test_what_the_reporter_would_refuse_is_not_published_and_makes_the_scope_partial(
    elsewhere: dict[str, Any],
) -> None:
    odd, good = a_resource("odd", **elsewhere), a_resource("good")
    collecting = one_region(Listing([[odd, good]]))
    collecting.collect()
    assert collecting.changes == {good.arn: "CREATED"}
    assert collecting.outcomes == {REGION: ("PARTIAL", "INTERNAL")}


def test_a_listing_that_is_refused_at_once_fails_and_deletes_nothing() -> None:
    error = client_error("AccessDenied", status=403)
    collecting = one_region(Listing([keys("1")], breaks_at=0, error=error))
    collecting.know(*keys("1", "2"))
    collecting.collect()
    assert collecting.published == []
    assert collecting.outcomes == {REGION: ("FAILED", "ACCESS_DENIED")}


def test_a_listing_that_breaks_in_the_middle_is_partial_and_deletes_nothing() -> None:
    listing = Listing([keys("1"), keys("2")], breaks_at=1, error=client_error("Throttling"))
    collecting = one_region(listing)
    collecting.know(*keys("1", "2", "3"))
    collecting.collect()
    assert collecting.changes == {key_arn("1"): "UNCHANGED"}
    assert collecting.outcomes == {REGION: ("PARTIAL", "THROTTLED")}


def test_a_region_that_does_not_offer_a_service_has_nothing_of_it_and_is_no_gap() -> None:
    words = "Unable to determine service/operation name to be authorized"
    listing = Listing(breaks_at=0, error=client_error("AccessDeniedException", words, 403))
    collecting = one_region(listing)
    collecting.collect()
    assert collecting.published == []
    assert collecting.outcomes == {REGION: ("COMPLETE", "NOT_OFFERED")}
    assert words in collecting.scopes[REGION]["errorMessage"]
    [coverage] = collecting.ledger.coverage(ACCOUNT)
    assert coverage["lastCompleteRunId"] == RUN_ID


def test_where_something_was_known_a_region_that_offers_it_no_more_is_a_gap() -> None:
    collecting = one_region(Listing(breaks_at=0, error=client_error("InvalidAction")))
    collecting.know(*keys("1"))
    collecting.collect()
    assert collecting.published == []
    assert collecting.outcomes == {REGION: ("FAILED", "NOT_OFFERED")}


def test_where_something_was_listed_a_region_that_offers_it_no_more_is_a_gap() -> None:
    listing = Listing([keys("1"), keys("2")], breaks_at=1, error=client_error("InvalidAction"))
    collecting = one_region(listing)
    collecting.collect()
    assert collecting.outcomes == {REGION: ("PARTIAL", "NOT_OFFERED")}


PASSING, DENIED = client_error("Throttling"), client_error("AccessDenied")


class WithGap(Listing):
    """A listing of which AWS refuses a part."""

    def pages(self, token: str | None) -> Iterator[Page]:
        for page in super().pages(token):
            yield replace(page, error=DENIED)


def test_where_a_part_of_a_listing_is_refused_the_rest_is_collected_and_nothing_deleted() -> None:
    first, last, hidden = keys("1", "2", "hidden")
    collecting = one_region(WithGap([[first], [last]]))
    collecting.know(first, hidden)
    collecting.collect()
    assert collecting.changes == {first.arn: "UNCHANGED", last.arn: "CREATED"}
    assert collecting.outcomes == {REGION: ("PARTIAL", "ACCESS_DENIED")}


@pytest.mark.parametrize(
    ("first", "second", "listing_error", "reason"),
    [
        (PASSING, DENIED, None, "ACCESS_DENIED"),
        (DENIED, PASSING, None, "ACCESS_DENIED"),
        (PASSING, client_error("InternalError", status=500), None, "THROTTLED"),
        (DENIED, client_error("ExpiredToken"), None, "ACCESS_DENIED"),
        (DENIED, PASSING, PASSING, "ACCESS_DENIED"),
        (PASSING, PASSING, DENIED, "ACCESS_DENIED"),
        (DENIED, PASSING, client_error("ExpiredToken"), "CREDENTIALS_REJECTED"),
    ],
)
def test_of_several_problems_the_first_that_needs_a_person_is_named(
    first: Exception, second: Exception, listing_error: Exception | None, reason: str
) -> None:
    one, other = keys("1", "2")
    listing = Listing(
        [[one], [other], []],
        breaks_at=2 if listing_error else None,
        error=listing_error or KeyError(),
        instead={one.arn: first, other.arn: second},
    )
    collecting = one_region(listing)
    collecting.collect()
    assert collecting.outcomes == {REGION: ("PARTIAL", reason)}


def test_a_held_mass_deletion_is_named_before_any_other_problem() -> None:
    [broken] = keys("broken")
    collecting = one_region(Listing([[broken]], instead={broken.arn: DENIED}))
    collecting.know(*numbered(30))
    collecting.collect()
    assert collecting.outcomes == {REGION: ("PARTIAL", "SUSPECT_MASS_DELETION")}


@given(
    pages=st.lists(st.lists(st.integers(0, 12), max_size=4, unique=True), max_size=4),
    known=st.sets(st.integers(0, 12)),
    vanished=st.sets(st.integers(0, 12)),
    breaks_at=st.none() | st.integers(0, 4),
)
def test_only_what_a_complete_listing_did_not_show_is_deleted(
    pages: list[list[int]], known: set[int], vanished: set[int], breaks_at: int | None
) -> None:
    seen: set[int] = set()
    content = []
    for page in pages:
        content.append(keys(*(str(number) for number in page if number not in seen)))
        seen.update(page)
    instead: dict[str, Any] = {key_arn(str(each)): ResourceGoneError("x") for each in vanished}
    listing = Listing(content, breaks_at, client_error("AccessDenied"), instead)
    collecting = one_region(listing)
    collecting.know(*keys(*map(str, known)))
    collecting.collect()
    is_complete = breaks_at is None or breaks_at >= max(len(pages), 1)
    gone = known - (seen - vanished) if is_complete else set()
    deleted = {arn for arn, change in collecting.changes.items() if change == "DELETED"}
    assert deleted == {key_arn(str(number)) for number in gone}
    assert (collecting.outcomes[REGION][0] == "COMPLETE") is is_complete


@pytest.mark.parametrize(
    ("known", "listed", "held"), [(20, 0, False), (21, 0, True), (42, 21, False), (41, 20, True)]
)
def test_a_mass_deletion_is_held_until_somebody_allows_it(
    known: int, listed: int, held: bool
) -> None:
    collecting = one_region(Listing([numbered(listed)]))
    collecting.know(*numbered(known))
    collecting.collect()
    assert list(collecting.changes.values()).count("DELETED") == (0 if held else known - listed)
    outcome = ("PARTIAL", "SUSPECT_MASS_DELETION") if held else ("COMPLETE", None)
    assert collecting.outcomes == {REGION: outcome}


def test_a_held_mass_deletion_says_how_many_and_how_to_allow_it() -> None:
    collecting = one_region(Listing([numbered(3)]))
    collecting.know(*numbered(30))
    collecting.collect()
    message = collecting.scopes[REGION]["errorMessage"]
    assert "27 of 30" in message
    assert "config.allow_mass_deletion" in message


def test_an_allowed_mass_deletion_goes_through() -> None:
    collecting = one_region(Listing([[]]), allow_mass_deletion=True)
    collecting.know(*numbered(30))
    collecting.collect()
    assert set(collecting.changes.values()) == {"DELETED"}
    assert len(collecting.changes) == 30
    assert collecting.outcomes == {REGION: ("COMPLETE", None)}


def test_a_resource_on_two_pages_is_published_once() -> None:
    collecting = one_region(Listing([keys("1", "2"), keys("2", "3")]))
    collecting.collect()
    assert len(collecting.changes) == 3
    assert collecting.scopes[REGION]["items"] == 3


def test_a_resource_twice_on_one_page_is_published_once() -> None:
    collecting = one_region(Listing([keys("1", "1")]))
    collecting.collect()
    assert len(collecting.changes) == 1
    assert collecting.scopes[REGION]["items"] == 1


ONE_DIGEST = ("rmcbnoomaopnlibgc", "rdpidikoheneojplc")
"""Names of two roles whose ARNs share BLAKE2's 64-bit digest without a key: found in minutes."""


@pytest.mark.parametrize("paged", [False, True])
@pytest.mark.parametrize("names", [ONE_DIGEST, ONE_DIGEST[::-1]])
def test_no_name_that_an_account_chooses_hides_another_resource(
    names: tuple[str, str], paged: bool
) -> None:
    arns = [f"arn:aws:iam::{ACCOUNT}:role/{name}" for name in names]
    assert len({blake2b(arn.encode(), digest_size=8).digest() for arn in arns}) == 1
    roles = [
        a_resource(name, arn=arn, resource_name=name, resource_type="AWS::IAM::Role", region=GLOBAL)
        for name, arn in zip(names, arns, strict=True)
    ]
    listing = Listing([[role] for role in roles] if paged else [roles])
    collecting = Collecting({GLOBAL: listing}, service="iam")
    collecting.collect()
    assert collecting.changes == dict.fromkeys(arns, "CREATED")
    assert collecting.scopes[GLOBAL]["items"] == 2

    collecting.store()
    collecting.begin_run("20261125T034830Z-1a2b3c4d")
    collecting.listings[GLOBAL] = Listing([roles[:1]])
    collecting.collect()
    assert collecting.changes == {arns[0]: "UNCHANGED", arns[1]: "DELETED"}


def test_messages_that_cannot_be_published_make_the_scope_partial() -> None:
    collecting = one_region(Listing([keys("1", "2")]))
    collecting.sns.verdict = lambda body: "AuthorizationError" if "alias/1" in body else None
    collecting.collect()
    assert set(collecting.changes) == {key_arn("2")}
    row = collecting.scopes[REGION]
    assert (row["outcome"], row["reason"]) == ("PARTIAL", "PUBLISH_FAILED")
    assert (row["published"], row["failed"], row["errorCode"]) == (1, 1, "AuthorizationError")


def test_an_earlier_problem_is_named_before_a_failed_publication() -> None:
    [broken] = keys("broken")
    collecting = one_region(Listing([[broken, *keys("2")]], instead={broken.arn: KeyError("x")}))
    collecting.sns.verdict = lambda _: "AuthorizationError"
    collecting.collect()
    assert collecting.outcomes == {REGION: ("PARTIAL", "INTERNAL")}


def test_a_table_that_refuses_to_remember_ends_the_scope_and_deletes_nothing() -> None:
    [resource] = keys("1")
    denied = a_resource("1", tags=None, unreadable={"tags": "AccessDenied"})
    collecting = one_region(Listing([[resource]], instead={resource.arn: denied}))
    collecting.know(resource, *keys("gone"))

    def refuse(*_: Any) -> None:
        raise StorageUnavailableError("inventory: throttled")

    collecting.inventory_table.get = refuse  # type: ignore[method-assign,assignment]
    collecting.collect()
    assert collecting.published == []
    assert collecting.outcomes == {REGION: ("FAILED", "STORAGE_UNAVAILABLE")}


def test_a_listing_that_breaks_is_named_before_a_resource_and_a_message_that_failed(
    log: Log,
) -> None:
    broken, other = keys("broken", "other")
    denied = client_error("AccessDenied", status=403)
    listing = Listing([[broken, other], []], 1, denied, instead={broken.arn: KeyError("x")})
    collecting = one_region(listing)
    collecting.sns.verdict = lambda _: "InternalError"
    collecting.collect()
    assert collecting.outcomes == {REGION: ("PARTIAL", "ACCESS_DENIED")}
    [line] = [line for line in log.lines if line["message"] == "A listing could not be collected"]
    assert (line["level"], line["region"], line["reason"]) == ("ERROR", REGION, "ACCESS_DENIED")
    assert "AccessDenied" in line["exception"]
    [line] = [line for line in log.lines if line["message"] == "A resource could not be read"]
    assert (line["region"], line["arn"]) == (REGION, broken.arn)


@pytest.mark.parametrize("denied", ["1", "2"])
def test_of_messages_that_failed_one_that_needs_a_person_is_named(denied: str) -> None:
    collecting = one_region(Listing([keys("1", "2")]))
    collecting.sns.verdict = lambda body: (
        "AuthorizationError" if f"alias/{denied}" in body else "InternalError"
    )
    collecting.collect()
    row = collecting.scopes[REGION]
    assert (row["reason"], row["errorCode"], row["failed"]) == (
        "PUBLISH_FAILED",
        "AuthorizationError",
        2,
    )

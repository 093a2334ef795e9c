"""One service of one account: regions, refusals, continuations, deadlines, second attempts."""

import sys
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from itertools import chain, product, repeat
from threading import Event
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cidb2.errors import (
    ResourceGoneError,
    RoleNotAssumedError,
    StorageRefusedError,
    StorageUnavailableError,
)
from cidb2.items.resource import Resource
from cidb2.ledger.coverage import NEVER
from cidb2.times import now
from tests.support.builders import (
    ACCOUNT,
    EARLIER_RUN_ID,
    REGION,
    RUN_ID,
    a_config,
    a_resource,
    a_run,
    client_error,
    failures,
    key_arn,
)
from tests.support.collecting import PLENTY_MS, Collecting, Listing, as_it_was, keys, plenty
from tests.support.fakes import FakeSns
from tests.support.metrics import measured, metric
from tests.unit.conftest import Log

EAST, NORTH, SOUTH = "eu-east-1", "eu-north-1", "eu-south-1"
NEXT_RUN_ID = "20261125T034830Z-9c9d9e9f"


def regions(**content: int) -> dict[str, Listing]:
    """Return regions with so many keys each."""
    return {
        f"eu-{name}-1": Listing([keys(*map(str, range(count)), region=f"eu-{name}-1")])
        for name, count in content.items()
    }


def denied_role() -> RoleNotAssumedError:
    error = RoleNotAssumedError("arn:aws:iam::234567890123:role/CIDB2-Collector-Role")
    error.__cause__ = client_error("AccessDenied", status=403)
    return error


def clock(ticks: Iterable[bool]) -> Callable[[], int]:
    """Return a clock that says at each look in turn whether time is up; at the end it is not."""
    up = iter(ticks)
    return lambda: 0 if next(up, False) else PLENTY_MS


def time_is_up() -> int:
    return 0


def after_the_deadline() -> datetime:
    return datetime(2099, 12, 31, tzinfo=UTC)


class Endless(list[Any]):
    """A listing of one page, which is followed by itself under another token each time."""

    def __len__(self) -> int:
        return sys.maxsize

    def __getitem__(self, _: Any) -> Any:
        return [*iter(self)]


def test_every_enabled_region_is_collected_and_has_its_row() -> None:
    collecting = Collecting(regions(east=3, north=1, south=0))
    answer = collecting.collect()
    assert len(collecting.changes) == 4
    assert collecting.outcomes == dict.fromkeys([EAST, NORTH, SOUTH], ("COMPLETE", None))
    assert answer["status"] == "DONE"
    assert answer["continuation"] is None
    assert answer["scopes"] == {"COMPLETE": 3}
    assert (answer["publishing"]["messages"], answer["publishing"]["succeeded"]) == (4, 4)


def test_the_plan_and_the_figures_of_publishing_are_in_the_ledger() -> None:
    collecting = Collecting(regions(east=3, north=1))
    answer = collecting.collect()
    [row] = collecting.ledger.rows(RUN_ID, "collection")
    assert row["regions"] == [EAST, NORTH]
    assert row["publishing"] == answer["publishing"]


def buckets(*names: str) -> list[Resource]:
    return [
        a_resource(
            name,
            arn=f"arn:aws:s3:::{name}",
            resource_name=name,
            resource_type="AWS::S3::Bucket",
        )
        for name in names
    ]


def test_more_regions_than_are_recorded_together_all_have_their_rows() -> None:
    letters = map("".join, product("abcdef", "ghijk"))
    names = {name: number % 3 for number, name in enumerate(letters)}
    collecting = Collecting(regions(**names))
    collecting.collect()
    assert len(collecting.scopes) == 30
    assert sum(row["published"] for row in collecting.scopes.values()) == sum(names.values())


def test_only_the_regions_of_the_run_are_collected() -> None:
    collecting = Collecting(regions(east=1, north=1), run=a_run(regions=(NORTH,)))
    collecting.know(*keys("known", region=EAST), region=EAST)
    collecting.collect()
    assert set(collecting.changes) == {key_arn("0", NORTH)}
    assert [*collecting.scopes] == [NORTH]


def test_a_global_service_has_one_scope_and_asks_for_no_regions() -> None:
    collecting = Collecting({"global": Listing([buckets("1")])}, service="s3")
    collecting.collect()
    assert collecting.outcomes == {"global": ("COMPLETE", None)}
    assert collecting.account.clients["ec2"].calls.total() == 0


def test_a_region_that_fails_leaves_the_others_alone() -> None:
    listings = regions(east=1, north=1)
    listings[NORTH].breaks_at, listings[NORTH].error = 0, client_error("AccessDenied")
    collecting = Collecting(listings)
    collecting.know(*keys("0", "known", region=NORTH), region=NORTH)
    answer = collecting.collect()
    assert set(collecting.changes) == {key_arn("0", EAST)}
    assert collecting.outcomes == {EAST: ("COMPLETE", None), NORTH: ("FAILED", "ACCESS_DENIED")}
    assert answer["scopes"] == {"COMPLETE": 1, "FAILED": 1}


@pytest.mark.parametrize("wanted", [None, (NORTH,)])
def test_a_known_or_wanted_region_that_is_not_enabled_is_named_and_keeps_its_items(
    wanted: tuple[str, ...] | None,
) -> None:
    collecting = Collecting(regions(east=1), run=a_run(regions=wanted))
    collecting.know(*keys("known", region=NORTH), region=NORTH)
    collecting.collect()
    assert collecting.outcomes[NORTH] == ("FAILED", "REGION_DISABLED")
    assert "DELETED" not in collecting.changes.values()
    [row] = collecting.ledger.rows(RUN_ID, "collection")
    assert row["regions"] == ([EAST, NORTH] if wanted is None else [NORTH])


def test_a_region_that_the_run_excludes_is_neither_collected_nor_a_gap() -> None:
    listings = regions(east=1, north=1)
    collecting = Collecting(listings, run=a_run(excluded_regions=(NORTH, SOUTH)))
    collecting.know(*keys("known", region=NORTH), region=NORTH)
    collecting.know(*keys("known", region=SOUTH), region=SOUTH)
    collecting.collect()
    assert collecting.outcomes == {EAST: ("COMPLETE", None)}
    assert set(collecting.changes) == {key_arn("0", EAST)}
    [row] = collecting.ledger.rows(RUN_ID, "collection")
    assert row["regions"] == [EAST]


def test_an_account_whose_regions_are_all_excluded_is_done_with_nothing() -> None:
    collecting = Collecting(regions(east=1), run=a_run(excluded_regions=(EAST,)))
    assert collecting.collect()["scopes"] == {}
    assert collecting.outcomes == {}
    [row] = collecting.ledger.rows(RUN_ID, "collection")
    assert row["regions"] == []


@pytest.mark.parametrize(
    ("service", "wanted", "recorded"),
    [
        ("kms", None, ["*"]),
        ("kms", (EAST, NORTH), [EAST, NORTH]),
        ("iam", None, ["global"]),
        ("iam", (EAST,), ["global"]),
    ],
)
def test_a_denied_role_records_every_scope_and_publishes_nothing(
    service: str, wanted: tuple[str, ...] | None, recorded: list[str]
) -> None:
    collecting = Collecting(regions(east=1), service=service, run=a_run(regions=wanted))
    collecting.know(*keys("known", region=EAST), region=EAST)
    collecting.sessions.refusal = denied_role()
    answer = collecting.collect()
    assert collecting.outcomes == dict.fromkeys(recorded, ("FAILED", "ROLE_DENIED"))
    assert collecting.published == []
    assert (answer["status"], answer["scopes"]) == ("DONE", {"FAILED": len(recorded)})


def test_an_account_that_cannot_be_opened_is_logged_with_its_error(log: Log) -> None:
    collecting = Collecting(regions(east=1))
    collecting.sessions.refusal = denied_role()
    collecting.collect()
    [line] = [one for one in log.lines if one["message"] == "An account could not be opened"]
    assert (line["account"], line["exception_name"]) == (ACCOUNT, "RoleNotAssumedError")


def test_a_denied_role_ages_the_coverage_of_every_region_that_was_known() -> None:
    collecting = Collecting(regions(east=1, north=1))
    collecting.collect()
    collecting.begin_run(NEXT_RUN_ID)
    collecting.sessions.refusal = denied_role()
    collecting.collect()
    assert collecting.outcomes == dict.fromkeys([EAST, NORTH], ("FAILED", "ROLE_DENIED"))
    for row in collecting.ledger.coverage(ACCOUNT):
        assert (row["lastCompleteRunId"], row["lastRunId"]) == (RUN_ID, NEXT_RUN_ID)


def test_once_an_account_can_be_entered_its_unlisted_regions_are_no_gap_any_more() -> None:
    collecting = Collecting(regions(east=1))
    collecting.sessions.refusal = denied_role()
    collecting.collect()
    collecting.begin_run(NEXT_RUN_ID)
    collecting.sessions.refusal = None
    collecting.collect()
    assert [row["awsRegion"] for row in collecting.ledger.coverage(ACCOUNT)] == [EAST]


def test_regions_that_cannot_be_listed_are_recorded() -> None:
    collecting = Collecting(regions(east=1))
    collecting.account.clients["ec2"].answers["describe_regions"] = client_error(
        "UnauthorizedOperation"
    )
    collecting.collect()
    assert collecting.outcomes == {"*": ("FAILED", "ACCESS_DENIED")}


def test_without_knowing_the_table_nothing_is_called_new() -> None:
    collecting = Collecting(regions(east=1))
    collecting.inventory_table.refusal = StorageUnavailableError("inventory: throttled")
    collecting.collect()
    assert collecting.published == []
    assert collecting.outcomes == {"*": ("FAILED", "STORAGE_UNAVAILABLE")}


def test_a_ledger_that_refuses_is_an_error() -> None:
    collecting = Collecting(regions(east=1))
    collecting.runs_table.refusal = StorageRefusedError("runs-table: no")
    with pytest.raises(StorageRefusedError):
        collecting.collect()


def test_a_checkpoint_that_cannot_be_read_is_an_error() -> None:
    collecting = Collecting(regions(east=1))
    with pytest.raises(StorageRefusedError):
        collecting.collect({"key": "checkpoints/gone", "number": 1})


def test_requests_are_counted_for_the_region_that_they_went_to() -> None:
    listings = regions(east=1, north=1)
    listings[NORTH].content = [keys(str(each), region=NORTH) for each in range(3)]
    collecting = Collecting(listings)
    collecting.collect()
    calls = {region: row["apiCalls"] for region, row in collecting.scopes.items()}
    assert calls == {EAST: 1, NORTH: 3}


def test_a_global_scope_counts_the_requests_to_every_region() -> None:
    def ask_where_it_is(_: str) -> None:
        collecting.account.counts.requests[NORTH, "GetBucketTagging"] += 1

    listing = Listing([keys("1"), keys("2")], on_read=ask_where_it_is)
    collecting = Collecting({"global": listing}, service="s3")
    collecting.account.counts.requests[EAST, "before"] = 5
    collecting.collect()
    assert collecting.scopes["global"]["apiCalls"] == 2 + 2


# --- continuing -----------------------------------------------------------------------------------


def test_when_time_is_up_the_next_invocation_goes_on_at_the_page_where_this_one_stopped() -> None:
    listing = Listing([keys("1"), keys("2"), keys("3")])
    collecting = Collecting({REGION: listing})
    first = collecting.collect(remaining_ms=time_is_up)
    assert first["status"] == "CONTINUE"
    assert set(collecting.changes) == {key_arn("1")}
    assert collecting.scopes == {}
    second = collecting.collect(first["continuation"])
    assert second["status"] == "DONE"
    assert listing.asked_from == [None, "1"]
    assert len(collecting.changes) == 3
    assert second["publishing"]["messages"] == 3
    assert collecting.scopes[REGION]["published"] == 3
    assert collecting.scopes[REGION]["apiCalls"] == 3


def test_a_page_that_is_too_long_for_one_invocation_is_gone_on_with() -> None:
    page = keys(*(f"{number:03}" for number in range(450)))
    listing = Listing([page])
    collecting = Collecting({REGION: listing})
    answers = collecting.collect_to_the_end(time_is_up)
    assert len(answers) == 3
    assert len(collecting.changes) == 450
    assert answers[-1]["publishing"]["succeeded"] == 450


def test_deleting_minds_the_time_that_is_left_too() -> None:
    kept, gone = keys("kept"), keys(*(f"gone-{number:04}" for number in range(900)))
    run = a_run(config=a_config(allow_mass_deletion=True))
    collecting = Collecting({REGION: Listing([kept])}, run=run)
    collecting.know(*kept, *gone)
    assert len(collecting.collect_to_the_end(time_is_up)) > 4
    assert [*collecting.changes.values()].count("DELETED") == 900
    assert collecting.outcomes == {REGION: ("COMPLETE", None)}
    assert collecting.scopes[REGION]["deleted"] == 900


def test_a_run_that_leaves_out_what_is_listed_does_not_renew_the_coverage() -> None:
    [here, elsewhere] = buckets("here", "elsewhere")
    listing = Listing([[here, elsewhere]], instead={elsewhere.arn: None})
    collecting = Collecting({"global": listing}, service="s3")
    collecting.collect()
    assert collecting.outcomes == {"global": ("COMPLETE", None)}
    [coverage] = collecting.ledger.coverage(ACCOUNT)
    assert coverage["lastOutcome"] == "COMPLETE"
    assert coverage["lastCompleteAt"] == NEVER
    assert "lastCompleteStartedAt" not in coverage


def test_regions_that_were_not_begun_wait_for_the_next_invocation() -> None:
    collecting = Collecting(regions(east=1, north=1, south=1))
    first = collecting.collect(remaining_ms=time_is_up)
    assert [*collecting.scopes] == [EAST]
    assert first["scopes"] == {"COMPLETE": 1}
    second = collecting.collect(first["continuation"])
    assert second["scopes"] == {"COMPLETE": 3}
    assert len(collecting.changes) == 3


def test_an_invocation_that_is_tried_again_begins_where_it_began_the_first_time() -> None:
    collecting = Collecting({REGION: Listing([keys("1"), keys("2"), keys("3")])})
    first = collecting.collect(remaining_ms=time_is_up)
    collecting.collect(first["continuation"], time_is_up)
    again = collecting.collect(first["continuation"])
    assert again["status"] == "DONE"
    assert collecting.outcomes == {REGION: ("COMPLETE", None)}
    assert {item["arn"] for item in collecting.published} == set(map(key_arn, "123"))


def test_what_failed_in_an_earlier_invocation_keeps_the_scope_partial() -> None:
    collecting = Collecting({REGION: Listing([keys("1"), keys("2")])})
    collecting.sns.verdict = lambda _: "AuthorizationError"
    first = collecting.collect(remaining_ms=time_is_up)
    collecting.sns.verdict = lambda _: None
    collecting.collect(first["continuation"])
    row = collecting.scopes[REGION]
    assert (row["outcome"], row["reason"]) == ("PARTIAL", "PUBLISH_FAILED")
    assert (row["published"], row["failed"]) == (1, 1)


def test_a_role_that_is_denied_later_leaves_partial_what_was_begun() -> None:
    collecting = Collecting(
        {EAST: Listing([keys("1", region=EAST), keys("2", region=EAST)]), NORTH: Listing()}
    )
    collecting.know(*keys("known", region=EAST), region=EAST)
    first = collecting.collect(remaining_ms=time_is_up)
    collecting.sessions.refusal = denied_role()
    last = collecting.collect(first["continuation"])
    assert collecting.outcomes == {
        EAST: ("PARTIAL", "ROLE_DENIED"),
        NORTH: ("FAILED", "ROLE_DENIED"),
    }
    assert collecting.scopes[EAST]["items"] == 1
    assert "DELETED" not in collecting.changes.values()
    assert last["status"] == "DONE"


sizes = st.sampled_from([0, 1, 2, 3, 201])
contents = st.lists(st.lists(sizes, max_size=3), min_size=1, max_size=3)


@given(
    contents,
    st.lists(st.booleans(), max_size=30),
    st.lists(st.sampled_from(["same", "changed", "gone", "new"]), min_size=1, max_size=7),
)
@settings(max_examples=60)
def test_wherever_time_runs_out_the_result_is_that_of_a_single_invocation(
    content: list[list[int]], ticks: list[bool], states: list[str]
) -> None:
    def planted() -> Collecting:
        listings: dict[str, Listing] = {}
        known: dict[str, list[Any]] = {}
        for number, pages in enumerate(content):
            region = f"eu-region-{number}"
            resources = iter(keys(*(f"{each:04}" for each in range(sum(pages))), region=region))
            listings[region] = Listing([[next(resources) for _ in range(size)] for size in pages])
            listed = [one for page in listings[region].content for one in page]
            pairs = [(one, states[each % len(states)]) for each, one in enumerate(listed)]
            known[region] = [one for one, state in pairs if state == "same"]
            known[region] += [as_it_was(one) for one, state in pairs if state == "changed"]
            known[region] += keys(
                *(f"gone-{each}" for each in range(min(states.count("gone"), 20))), region=region
            )
        collecting = Collecting(listings)
        for region, resources_known in known.items():
            collecting.know(*resources_known, region=region)
        return collecting

    whole, cut = planted(), planted()
    whole.collect()
    answers = cut.collect_to_the_end(clock(ticks))
    assert cut.changes == whole.changes
    assert cut.outcomes == whole.outcomes
    volatile = ("seconds", "startedAt", "finishedAt", "expiresAt", "apiCalls")
    for region, row in whole.scopes.items():
        assert {
            name: value for name, value in cut.scopes[region].items() if name not in volatile
        } == {name: value for name, value in row.items() if name not in volatile}
    assert answers[-1]["scopes"] == {"COMPLETE": len(content)}
    assert answers[-1]["publishing"]["succeeded"] == len(whole.changes)
    assert {item["arn"] for item in cut.published if item["change"] == "DELETED"} == {
        key_arn(f"gone-{each}", f"eu-region-{number}")
        for number in range(len(content))
        for each in range(states.count("gone"))
    }


# --- the run's deadline ---------------------------------------------------------------------------


def test_a_scope_that_meets_the_runs_deadline_is_partial_and_deletes_nothing() -> None:
    listings = {EAST: Listing([keys("1", region=EAST), keys("2", region=EAST)]), NORTH: Listing()}
    collecting = Collecting(listings)
    collecting.know(*keys("2", "gone", region=EAST), region=EAST)
    looks = chain(repeat(now(), 3), repeat(after_the_deadline()))  # the first page is read
    collecting.clock = lambda: next(looks)
    answer = collecting.collect()
    assert answer["status"] == "DONE"
    assert collecting.outcomes == {EAST: ("PARTIAL", "TIMEOUT"), NORTH: ("FAILED", "TIMEOUT")}
    assert collecting.changes == {key_arn("1", EAST): "CREATED"}
    row = collecting.scopes[EAST]
    assert (row["items"], row["published"], row["errorCode"]) == (1, 1, "RunDeadlineError")
    assert f"its deadline, {collecting.run.deadline}" in row["errorMessage"]
    [publishing] = collecting.ledger.rows(RUN_ID, "collection")
    assert publishing["publishing"]["succeeded"] == 1


def test_a_collection_that_goes_on_after_the_deadline_ends_without_asking_aws() -> None:
    listing = Listing([keys("1", region=EAST), keys("2", region=EAST)])
    collecting = Collecting({EAST: listing, NORTH: Listing()})
    collecting.know(*keys("gone", region=EAST), region=EAST)
    first = collecting.collect(remaining_ms=time_is_up)
    calls = collecting.account.counts.requests.copy()
    collecting.clock = after_the_deadline
    last = collecting.collect(first["continuation"], time_is_up)
    assert (last["status"], last["continuation"]) == ("DONE", None)
    assert last["scopes"] == {"PARTIAL": 1, "FAILED": 1}
    assert collecting.outcomes == {EAST: ("PARTIAL", "TIMEOUT"), NORTH: ("FAILED", "TIMEOUT")}
    assert collecting.scopes[EAST]["published"] == 1
    assert collecting.account.counts.requests == calls
    assert "DELETED" not in collecting.changes.values()


def test_a_collection_that_is_begun_after_the_deadline_owes_a_row_for_what_was_known() -> None:
    collecting = Collecting(regions(east=1, north=1))
    collecting.collect()
    collecting.begin_run(NEXT_RUN_ID)
    collecting.clock = after_the_deadline
    assert collecting.collect()["status"] == "DONE"
    assert collecting.outcomes == dict.fromkeys([EAST, NORTH], ("FAILED", "TIMEOUT"))
    assert collecting.published == []


def test_however_often_time_is_up_a_listing_without_end_ends_with_the_run() -> None:
    """Its pages bring nothing new, so that there is nothing to read between two of them."""
    page = keys("1")
    collecting = Collecting({REGION: Listing(Endless(page))})
    answers = [collecting.collect(remaining_ms=time_is_up)]
    for _ in range(5):
        assert answers[-1]["status"] == "CONTINUE"
        answers.append(collecting.collect(answers[-1]["continuation"], time_is_up))
    collecting.clock = after_the_deadline
    last = collecting.collect(answers[-1]["continuation"], time_is_up)
    assert last["status"] == "DONE"
    assert collecting.outcomes == {REGION: ("PARTIAL", "TIMEOUT")}


@pytest.mark.parametrize("remaining_ms", [plenty, time_is_up])
@pytest.mark.parametrize("back_to", ["0", "1", "3"])
def test_a_listing_that_goes_round_in_a_circle_is_partial_and_deletes_nothing(
    remaining_ms: Callable[[], int], back_to: str
) -> None:
    pages = [keys(str(number)) for number in range(5)]
    collecting = Collecting({REGION: Listing(pages, turns={"4": back_to})})
    collecting.know(*keys("gone"))
    collecting.collect_to_the_end(remaining_ms)
    assert collecting.outcomes == {REGION: ("PARTIAL", "SERVICE_ERROR")}
    row = collecting.scopes[REGION]
    assert (row["items"], row["errorCode"]) == (5, "PaginationError")
    assert "DELETED" not in collecting.changes.values()


# --- second attempts and second runs --------------------------------------------------------------


def test_a_second_attempt_of_the_run_publishes_nothing_twice() -> None:
    collecting = Collecting(regions(east=2))
    collecting.know(*keys("gone", region=EAST), region=EAST)
    collecting.collect()
    first = collecting.changes
    collecting.collect()
    assert collecting.changes == first
    row = collecting.scopes[EAST]
    assert (row["outcome"], row["published"]) == ("COMPLETE", 3)


def test_a_second_attempt_after_the_deadline_leaves_what_the_first_has_recorded() -> None:
    denied = Listing(breaks_at=0, error=client_error("AccessDenied"))
    collecting = Collecting({**regions(east=1), NORTH: denied})
    collecting.collect()
    recorded, coverage = collecting.scopes, [*collecting.ledger.coverage(ACCOUNT)]
    collecting.clock = after_the_deadline
    collecting.collect()
    assert collecting.scopes == recorded
    assert [*collecting.ledger.coverage(ACCOUNT)] == coverage


def test_a_second_attempt_lists_nothing_before_it_knows_what_the_first_has_published() -> None:
    listed = Event()
    collecting = Collecting({REGION: Listing([keys("1", "2")], on_page=listed.set)})
    collecting.collect()
    listed.clear()
    query = collecting.runs_table.query

    def slowly(condition: str, values: Any, **options: Any) -> Any:
        if values[":sk"].startswith("journal#"):
            listed.wait(timeout=0.2)
        return query(condition, values, **options)

    collecting.runs_table.query = slowly  # type: ignore[method-assign]
    with ThreadPoolExecutor(4) as collecting.threads:
        collecting.collect()
    assert len(collecting.changes) == 2
    assert collecting.scopes[REGION]["published"] == 2


def test_a_second_attempt_counts_as_what_the_first_has_published_it() -> None:
    collecting = Collecting(regions(east=2))
    collecting.collect()
    collecting.store()
    collecting.collect()
    row = collecting.scopes[EAST]
    assert (row["created"], row["unchanged"], row["published"]) == (2, 0, 2)


def test_a_collection_says_whether_it_was_repeated() -> None:
    collecting = Collecting(regions(east=2))
    for repeated in (None, True):
        collecting.collect()
        [row] = collecting.ledger.rows(collecting.run.run_id, "collection")
        assert row.get("isRepeated") is repeated


def test_an_invocation_that_goes_on_is_not_repeated_and_one_tried_again_is() -> None:
    collecting = Collecting({REGION: Listing([keys("1"), keys("2"), keys("3")])})
    first = collecting.collect(remaining_ms=time_is_up)
    for repeated in (None, True):
        collecting.collect(first["continuation"], time_is_up)
        [row] = collecting.ledger.rows(collecting.run.run_id, "collection")
        assert row.get("isRepeated") is repeated


def test_resources_that_vanish_bring_a_collection_forward_too() -> None:
    page = keys(*(f"{number:03}" for number in range(450)))
    gone = {one.arn: ResourceGoneError("NotFoundException") for one in page}
    collecting = Collecting({REGION: Listing([page], instead={**gone})})
    collecting.know(*page[:1])
    assert len(collecting.collect_to_the_end(time_is_up)) == 4
    assert collecting.changes == {page[0].arn: "DELETED"}


def test_regions_that_an_account_has_not_enabled_are_written_down_and_no_gap() -> None:
    collecting = Collecting(regions(east=1))
    opted_out = {"RegionName": "me-south-1", "OptInStatus": "not-opted-in"}
    listed = [{"RegionName": EAST}, opted_out]
    collecting.account.clients["ec2"].answers["describe_regions"] = {"Regions": listed}
    collecting.collect()
    [row] = collecting.ledger.rows(collecting.run.run_id, "collection")
    assert (row["regions"], row["regionsNotEnabled"]) == ([EAST], ["me-south-1"])
    assert [*collecting.scopes] == [EAST]


def test_a_second_attempt_publishes_what_changed_in_between() -> None:
    listings = regions(east=2)
    collecting = Collecting(listings)
    collecting.collect()
    [[one, other]] = listings[EAST].content
    listings[EAST].content = [[as_it_was(one), other]]
    collecting.collect()
    assert Counter(item["arn"] for item in collecting.published) == {one.arn: 2, other.arn: 1}


def test_a_second_attempt_publishes_what_it_can_read_and_the_first_could_not() -> None:
    listings = regions(east=1)
    [[one]] = listings[EAST].content
    collecting = Collecting(listings)
    collecting.know(one, region=EAST)
    denied = replace(one, tags=None, unreadable=failures({"tags": "AccessDenied"}))
    for instead in ({one.arn: denied}, {one.arn: denied}, {}, {}):
        listings[EAST].instead = {**instead}
        collecting.collect()
    first, second = collecting.published
    assert first["contentHash"] == second["contentHash"]
    assert (first["unreadable"], second["unreadable"]) == ({"tags": "AccessDenied"}, {})


def test_a_second_attempt_publishes_what_the_first_had_to_give_up() -> None:
    collecting = Collecting(regions(east=2))
    collecting.sns.verdict = lambda _: "AuthorizationError"
    collecting.collect()
    assert collecting.published == []
    collecting.sns.verdict = lambda _: None
    collecting.collect()
    assert len(collecting.changes) == 2
    assert collecting.outcomes == {EAST: ("COMPLETE", None)}


def test_what_the_last_run_published_in_vain_is_published_again_and_counted_as_healed() -> None:
    collecting = Collecting(regions(east=3))
    collecting.collect()
    lost = collecting.published.pop()
    collecting.store()
    collecting.begin_run(NEXT_RUN_ID)
    collecting.collect()
    assert collecting.changes[lost["arn"]] == "CREATED"
    assert collecting.scopes[EAST]["healed"] == 1
    assert collecting.scopes[EAST]["created"] == 1


def test_a_deletion_that_was_lost_is_healed_too() -> None:
    collecting = Collecting(regions(east=0))
    collecting.know(*keys("gone", region=EAST), region=EAST)
    collecting.collect()
    collecting.begin_run(NEXT_RUN_ID)
    collecting.collect()
    assert collecting.changes == {key_arn("gone", EAST): "DELETED"}
    assert collecting.scopes[EAST]["healed"] == 1


def test_what_was_stored_is_unchanged_in_the_next_run_and_nothing_is_healed() -> None:
    collecting = Collecting(regions(east=3))
    collecting.collect()
    collecting.store()
    collecting.begin_run(NEXT_RUN_ID)
    collecting.collect()
    assert set(collecting.changes.values()) == {"UNCHANGED"}
    assert collecting.scopes[EAST]["healed"] == 0


def test_a_resource_that_returns_is_created_again() -> None:
    listings = regions(east=1)
    collecting = Collecting(listings)
    [[resource]] = listings[EAST].content
    for run_id, content, change in (
        (EARLIER_RUN_ID, [[resource]], "CREATED"),
        (RUN_ID, [[]], "DELETED"),
        (NEXT_RUN_ID, [[resource]], "CREATED"),
    ):
        collecting.begin_run(run_id)
        listings[EAST].content = content
        collecting.collect()
        assert collecting.changes == {resource.arn: change}
        collecting.store()


def test_a_message_that_cannot_be_written_down_is_not_published() -> None:
    collecting = Collecting(regions(east=1))
    collecting.sns = FakeSns(on_request=lambda _: pytest.fail("was published"))
    put = collecting.runs_table.put

    def refuse_the_journal(rows: Any) -> None:
        rows = list(rows)
        if any("journal#" in row["sk"] for row in rows):
            raise StorageUnavailableError("runs-table: throttled")
        put(rows)

    collecting.runs_table.put = refuse_the_journal  # type: ignore[method-assign]
    collecting.collect()
    assert collecting.outcomes == {EAST: ("PARTIAL", "PUBLISH_FAILED")}


def test_publishing_and_throttles_are_measured_by_service_for_each_invocation(
    capsys: pytest.CaptureFixture[str],
) -> None:
    collecting = Collecting(regions(east=25))
    account, read = collecting.account, Listing.read
    account.counts.throttles = 7  # of an earlier invocation in the same session

    def throttled(listing: Listing, listed: Any, in_parallel: Any) -> Any:
        account.counts.throttles += 1
        return read(listing, listed, in_parallel)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Listing, "read", throttled)
        collecting.collect()
    values = measured(capsys.readouterr().out)
    latencies = values.pop(metric("PublishLatency", Environment="cidb2-test", Service="kms"))
    assert len(latencies) == len(collecting.sns.batches) == 3
    assert all(0 <= latency < 1000 for latency in latencies)
    assert values == {metric("Throttles", Environment="cidb2-test", Service="kms"): [25.0]}


def test_an_account_of_which_nothing_is_wanted_is_not_opened() -> None:
    collecting = Collecting(
        service="organizations",
        run=a_run(services=("organizations",), organization_account="999999999999"),
    )
    answer = collecting.collect()
    assert (answer["status"], answer["scopes"]) == ("DONE", {})
    assert (collecting.sessions.opened, collecting.scopes) == (0, {})

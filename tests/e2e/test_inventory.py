"""Three inventories of one organisation: as planted, after a day's changes, and after no change."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from typing import Any
from unittest import mock

import pytest
from moto.stepfunctions.parser.asl.component.state import state

from cidb2.items.findings.rule import Finding
from cidb2.types.catalog import REGIONAL
from local.gateway.front import CallKey
from local.simulation.check import Changes, compare, difference
from local.simulation.expectation import Expectation
from local.simulation.population import REGIONS, Organisation
from local.simulation.truth import Item
from tests.support.of_note import of_note
from tests.support.world import PLANTED_SERVICES, Row, ScopeKey, Taken, World, world

NEVER = "1970-01-01T00:00:00Z"
LARGEST_OUTPUT_BYTES = 10_000


@dataclass(frozen=True)
class Chapter:
    """One inventory: what it had to find, what it left behind, and the calls it took."""

    taken: Taken
    expected: Expectation
    inventory: dict[str, Item]
    rows: dict[tuple[str, str], Row]
    scopes: dict[ScopeKey, Row]
    coverage: dict[ScopeKey, Row]
    versions: dict[str, list[Row]]
    run_row: Row
    changes: list[Row]
    calls: list[tuple[CallKey, int]]
    states: Counter[str]
    told: dict[str, list[Row]]

    def arns(self, change: str) -> set[str]:
        """Return the ARNs whose current row this run wrote as `change`."""
        return {
            row["arn"]
            for (_, sk), row in self.rows.items()
            if sk == "current" and row["change"] == change and row["runId"] == self.taken.run_id
        }

    def count(self, **match: str) -> int:
        """Return how many calls of a kind the run took."""
        return sum(
            number
            for key, number in self.calls
            if all(getattr(key, name) == value for name, value in match.items())
        )


@dataclass(frozen=True)
class Story:
    """The three inventories, and what really happened between the first and the second."""

    first: Chapter
    second: Chapter
    third: Chapter
    changes: Changes
    planted: Organisation


@pytest.fixture(scope="module")
def story() -> Iterator[Story]:
    planted = Organisation(3, 40, REGIONS[:3], seed=11)
    with world(planted, environments=2, time_scale=5) as here, entered_states() as states:
        ears = {
            "every run": ear(here, {}),
            "changes": ear(here, {"changes": [{"numeric": [">", 0]}]}),
            "trouble": ear(here, {"status": [{"anything-but": "COMPLETE"}]}),
            "peace": ear(here, {"status": ["COMPLETE"]}),
        }
        first = tell(here, ears, states, {})
        planted.mutate(1)
        second = tell(here, ears, states, {})
        third = tell(here, ears, states, {"config": {"publish": "changes"}})
        changes = difference(first.expected.found, second.expected.found)
        yield Story(first, second, third, changes, planted)


@contextmanager
def entered_states() -> Iterator[Counter[str]]:
    """Count by name the states that executions enter, children's too, of which moto keeps none."""
    entered: Counter[str] = Counter()
    describe: Any = vars(state)["StateData"]

    def count(**fields: Any) -> Any:
        entered[fields["Name"]] += 1
        return describe(**fields)

    with mock.patch.object(state, "StateData", count):
        yield entered


def ear(here: World, wanted: dict[str, Any]) -> str:
    """Subscribe a queue to the ends of runs that are `wanted`; return its URL."""
    sqs, number = here.aws.client("sqs"), len(here.aws.client("sqs").list_queues()["QueueUrls"])
    url = sqs.create_queue(QueueName=f"ear-{number}")["QueueUrl"]
    asked = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    here.aws.client("sns").subscribe(
        TopicArn=here.aws.stack.outputs["RunTopicArn"],
        Protocol="sqs",
        Endpoint=asked["Attributes"]["QueueArn"],
        Attributes={"RawMessageDelivery": "true", "FilterPolicy": json.dumps(wanted)},
    )
    return str(url)


def hear(here: World, url: str) -> list[Row]:
    """Take what a queue was told."""
    sqs = here.aws.client("sqs")
    told = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    for message in told:
        sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return [json.loads(message["Body"]) for message in told]


def tell(
    here: World, ears: dict[str, str], states: Counter[str], wanted: dict[str, Any]
) -> Chapter:
    here.aws.calls.clear()
    states.clear()
    taken = here.take_inventory(wanted)
    calls = here.aws.calls.items()
    scopes = here.scopes(taken.run_id)
    return Chapter(
        taken=taken,
        expected=here.expected(wanted),
        inventory=here.inventory(),
        rows=here.inventory_rows(),
        scopes=scopes,
        coverage=here.coverage(),
        versions=here.versions(),
        run_row=here.run_row(taken.run_id),
        changes=here.changes(taken.run_id),
        calls=calls,
        told={name: hear(here, url) for name, url in ears.items()},
        states=states.copy(),
    )


@pytest.fixture(params=["first", "second", "third"])
def chapter(request: pytest.FixtureRequest, story: Story) -> Chapter:
    found: Chapter = getattr(story, request.param)
    return found


def expected_outcomes(planted: Organisation) -> dict[ScopeKey, tuple[str, str | None]]:
    """Return what has to become of every scope, by what is wrong in its account."""
    outcomes: dict[ScopeKey, tuple[str, str | None]] = {}
    for account in planted.accounts:
        for service in PLANTED_SERVICES:
            is_regional = REGIONAL[service]
            regions = planted.regions if is_regional else ("global",)
            failure = {
                "role missing": "ROLE_DENIED",
                "suspended": "ACCOUNT_SUSPENDED",
                f"{service} denied": "SCP_DENIED",
            }.get(account.condition)
            if failure in ("ROLE_DENIED", "ACCOUNT_SUSPENDED"):
                regions = ("*",) if is_regional else ("global",)
            for region in regions:
                outcome = ("FAILED", failure) if failure else ("COMPLETE", None)
                outcomes[service, account.id, region] = outcome
    return outcomes


def test_the_run_succeeds_and_says_what_it_could_not_collect(chapter: Chapter) -> None:
    output = chapter.taken.execution.output
    assert output["status"] == chapter.run_row["status"] == "PARTIAL"
    assert output["accounts"] == 6  # the suspended one is named, not collected
    assert output["failures"] == {
        "ROLE_DENIED": len(PLANTED_SERVICES),
        "SCP_DENIED": 3,
        "ACCOUNT_SUSPENDED": len(PLANTED_SERVICES),
    }
    assert output["reconciled"] is True


def test_the_inventory_equals_what_was_planted_field_for_field(chapter: Chapter) -> None:
    expected = chapter.expected
    report = compare(expected.found, chapter.inventory, expected.hidden)
    assert list(report.lines()) == []
    assert report.resources > 120
    assert report.fields > 10_000
    assert report.unreadable == 2  # the description and the rotation of the key that is sealed


def test_every_scope_has_its_row_with_the_right_reason(chapter: Chapter, story: Story) -> None:
    outcomes = {scope: (row["outcome"], row.get("reason")) for scope, row in chapter.scopes.items()}
    assert outcomes == expected_outcomes(story.planted)


def test_a_failed_scope_names_the_error_of_aws(story: Story) -> None:
    of = {row["accountId"]: row for row in story.first.scopes.values() if "reason" in row}
    assert of["111122223333"]["errorCode"] == "AccessDenied"
    assert "sts:AssumeRole" in of["111122223333"]["errorMessage"]
    assert of["444455556666"]["errorCode"] == "AccessDeniedException"
    assert "service control policy" in of["444455556666"]["errorMessage"]
    assert "not list the account as active" in of["777788889999"]["errorMessage"]


def test_the_summary_adds_up_with_ledger_and_table(chapter: Chapter, story: Story) -> None:
    summary, rows = chapter.taken.summary, chapter.scopes.values()
    totals = summary["totals"]
    counted = ("items", "created", "changed", "unchanged", "deleted", "unreadable", "published")
    for name in (*counted, "failed", "apiCalls"):
        total = sum(row[name] for row in rows)
        assert totals[name] == total, name
        assert sum(each[name] for each in summary["services"].values()) == total, name
        assert sum(each[name] for each in summary["byAccount"].values()) == total, name
    assert totals["items"] == totals["created"] + totals["changed"] + totals["unchanged"]
    assert totals["items"] == len(chapter.expected.found)
    living = [row for (_, sk), row in chapter.rows.items() if sk == "current" and "typeKey" in row]
    assert totals["items"] == len(living)
    assert totals["published"] == totals["stored"]
    assert (totals["failed"], totals["superseded"], totals["difference"]) == (0, 0, 0)
    assert len(summary["scopes"]) == len(rows)
    outcomes = Counter(outcome for outcome, _ in expected_outcomes(story.planted).values())
    assert totals["scopes"] == {"PARTIAL": 0, **outcomes}


PLANTED_IN_PLENTY = {
    Finding.PUBLIC_BUCKET,
    Finding.KEY_WITHOUT_ROTATION,
    Finding.POLICY_ALLOWS_ALL,
    Finding.UNENCRYPTED_VOLUME,
    Finding.INSTANCE_WITH_IMDSV1,
    Finding.PUBLIC_FUNCTION,
}
"""The others are planted only where one of each type is: `test_local_run.py` looks for them."""


def test_what_is_of_note_is_counted_and_named_as_it_was_planted(chapter: Chapter) -> None:
    found = deepcopy(chapter.expected.found)
    planted = of_note({arn: item for arn, item in found.items() if not item["unreadable"]})
    assert planted.keys() == PLANTED_IN_PLENTY
    counted = chapter.taken.totals["findings"]
    assert {name: figures["count"] for name, figures in counted.items() if figures["count"]} == {
        name: len(arns) for name, arns in planted.items()
    }
    assert counted["KEY_WITHOUT_ROTATION"]["unknown"] == 1  # the key that is sealed
    named: dict[str, set[str]] = defaultdict(set)
    for row in chapter.scopes.values():
        for name, figures in row["findings"].items():
            named[name] |= {*figures.get("arns", [])}
    assert named == planted


def test_publishing_statistics_add_up(chapter: Chapter) -> None:
    for figures in chapter.taken.summary["services"].values():
        publishing = figures["publishing"]
        assert publishing["messages"] == publishing["succeeded"] == figures["published"]
        assert (publishing["failed"], publishing["retries"]) == (0, 0)
        assert publishing["failedMessages"] == []
        assert (publishing["bytes"] > 0) == (publishing["messages"] > 0)


def test_the_output_is_small_and_says_where_the_rest_is(chapter: Chapter) -> None:
    output = chapter.taken.execution.output
    assert len(json.dumps(output)) < LARGEST_OUTPUT_BYTES
    assert output["summary"]["key"] == f"runs/{chapter.taken.run_id}/summary.json"
    assert output["report"]["key"] == f"runs/{chapter.taken.run_id}/report.html"
    assert output["totals"] == chapter.taken.totals == chapter.run_row["totals"]
    assert chapter.run_row["executionArn"] == chapter.taken.execution.arn


def test_who_subscribed_to_the_ends_of_runs_is_told_the_output(chapter: Chapter) -> None:
    output = dict(chapter.taken.execution.output)
    assert output.pop("notification")
    assert chapter.told["every run"] == [output]
    assert output["report"]["url"].endswith(f"&prefix=runs/{chapter.taken.run_id}/report.html")


def test_who_asked_for_some_runs_is_told_of_those(story: Story) -> None:
    chapters = (story.first, story.second, story.third)
    assert [len(each.told["changes"]) for each in chapters] == [1, 1, 0]
    assert {each.taken.summary["status"] for each in chapters} == {"PARTIAL"}
    assert [len(each.told["trouble"]) for each in chapters] == [1, 1, 1]
    assert [len(each.told["peace"]) for each in chapters] == [0, 0, 0]


def test_the_cost_counts_what_was_really_used(chapter: Chapter) -> None:
    cost = chapter.taken.summary["cost"]
    functions, usage = cost["functions"], cost["usage"]
    invoked = chapter.count(service="lambda", operation="Invoke")
    by_machine = {name: each for name, each in functions.items() if name != "reporter"}
    assert sum(each["invocations"] for each in by_machine.values()) == invoked
    assert {name: each["memoryMb"] for name, each in functions.items()}["initializer"] == 512
    assert usage["stepFunctionsTransitions"] == chapter.states.total()
    publishing = [each["publishing"] for each in chapter.taken.summary["services"].values()]
    assert usage["snsRequests"] >= sum(each["requests"] for each in publishing)
    assert (cost["services"]["sns"] > 0) == (chapter.taken.totals["published"] > 0)
    assert 0 < cost["total"] < 0.1


def test_what_dynamodb_charged_for_storing_is_what_it_says(story: Story) -> None:
    first, third = (each.taken.summary["cost"]["usage"] for each in (story.first, story.third))
    items = story.first.taken.totals["items"]
    # A version and a current row, of a unit at least, and an entry in each of two indexes.
    assert first["dynamodbWriteUnits"] > 4 * items
    assert third["dynamodbWriteUnits"] < first["dynamodbWriteUnits"] / 3  # the ledger's rows
    assert third["dynamodbReadUnits"] > 0


def test_coverage_says_when_each_scope_was_last_complete(chapter: Chapter, story: Story) -> None:
    assert chapter.coverage.keys() == expected_outcomes(story.planted).keys()
    for scope, row in chapter.coverage.items():
        now = chapter.scopes[scope]
        assert row["lastRunId"] == chapter.taken.run_id
        assert row["lastAttemptAt"] == now["finishedAt"]
        assert row["lastOutcome"] == now["outcome"]
        if now["outcome"] == "COMPLETE":
            assert row["lastCompleteRunId"] == chapter.taken.run_id
            assert row["lastCompleteAt"] == now["finishedAt"]
        else:
            assert row["lastReason"] == now["reason"]
            assert row["lastCompleteAt"] == NEVER


def test_the_second_run_finds_exactly_what_changed(story: Story) -> None:
    second, changes = story.second, story.changes
    assert changes.created
    assert changes.changed
    assert changes.deleted
    assert second.arns("CREATED") == changes.created
    assert second.arns("CHANGED") == changes.changed
    assert second.arns("DELETED") == changes.deleted
    still = story.first.expected.found.keys() & second.expected.found.keys()
    assert second.arns("UNCHANGED") == still - changes.changed
    totals = second.taken.totals
    found = (totals["created"], totals["changed"], totals["deleted"])
    assert found == (len(changes.created), len(changes.changed), len(changes.deleted))
    listed = {(row["change"], row["pk"]) for row in second.changes}
    assert listed == {
        *(("CREATED", arn) for arn in changes.created),
        *(("CHANGED", arn) for arn in changes.changed),
        *(("DELETED", arn) for arn in changes.deleted),
    }
    assert len(second.changes) == len(listed)
    assert story.third.changes == []


def test_each_change_leaves_a_version_and_nothing_else_does(story: Story) -> None:
    before, after, changes = story.first.versions, story.second.versions, story.changes
    assert {arn: len(versions) for arn, versions in before.items()} == dict.fromkeys(
        story.first.expected.found, 1
    )
    touched = changes.created | changes.changed | changes.deleted
    grown = {arn for arn in after if len(after[arn]) == len(before.get(arn, [])) + 1}
    assert grown == touched
    for arn in changes.changed:
        old, new = after[arn]
        assert (old["change"], new["change"]) == ("CREATED", "CHANGED")
        assert old["contentHash"] != new["contentHash"]
        assert {"expiresAt"} <= old.keys() & new.keys()


def test_a_deleted_resource_leaves_a_tombstone_with_what_was_last_known(story: Story) -> None:
    for arn in story.changes.deleted:
        was, stone = story.first.rows[arn, "current"], story.second.rows[arn, "current"]
        assert stone["configurationItemStatus"] == "ResourceDeleted"
        assert stone["expiresAt"] > 0
        assert not stone.keys() & {"scopeKey", "scopeSort", "typeKey"}
        for name in ("configuration", "supplementaryConfiguration", "tags", "contentHash"):
            assert stone.get(name) == was.get(name), name
        assert story.third.rows[arn, "current"] == stone


def test_a_run_that_publishes_changes_only_writes_nothing_where_nothing_changed(
    story: Story,
) -> None:
    third = story.third
    assert third.taken.totals["published"] == third.taken.totals["stored"] == 0
    assert third.taken.totals["unchanged"] == len(third.expected.found)
    assert third.count(service="sns") == len(third.told["every run"])  # not an item
    assert third.rows == story.second.rows


def test_one_role_session_serves_an_account_and_a_service(chapter: Chapter) -> None:
    accounts = 6  # the suspended one is left alone
    assert chapter.count(service="sts", operation="AssumeRole") == accounts * len(PLANTED_SERVICES)


def test_organizations_is_asked_once(chapter: Chapter) -> None:
    assert chapter.count(service="organizations") == 1

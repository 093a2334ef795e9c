"""The services of one collector are collected side by side, each for itself."""

from collections.abc import Sequence
from itertools import chain
from typing import Any

import pytest

from cidb2.aws.table import Row
from cidb2.errors import StorageUnavailableError
from cidb2.items.resource import Resource
from cidb2.run import Run
from tests.support.builders import (
    ACCOUNT,
    REGION,
    RUN_ID,
    a_resource,
    a_run,
    client_error,
)
from tests.support.collecting import Collecting, Listing, keys

WEST = REGION
COMPLETE = ("COMPLETE", None)
BOTH = ("kms", "lambda")


def functions(*names: str) -> list[Resource]:
    """Return a page of functions."""
    return [
        a_resource(
            name,
            resource_type="AWS::Lambda::Function",
            resource_name=name,
            arn=f"arn:aws:lambda:{WEST}:{ACCOUNT}:function:{name}",
        )
        for name in names
    ]


def two(
    keys_listed: Sequence[Sequence[Resource]] = (),
    functions_listed: Sequence[Sequence[Resource]] = (),
    run: Run | None = None,
) -> Collecting:
    """Return a collector of KMS and Lambda, in one region, with so much in each."""
    return Collecting(
        {WEST: Listing(keys_listed)},
        beside={"lambda": {WEST: Listing(functions_listed)}},
        run=run or a_run(services=BOTH),
    )


def rows_of(collecting: Collecting, kind: str) -> dict[str, Row]:
    return {row["service"]: row for row in collecting.ledger.rows(RUN_ID, kind)}


def test_each_service_has_its_scopes_and_its_figures() -> None:
    collecting = two([keys("1", "2")], [functions("a")])
    answer = collecting.collect()
    assert collecting.outcomes_of("kms") == collecting.outcomes_of("lambda") == {WEST: COMPLETE}
    published = {name: row["publishing"] for name, row in rows_of(collecting, "collection").items()}
    assert {name: each["messages"] for name, each in published.items()} == {"kms": 2, "lambda": 1}
    assert (answer["status"], answer["scopes"]) == ("DONE", {"COMPLETE": 2})
    assert answer["publishing"]["succeeded"] == 3


def test_they_are_entered_once_and_the_regions_are_asked_for_once() -> None:
    collecting = two()
    collecting.collect()
    assert collecting.account.clients["ec2"].calls["describe_regions"] == 1
    assert collecting.sessions.opened == 1


def test_a_session_may_do_what_the_wanted_services_need() -> None:
    collecting = two(run=a_run(services=("lambda",)))
    collecting.collect()
    assert [row["service"] for row in collecting.ledger.scopes(RUN_ID)] == ["lambda"]
    assert "lambda:ListFunctions" in collecting.sessions.actions
    assert not [each for each in collecting.sessions.actions if each.startswith("kms:")]


def test_what_only_one_service_cannot_list_leaves_the_other_alone() -> None:
    collecting = two([keys("1")], [functions("a")])
    collecting.listings[WEST].breaks_at = 0
    collecting.listings[WEST].error = client_error("AccessDenied")
    collecting.know(*keys("known"))
    collecting.know(*functions("gone"), service="lambda")
    collecting.collect()
    assert collecting.outcomes_of("kms") == {WEST: ("FAILED", "ACCESS_DENIED")}
    assert collecting.outcomes_of("lambda") == {WEST: COMPLETE}
    assert sorted(collecting.changes.values()) == ["CREATED", "DELETED"]


def test_a_service_of_which_nobody_knows_what_is_known_leaves_the_other_alone() -> None:
    collecting = two([keys("1")], [functions("a")])
    query = collecting.inventory_table.query

    def refuse_keys(condition: str, values: Any, **options: Any) -> Any:
        if any("/kms" in str(value) for value in values.values()):
            raise StorageUnavailableError("inventory: throttled")
        return query(condition, values, **options)

    collecting.inventory_table.query = refuse_keys  # type: ignore[method-assign]
    collecting.collect()
    assert collecting.outcomes_of("kms") == {"*": ("FAILED", "STORAGE_UNAVAILABLE")}
    assert collecting.outcomes_of("lambda") == {WEST: COMPLETE}


def test_without_regions_a_global_service_is_collected() -> None:
    collecting = Collecting(
        {WEST: Listing()},
        beside={"iam": {"global": Listing()}},
        run=a_run(services=("kms", "iam")),
    )
    refusal = client_error("UnauthorizedOperation")
    collecting.account.clients["ec2"].answers["describe_regions"] = refusal
    collecting.collect()
    assert collecting.outcomes_of("kms") == {"*": ("FAILED", "ACCESS_DENIED")}
    assert collecting.outcomes_of("iam") == {"global": COMPLETE}


@pytest.mark.parametrize("wanted", [BOTH, ("kms",)])
def test_a_role_that_is_denied_is_recorded_for_every_wanted_service(
    wanted: tuple[str, ...],
) -> None:
    collecting = two(run=a_run(services=wanted))
    collecting.sessions.refusal = client_error("AccessDenied")
    answer = collecting.collect()
    rows = [*collecting.ledger.scopes(RUN_ID)]
    assert [(row["service"], row["outcome"]) for row in rows] == [
        (each, "FAILED") for each in wanted
    ]
    assert answer["scopes"] == {"FAILED": len(wanted)}


def test_when_time_is_up_each_service_goes_on_where_it_stopped() -> None:
    collecting = two([keys("1"), keys("2")], [functions("a"), functions("b"), functions("c")])
    answers = collecting.collect_to_the_end(lambda: 0)
    assert len(answers) > 2
    assert collecting.listings[WEST].asked_from == [None, "1"]
    asked = collecting.beside["lambda"][WEST].asked_from
    assert [*chain(filter(None, asked))] == ["1", "2"]
    assert collecting.outcomes_of("kms") == collecting.outcomes_of("lambda") == {WEST: COMPLETE}
    assert len(collecting.changes) == 5
    assert answers[-1]["scopes"] == {"COMPLETE": 2}
    assert answers[-1]["publishing"]["messages"] == 5


def test_a_service_that_has_ended_is_not_collected_again_when_another_goes_on() -> None:
    collecting = two([keys("1")], [functions("a"), functions("b")])
    answers = collecting.collect_to_the_end(lambda: 0)
    assert len(answers) > 1
    assert collecting.listings[WEST].asked_from == [None]
    assert rows_of(collecting, "collection")["kms"]["publishing"]["messages"] == 1

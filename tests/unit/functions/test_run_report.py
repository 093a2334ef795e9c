"""What the report says of a run: what is whole, what was checked, what changed, what took long."""

from io import BytesIO
from typing import Any

import pytest

from cidb2.run import AccountList
from cidb2.services import SERVICES
from functions.results_processor.report import (
    GROUPS_NAMED,
    MAP_FROM,
    SLOWEST_NAMED,
    Report,
)
from functions.results_processor.trend import RUNS_SHOWN, panels
from tests.support.builders import a_run
from tests.support.reports import a_report

BYTES_AN_ACCOUNT = 900
BYTES_OF_ALL_ELSE = 700_000


def texts(report: Report) -> list[tuple[bool, str]]:
    return [(check["is_good"], check["text"]) for check in report._checks()]


def changed(report: Report, **totals: Any) -> Report:
    summary = {**report.summary, "totals": {**report.summary["totals"], **totals}}
    return Report(report.run, summary, report.names, report.gathering, report.earlier)


def test_accounts_come_the_least_whole_first() -> None:
    accounts = a_report(60).report.accounts()
    assert [account.rank for account in accounts] == sorted(account.rank for account in accounts)
    assert accounts[0].reasons == ["ROLE_DENIED"]
    assert accounts[-1].is_whole
    assert [account.is_whole for account in accounts] == [not each.reasons for each in accounts]


def test_a_service_that_an_account_has_no_scope_of_has_no_cell() -> None:
    report = a_report(20).report
    whole = report.accounts()[-1].account_id
    del report.gathering.cells[whole, "s3"]
    [account] = [each for each in report.accounts() if each.account_id == whole]
    assert [cell is None for cell in account.cells] == [name == "s3" for name in SERVICES]
    assert account.is_whole


def test_checks_say_what_is_well_and_how_much_is_not() -> None:
    report = a_report(1).report
    well = texts(changed(report, deadLettered=0, unreadable=0))
    assert all(is_good for is_good, _ in well[1:])
    assert (False, "1 message was dead-lettered") in texts(changed(report, deadLettered=1))
    assert (False, "2 fields were unreadable") in texts(changed(report, unreadable=2))
    report.summary["failures"].update({"THROTTLED": 2, "ACCOUNT_SUSPENDED": 9})
    assert (False, "2 scopes are incomplete") in texts(report)
    report.summary["failures"]["SUSPECT_MASS_DELETION"] = 1
    assert (False, "1 mass deletion was blocked") in texts(report)


def test_where_nothing_was_read_nothing_else_is_called_well() -> None:
    assert texts(a_report(4, denied=True).report) == [
        (False, f"{4 * len(SERVICES)} scopes are incomplete")
    ]


def test_the_map_is_for_many_accounts() -> None:
    assert 'id="map"' not in a_report(MAP_FROM - 1).html
    assert 'id="map"' in a_report(MAP_FROM).html


def test_where_most_changed_comes_first() -> None:
    changes = [group.cell.changes for group in a_report(40).report.most_changed()]
    assert changes == sorted(changes, reverse=True)
    assert len(changes) == GROUPS_NAMED
    assert a_report(4, denied=True).report.most_changed() == []


def test_the_trend_ends_with_this_run_and_leaves_gaps_where_nothing_is_known() -> None:
    made = a_report(4, earlier=RUNS_SHOWN + 3).report
    shown = {panel["title"]: panel for panel in panels([*made.earlier, made.summary])}
    assert [*shown] == [
        "Resources",
        "Incomplete scopes",
        "Changes",
        "Findings",
        "Duration",
        "Cost",
    ]
    assert len(shown["Resources"]["bars"]) == RUNS_SHOWN
    assert shown["Resources"]["bars"][-1].value == made.summary["totals"]["items"]
    for row in made.earlier:
        del row["cost"]  # type: ignore[attr-defined]  # a run of an earlier version
        row["totals"].pop("findings")
    shown = {panel["title"]: panel for panel in panels([*made.earlier, made.summary])}
    assert len(shown["Cost"]["bars"]) == len(shown["Findings"]["bars"]) == 1


def test_what_took_longest_is_named() -> None:
    slowest = a_report(30).report._slowest()
    spans = [each["took"] for each in slowest]
    assert len(slowest) == SLOWEST_NAMED
    assert spans == sorted(spans, reverse=True)
    assert all(each["begin"] >= 2 for each in slowest)
    assert a_report(4, denied=True).report._slowest() == []


def test_a_page_grows_with_accounts_by_little_and_with_regions_by_nothing() -> None:
    page = a_report(400, regions=17, earlier=29).html
    assert len(page.encode()) < BYTES_OF_ALL_ELSE + 400 * BYTES_AN_ACCOUNT
    few, many = (len(a_report(40, regions=regions, denied=True).html) for regions in (1, 17))
    assert few == many


@pytest.mark.parametrize(
    ("regions", "excluded", "told"),
    [
        (None, (), "all regions enabled in each account"),
        (
            None,
            ("ap-east-1", "me-south-1"),
            "all regions enabled in each account; excluded: ap-east",
        ),
        (("eu-west-1", "us-east-1"), (), "eu-west-1 us-east-1</dd>"),
    ],
)
def test_a_run_says_of_which_regions_it_is(
    regions: tuple[str, ...] | None, excluded: tuple[str, ...], told: str
) -> None:
    report = a_report(2).report
    accounts = AccountList("b", "k", 2)
    run = a_run(regions=regions, excluded_regions=excluded, accounts=accounts)
    file = BytesIO()
    Report(run, report.summary, report.names, report.gathering, []).write([], file)
    assert f"<dd>{told}" in file.getvalue().decode()

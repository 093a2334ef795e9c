"""What the report says of a run: what is whole, what was checked, what changed, what took long."""

import re
from html import escape
from io import BytesIO
from typing import Any

import pytest

from cidb2 import services
from cidb2.items.findings.catalog import RULES
from cidb2.items.findings.rule import Finding
from cidb2.run import AccountList
from cidb2.services import SERVICES
from functions.results_processor.report import (
    GROUPS_NAMED,
    MAP_FROM,
    SERVICES_NAMED,
    Report,
)
from functions.results_processor.timeline import SLOWEST_NAMED, Timeline
from functions.results_processor.trend import RUNS_SHOWN, panels
from tests.support.builders import a_run
from tests.support.reports import FINDINGS, a_report

BYTES_AN_ACCOUNT = 1_100
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


def test_a_collector_that_an_account_has_no_scope_of_has_no_cell() -> None:
    report = a_report(20).report
    whole = report.accounts()[-1].account_id
    del report.gathering.cells[whole, "kms"]
    [account] = [each for each in report.accounts() if each.account_id == whole]
    assert [cell is None for cell in account.cells] == [name == "kms" for name in report.collectors]
    assert account.is_whole


def test_a_collector_has_one_column_for_all_of_its_services(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    collectors = {"global": ("iam", "s3"), "others": tuple({*SERVICES} - {"iam", "s3"})}
    monkeypatch.setattr(services, "COLLECTORS", collectors)
    report = a_report(20).report
    accounts = report.accounts()
    assert {len(account.cells) for account in accounts} == {2}
    whole = report.gathering.cells[accounts[-1].account_id, "iam"]
    [merged, _] = accounts[-1].cells
    assert merged
    assert merged.scopes == 2 * whole.scopes
    [denied, _] = accounts[0].cells
    assert denied
    assert denied.gaps == (("IAM global", "ROLE_DENIED"), ("S3 global", "ROLE_DENIED"))
    lanes = Timeline(report.run, 60).lanes(collectors, (one.cells for one in accounts))
    assert [lane["collector"] for lane in lanes] == [*collectors]


def test_services_with_the_most_changes_come_first_and_the_others_are_counted() -> None:
    report = a_report(4).report
    for service in report.run.services[1:]:
        report.summary["services"][service].update(created=0, changed=0, deleted=0)
    report.summary["services"]["iam"]["created"] = 1
    file = BytesIO()
    report.write([], file)
    left_out = len(report.run.services) - 1
    told = f"By service; {left_out} services with fewer or no changes omitted"
    assert told in file.getvalue().decode()
    changed = a_report(200).report._changed_services()
    figures = [each["changes"] for _, each in changed]
    assert figures == sorted(figures, reverse=True)
    assert len(changed) == min(SERVICES_NAMED, len(report.run.services))


def test_checks_say_what_is_well() -> None:
    well = texts(changed(a_report(1).report, deadLettered=0, unreadable=0))
    assert all(is_good for is_good, _ in well[1:])


@pytest.mark.parametrize(
    ("count", "told"),
    [
        (
            1,
            [
                "1 scope is incomplete",
                "1 message is unaccounted for",
                "1 message was dead-lettered",
                "1 field was unreadable",
            ],
        ),
        (
            1_002,
            [
                "1,002 scopes are incomplete",
                "1,002 messages are unaccounted for",
                "1,002 messages were dead-lettered",
                "1,002 fields were unreadable",
            ],
        ),
    ],
)
def test_each_check_says_how_much_is_not_well(count: int, told: list[str]) -> None:
    report = changed(a_report(1).report, deadLettered=count, unreadable=count)
    report.summary["failures"].clear()
    report.summary["failures"].update({"THROTTLED": count, "ACCOUNT_SUSPENDED": 9})
    for service in report.summary["services"].values():
        service["difference"] = 0
    service["difference"] = -count
    assert [text for is_good, text in texts(report) if not is_good] == told


@pytest.mark.parametrize(
    ("count", "told"), [(1, "1 mass deletion was blocked"), (2, "2 mass deletions were blocked")]
)
def test_blocked_mass_deletions_are_counted(count: int, told: str) -> None:
    report = a_report(1).report
    report.summary["failures"]["SUSPECT_MASS_DELETION"] = count
    assert (False, told) in texts(report)


def test_where_nothing_was_read_nothing_else_is_called_well() -> None:
    assert texts(a_report(4, denied=True).report) == [
        (False, f"{4 * len(SERVICES)} scopes are incomplete")
    ]


def test_the_map_is_for_many_accounts() -> None:
    assert 'id="map"' not in a_report(MAP_FROM - 1).html
    assert 'id="map"' in a_report(MAP_FROM).html


def test_checks_that_found_nothing_are_named_in_one_line() -> None:
    page = a_report(40).html
    for rule in RULES:
        is_found = rule.finding in FINDINGS.values()
        assert page.count(f'<th scope="row" class="prose">{escape(rule.title)}</th>') == is_found
    [line] = re.findall(r"Nothing found: (.+)\.</p>", page)
    quiet = [escape(rule.title) for rule in RULES if rule.finding not in FINDINGS.values()]
    assert line.split(" · ") == quiet


def test_the_page_of_aws_on_a_finding_is_linked() -> None:
    [page] = re.findall('<a href="([^"]+)">AWS documentation</a>', a_report(40).html)
    assert [page] == [rule.page for rule in RULES if rule.finding is Finding.PUBLIC_DATABASE]


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


def slowest_of(report: Report) -> list[Any]:
    return [*Timeline(report.run, 60).slowest(report.gathering.cells)]


def test_what_took_longest_is_named() -> None:
    slowest = slowest_of(a_report(30).report)
    spans = [each["took"] for each in slowest]
    assert len(slowest) == SLOWEST_NAMED
    assert spans == sorted(spans, reverse=True)
    assert all(each["begin"] >= 2 for each in slowest)
    assert slowest_of(a_report(4, denied=True).report) == []


def test_a_page_grows_with_accounts_by_little_and_with_regions_by_nothing() -> None:
    page = a_report(100, regions=17, earlier=29).html
    assert len(page.encode()) < BYTES_OF_ALL_ELSE + 100 * BYTES_AN_ACCOUNT
    few, many = (len(a_report(10, regions=regions, denied=True).html) for regions in (1, 17))
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

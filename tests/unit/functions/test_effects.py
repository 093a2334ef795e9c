"""The report tells what changes mean, and names strangers before all others."""

from io import BytesIO
from typing import Any

from cidb2.items.accounts import AccountFacts
from cidb2.items.standing import Organization
from functions.results_processor.effects import EFFECTS_NAMED, Meant, told
from tests.support.builders import ACCOUNT
from tests.support.reports import a_report

STRANGER = "999999999999"
OURS = Organization.of({ACCOUNT: AccountFacts(ACCOUNT, "one")}, is_listed=True)
PLACE = {"accountId": ACCOUNT, "awsRegion": "global"}


def a_scope(effect: str, *named: Any) -> dict[str, Any]:
    return {effect: {"count": len(named), "named": [*named]}}


def test_effects_are_told_gravest_first_with_their_accounts() -> None:
    meant = {"TAGS_ONLY": Meant(), "EXPOSURE_WIDENED": Meant()}
    meant["TAGS_ONLY"].add({"count": 9}, PLACE)
    meant["EXPOSURE_WIDENED"].add({"count": 1, "named": [{"arn": "arn:a"}]}, PLACE)
    meant["EXPOSURE_WIDENED"].add({"count": 1, "named": []}, {**PLACE, "accountId": STRANGER})
    rows = told(meant, OURS)
    assert [(row["title"], row["count"], row["accounts"]) for row in rows] == [
        ("Exposure widened", 2, 2),
        ("Only tags changed", 9, 1),
    ]
    assert [len(row["named"]) for row in rows] == [1, 0]


def test_a_stranger_is_named_however_many_others_are_trusted() -> None:
    meant = Meant()
    own = [{"arn": f"arn:{number}", "principals": [ACCOUNT]} for number in range(500)]
    meant.add({"count": 501, "named": [*own, {"arn": "arn:x", "principals": [STRANGER]}]}, PLACE)
    [row] = told({"TRUST_ADDED": meant}, OURS)
    assert len(row["named"]) == EFFECTS_NAMED
    assert row["named"][0]["arn"] == "arn:x"
    assert row["named"][0]["trusts"] == [f"{STRANGER} (outside the organisation)"]


def test_the_page_shows_effects_and_escapes_what_an_account_wrote() -> None:
    report = a_report(2).report
    account = next(iter(report.summary["byAccount"]))
    named = {"arn": "arn:<b>", "principals": ["<script>"], "more": 3}
    figures = {"count": 1, "named": [named]}
    report.gathering.effects["TRUST_ADDED"].add(figures, {**PLACE, "accountId": account})
    file = BytesIO()
    report.write([], file)
    page = file.getvalue().decode()
    assert "Changes by effect" in page
    assert "&lt;script&gt; (not known whether of the organisation) and 3 more" in page
    assert "<script>&" not in page
    assert "Changes by effect" not in a_report(2).html

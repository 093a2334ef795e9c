"""Whoever has subscribed is told that a run has ended: people in words, programs in JSON."""

import json
from typing import Any, cast

import pytest

from cidb2.ledger.runbook import ADVICE
from functions.results_processor.console import Console
from functions.results_processor.notification import SUBJECT_CHARACTERS, Notifications
from functions.results_processor.summary import brief
from tests.support.builders import BUCKET, RUN_ID, client_error
from tests.support.ending import CONSOLE, RUN_TOPIC, STACK
from tests.support.fakes import FakeAws
from tests.support.reports import a_report

KEY = f"runs/{RUN_ID}/report.html"
REPORT = {"bucket": BUCKET, "key": KEY, "url": CONSOLE.object_url(BUCKET, KEY)}
LONGEST_STACK_NAME = "s" * 128


def output_of(accounts: int, **options: Any) -> dict[str, Any]:
    """Return the output of a made-up run."""
    summary = a_report(accounts, **options).report.summary
    return brief(summary, BUCKET, f"runs/{RUN_ID}/summary.json") | {"report": REPORT}


def told(output: dict[str, Any], stack: str = STACK) -> dict[str, Any]:
    """Return what SNS is given, `Message` decoded."""
    sns = FakeAws(publish={"MessageId": "told"})
    assert Notifications(cast("Any", sns), RUN_TOPIC, stack).send(output) == "told"
    [given] = sns.arguments["publish"]
    assert given["MessageStructure"] == "json"
    return given | {"Message": json.loads(given["Message"])}


def in_words(output: dict[str, Any]) -> list[str]:
    words: str = told(output)["Message"]["email"]
    return words.splitlines()


def test_programs_are_told_the_output_of_the_execution() -> None:
    output = output_of(3)
    given = told(output)
    assert json.loads(given["Message"]["default"]) == output
    assert given["TopicArn"] == RUN_TOPIC


def test_people_are_told_to_which_types_the_run_was_narrowed() -> None:
    output = output_of(3)
    assert not any(line.startswith("Types") for line in in_words(output))
    narrowed = output | {"types": ["AWS::EC2::Volume", "AWS::KMS::Key"]}
    assert "Types     only AWS::EC2::Volume, AWS::KMS::Key" in in_words(narrowed)


def test_people_are_told_what_came_of_it_and_where_the_report_is() -> None:
    output = output_of(60)
    lines = in_words(output)
    totals = output["totals"]
    assert lines[0].startswith("The inventory run of 24 November 2026, 03:48 UTC is PARTIAL: ")
    assert f"Report    {REPORT['url']}" in lines
    assert f"Summary   s3://{BUCKET}/runs/{RUN_ID}/summary.json" in lines
    assert f"Found     {totals['items']:,} resources in 1 account" in lines
    counts = (totals["created"], totals["changed"], totals["deleted"])
    assert "Changes   {:,} created, {:,} changed, {:,} deleted".format(*counts) in lines
    assert f"Stack {STACK}, run {RUN_ID}" in lines
    missed = {name: n for name, n in output["failures"].items() if name != "ACCOUNT_SUSPENDED"}
    assert len(missed) > 1
    for reason, count in missed.items():
        place = lines.index(f"{reason}: {count:,} scope{'s' if count > 1 else ''}")
        assert ADVICE[reason].startswith(lines[place + 1])


def test_findings_are_counted_and_so_is_what_nobody_knows() -> None:
    output = output_of(20)
    output["totals"] |= {
        "unreadable": 4,
        "findings": {
            "PUBLIC_BUCKET": {"count": 1_234, "unknown": 0},
            "POLICY_ALLOWS_ALL": {"count": 0, "unknown": 3},
            "PUBLIC_FUNCTION": {"count": 0, "unknown": 0},
        },
    }
    text = "\n".join(in_words(output))
    assert "Findings  PUBLIC_BUCKET: 1,234\n" in text
    assert "          POLICY_ALLOWS_ALL: 0, 3 more undetermined\n" in text
    assert "PUBLIC_FUNCTION" not in text
    assert "Fields    4 unreadable\n" in text


def test_a_suspended_account_is_left_out_and_not_missed() -> None:
    output = output_of(1)
    complete = output["totals"]["scopes"]["COMPLETE"]
    output["totals"]["scopes"]["FAILED"] = output["failures"]["ACCOUNT_SUSPENDED"] = 5
    given = told(output)
    lines = given["Message"]["email"].splitlines()
    assert given["Subject"].startswith(f"COMPLETE: {complete:,} of {complete:,} scopes complete")
    assert lines[0].endswith(f" is COMPLETE: {complete:,} of {complete:,} scopes are complete.")
    assert "Skipped   5 scopes of suspended accounts" in lines
    assert not [line for line in lines if line.startswith("Excluded")]
    assert "Not complete" not in lines


def test_regions_that_the_run_excluded_are_named() -> None:
    names = [f"ap-southeast-{number}" for number in range(1, 8)]
    lines = in_words(output_of(3) | {"excludedRegions": names})
    [first] = [number for number, line in enumerate(lines) if line.startswith("Excluded  ap")]
    assert " ".join(lines[first : first + 2]).split() == ["Excluded", *names]
    assert lines[first + 1].startswith(" " * 10)


def test_a_run_in_which_all_is_well_says_no_more() -> None:
    text = "\n".join(in_words(output_of(1)))
    assert " is COMPLETE: " in text
    assert "Not complete" not in text
    assert "Messages" not in text


def test_a_run_that_is_not_reconciled_says_so() -> None:
    assert any(
        line.startswith("Messages  ") for line in in_words(output_of(3) | {"reconciled": False})
    )


def test_a_run_without_a_report_says_where_to_look() -> None:
    text = "\n".join(in_words(output_of(3) | {"report": None}))
    assert "The report could not be written; the results processor's log says why." in text
    assert "console.aws" not in text


@pytest.mark.parametrize("denied", [False, True])
def test_a_subscription_may_ask_for_runs_by_status_and_changes(denied: bool) -> None:
    output = output_of(30, denied=denied)
    totals = output["totals"]
    changes = totals["created"] + totals["changed"] + totals["deleted"]
    assert told(output)["MessageAttributes"] == {
        "status": {"DataType": "String", "StringValue": "FAILED" if denied else "PARTIAL"},
        "changes": {"DataType": "Number", "StringValue": str(changes)},
    }


def test_the_subject_says_the_status_first_and_is_as_short_as_sns_asks() -> None:
    output = output_of(30)
    scopes = output["totals"]["scopes"]
    in_active_accounts = sum(scopes.values()) - output["failures"]["ACCOUNT_SUSPENDED"]
    whole = f"{scopes['COMPLETE']:,} of {in_active_accounts:,} scopes complete"
    assert told(output)["Subject"] == f"PARTIAL: {whole} ({STACK})"
    subject = told(output, LONGEST_STACK_NAME)["Subject"]
    assert subject.startswith("PARTIAL: ")
    assert len(subject) == SUBJECT_CHARACTERS
    assert subject.isascii()


def test_what_cannot_be_told_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    sns = FakeAws(publish=client_error("AuthorizationError", status=403))
    assert Notifications(cast("Any", sns), RUN_TOPIC, STACK).send(output_of(3)) is None
    [logged] = [record for record in caplog.records if record.exc_info]
    assert logged.message == "The notification could not be published"


def test_a_link_is_into_the_console_of_region_and_partition() -> None:
    url = Console("cn-north-1", "amazonaws.cn").object_url(BUCKET, KEY)
    page = f"https://cn-north-1.console.amazonaws.cn/s3/object/{BUCKET}"
    assert url == f"{page}?region=cn-north-1&prefix={KEY}"

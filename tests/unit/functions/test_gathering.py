"""What the report needs is gathered from rows that pass by, and stays small."""

from typing import Any

from cidb2.items.findings.rule import Finding
from cidb2.ledger.tally import Tally
from functions.results_processor.gathering import (
    ACCOUNTS_NAMED,
    GAPS_NAMED,
    RESOURCES_NAMED,
    Cell,
    Gathering,
)
from functions.results_processor.sinks import pour
from tests.support.builders import ACCOUNT

OTHER = "345678901234"


def a_row(
    outcome: str = "COMPLETE",
    reason: str = "",
    *,
    account: str = ACCOUNT,
    service: str = "kms",
    region: str = "eu-west-1",
    findings: Any = None,
    **figures: Any,
) -> dict[str, Any]:
    """Return a scope's row as the ledger has it."""
    failure = {"reason": reason, "errorCode": "Code", "errorMessage": f"words of {region}"}
    return {
        "service": service,
        "accountId": account,
        "awsRegion": region,
        "outcome": outcome,
        "startedAt": "2026-11-24T03:48:31Z",
        "finishedAt": "2026-11-24T03:48:35Z",
        **Tally().to_document(),
        **figures,
        "findings": findings or {},
        **(failure if reason else {}),
    }


def gathered(*rows: dict[str, Any]) -> Gathering:
    gathering = Gathering()
    pour(rows, gathering)
    return gathering


def cell(*rows: dict[str, Any]) -> Cell:
    [made] = gathered(*rows).cells.values()
    return made


def test_rows_of_an_account_and_service_become_one_cell() -> None:
    made = cell(
        a_row(items=3, created=1, deleted=2, apiCalls=4),
        a_row("PARTIAL", "THROTTLED", region="us-east-1", items=5, changed=2, apiCalls=6),
        a_row("FAILED", "SCP_DENIED", region="us-east-2"),
    )
    assert (made.complete, made.partial, made.failed, made.scopes) == (1, 1, 1, 3)
    assert (made.items, made.created, made.changed, made.deleted) == (8, 1, 2, 2)
    assert (made.changes, made.api_calls) == (5, 10)
    assert made.gaps == (("us-east-1", "THROTTLED"), ("us-east-2", "SCP_DENIED"))
    assert made.reasons == {"THROTTLED", "SCP_DENIED"}


def test_a_cell_names_the_listings_that_a_region_misses_and_counts_the_rest() -> None:
    listings: dict[str, Any] = {f"Describe{number}": {} for number in range(5)}
    made = cell(
        a_row("PARTIAL", "SCP_DENIED", listings={"DescribeVolumes": {}}),
        a_row("PARTIAL", "THROTTLED", region="us-east-1", listings=listings),
    )
    assert made.gaps == (
        ("eu-west-1", "SCP_DENIED (DescribeVolumes)"),
        ("us-east-1", "THROTTLED (Describe0, Describe1, Describe2 and 2 more)"),
    )


def test_names_that_rows_bring_are_kept() -> None:
    named = a_row("FAILED", "ACCOUNT_SUSPENDED") | {"accountName": "closed-down"}
    assert gathered(a_row(), named).names == {named["accountId"]: "closed-down"}


def test_a_cell_is_as_whole_as_its_scopes() -> None:
    assert cell(a_row(), a_row()).state == "complete"
    assert cell(a_row(), a_row("FAILED", "TIMEOUT")).state == "partial"
    assert cell(a_row("PARTIAL", "TIMEOUT")).state == "partial"
    assert cell(a_row("FAILED", "TIMEOUT")).state == "failed"
    assert cell(a_row("FAILED", "ACCOUNT_SUSPENDED")).state == "suspended"


def test_a_collector_was_at_work_from_its_first_scope_to_its_last() -> None:
    made = cell(
        a_row(),
        a_row(startedAt="2026-11-24T03:48:30Z", finishedAt="2026-11-24T03:48:34Z"),
        a_row("FAILED", "INTERNAL", startedAt="2026-11-24T03:00:00Z"),
    )
    assert (made.started_at, made.finished_at) == ("2026-11-24T03:48:30Z", "2026-11-24T03:48:35Z")
    assert cell(a_row("FAILED", "TIMEOUT")).started_at == ""


def test_cells_of_services_become_the_cell_of_their_collector() -> None:
    later, denied = (
        cell(a_row(items=2, created=1, startedAt="2026-11-24T03:48:33Z")),
        cell(a_row("FAILED", "ROLE_DENIED", region="us-east-1")),
    )
    first = cell(a_row(items=3, startedAt="2026-11-24T03:48:30Z"))
    made = Cell.merged({"ECS": later, "EKS": denied, "ECR": first})
    assert (made.items, made.created, made.complete, made.failed) == (5, 1, 2, 1)
    assert (made.started_at, made.finished_at) == ("2026-11-24T03:48:30Z", later.finished_at)
    assert (made.state, made.gaps) == ("partial", (("EKS us-east-1", "ROLE_DENIED"),))
    assert Cell.merged({"ECS": later}) == later


def test_gaps_are_counted_by_reason_with_the_words_of_the_first() -> None:
    gaps = gathered(
        a_row(),
        a_row("FAILED", "ROLE_DENIED", service="iam"),
        a_row("FAILED", "ROLE_DENIED", account=OTHER, region="us-east-1"),
        a_row("FAILED", "ROLE_DENIED", account=OTHER, region="us-east-2"),
    ).gaps
    gap = gaps["ROLE_DENIED"]
    assert [*gaps] == ["ROLE_DENIED"]
    assert (gap.scopes, gap.named) == (3, [ACCOUNT, OTHER])
    assert gap.services == {"iam": 1, "kms": 2}
    assert (gap.code, gap.words) == ("Code", "words of eu-west-1")


def test_findings_add_up_over_accounts_and_name_the_first() -> None:
    found = {"KEY_WITHOUT_ROTATION": {"count": 2, "unknown": 1, "arns": ["a", "b"]}}
    noticed = gathered(
        a_row(findings=found),
        a_row(findings=found, region="us-east-1"),
        a_row(findings={"KEY_WITHOUT_ROTATION": {"count": 0, "unknown": 3}}, account="0"),
        a_row(findings=found, account=OTHER),
    ).findings[Finding.KEY_WITHOUT_ROTATION]
    assert (noticed.count, noticed.unknown, noticed.accounts) == (6, 6, {ACCOUNT, OTHER})
    assert [(one.account_id, one.region, one.arn) for one in noticed.named[2:5]] == [
        (ACCOUNT, "us-east-1", "a"),
        (ACCOUNT, "us-east-1", "b"),
        (OTHER, "eu-west-1", "a"),
    ]


def test_an_account_with_a_finding_in_several_services_counts_once() -> None:
    found = {"UNENCRYPTED_DATABASE": {"count": 1, "unknown": 0, "arns": ["a"]}}
    noticed = gathered(
        *(a_row(findings=found, service="rds", account=account) for account in (ACCOUNT, OTHER)),
        a_row(findings=found, service="redshift"),
    ).findings[Finding.UNENCRYPTED_DATABASE]
    assert (noticed.count, len(noticed.accounts)) == (3, 2)


def test_what_is_named_is_bounded_and_all_is_counted() -> None:
    found = {"PUBLIC_BUCKET": {"count": 20, "unknown": 0, "arns": ["arn"] * 20}}
    rows = [
        a_row("PARTIAL", "TIMEOUT", account=f"{number:012}", region=f"{region}", findings=found)
        for number in range(ACCOUNTS_NAMED + 20)
        for region in range(GAPS_NAMED + 2)
    ]
    gathering = gathered(*rows)
    gap, noticed = gathering.gaps["TIMEOUT"], gathering.findings[Finding.PUBLIC_BUCKET]
    assert (len(gap.accounts), len(gap.named)) == (ACCOUNTS_NAMED + 20, ACCOUNTS_NAMED)
    assert (noticed.count, len(noticed.named)) == (20 * len(rows), RESOURCES_NAMED)
    assert all(len(each.gaps) == GAPS_NAMED for each in gathering.cells.values())

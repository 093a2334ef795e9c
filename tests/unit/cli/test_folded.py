"""Scopes that say the same share a row, and none is lost or counted for another."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from cli.folded import folded

COLUMNS = {
    "accountId": "ACCOUNT",
    "service": "SERVICE",
    "awsRegion": "REGION",
    "reason": "REASON",
    "errorMessage": "AWS MESSAGE",
}


def scope(account: str, service: str, region: str, reason: str = "ROLE_DENIED") -> dict[str, Any]:
    return {"accountId": account, "service": service, "awsRegion": region, "reason": reason}


def test_an_account_that_denies_everything_is_one_row() -> None:
    rows = [scope("1", f"service{n}", f"region{m}") for n in range(54) for m in range(17)]
    [row], columns = folded(rows, COLUMNS)
    assert [row[name] for name in columns if name in row] == [
        *("1", "54 services", "17 regions", 918, "ROLE_DENIED")
    ]
    assert [*columns.values()][2:4] == ["REGION", "SCOPES"]


def test_few_are_named() -> None:
    rows = [scope("1", "kms", "eu-west-1"), scope("1", "ec2", "eu-west-1")]
    [row], _ = folded(rows, COLUMNS)
    assert (row["service"], row["awsRegion"]) == ("ec2, kms", "eu-west-1")


def test_rows_that_differ_stay_as_they_are() -> None:
    rows = [scope("1", "kms", "*"), scope("2", "kms", "*"), scope("1", "ec2", "*", "THROTTLED")]
    assert folded(rows, COLUMNS) == (rows, COLUMNS)


def test_of_messages_that_differ_the_first_is_shown() -> None:
    rows = [scope("1", name, "*") | {"errorMessage": f"not {name}"} for name in ("ec2", "kms")]
    [row], _ = folded(rows, COLUMNS, beside=("errorMessage",))
    assert row["errorMessage"] == "not ec2"
    assert len(folded(rows, COLUMNS)[0]) == 2


FEW = st.sampled_from("ab")


@given(st.lists(st.builds(scope, FEW, FEW, FEW, FEW)))
def test_every_scope_is_counted_once(rows: list[dict[str, Any]]) -> None:
    shown, columns = folded(rows, COLUMNS)
    assert sum(row.get("scopes", 1) for row in shown) == len(rows)
    assert ("scopes" in columns) is (len(shown) < len(rows))

"""`make run` end to end: what it prints, what it leaves, and its exit status."""

import json
from pathlib import Path
from typing import Any

import pytest

from local.commands import run
from local.emulator.embedded import EmbeddedAws

pytestmark = pytest.mark.e2e

OF_ONE_OF_EACH = {
    "OPEN_ADMINISTRATION_PORT": 2,
    "PUBLIC_SNAPSHOT": 1,
    "PUBLIC_IMAGE": 1,
    "PUBLIC_DATABASE": 2,
    "PUBLIC_DATABASE_SNAPSHOT": 1,
    "PUBLIC_SEARCH_DOMAIN": 1,
    "PUBLIC_RESOURCE_POLICY": 3,
    "UNENCRYPTED_DATABASE": 3,
    "UNENCRYPTED_FILE_SYSTEM": 1,
    "UNENCRYPTED_DATABASE_SNAPSHOT": 5,
    "UNENCRYPTED_SEARCH_DOMAIN": 1,
    "UNENCRYPTED_CACHE": 1,
    "CERTIFICATE_ENDS_SOON": 2,
    "OLD_ACCESS_KEY": 1,
    "USER_WITHOUT_MFA": 1,
    "ROOT_ACCESS_KEY": 1,
    "ROOT_WITHOUT_MFA": 1,
    "WEAK_PASSWORD_POLICY": 1,
    "SECRET_WITHOUT_ROTATION": 1,
    "TRAIL_NOT_LOGGING": 1,
    "TRAIL_WITHOUT_VALIDATION": 1,
    "OUT_OF_SUPPORT": 3,
    "LISTENER_WITHOUT_TLS": 2,
    "LISTENER_WITH_OLD_TLS": 1,
}
"""What `local/simulation/population/` plants where it plants one of each type."""
SMALL = ["--accounts", "1", "--resources", "24", "--regions", "2"]


def test_two_runs_find_exactly_what_stands_in_the_accounts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    there: list[str] = []

    def note(aws: EmbeddedAws) -> None:
        there.append(aws.endpoint)

    assert run.main([*SMALL, "--runs", "2"], runs=tmp_path, afterwards=note) == 0
    assert len(there) == 1
    shown = capsys.readouterr().out
    assert shown.count("✓ inventory table matches the planted accounts") == 2
    assert shown.count(" 0 differences") == 2
    assert shown.count(", matching the accounts") == 2
    every = "all services"
    assert f"111122223333   acquired-2024     {every}   ROLE_DENIED" in shown
    assert f"444455556666   research-locked   {'KMS'.ljust(len(every))}   SCP_DENIED" in shown
    assert f"777788889999   closed-down       {every}   ACCOUNT_SUSPENDED" in shown
    assert not [path for path in tmp_path.rglob("*") if path.stat().st_mode & 0o077]
    first, second = (json.loads(file.read_text()) for file in sorted(tmp_path.rglob("*.json")))
    assert first["totals"]["created"] == first["totals"]["stored"]
    findings = first["totals"]["findings"]
    assert {name: findings[name]["count"] for name in OF_ONE_OF_EACH} == OF_ONE_OF_EACH
    assert findings["UNENCRYPTED_SNAPSHOT"]["count"] > OF_ONE_OF_EACH["PUBLIC_SNAPSHOT"]
    pages = [file.read_text() for file in sorted(tmp_path.rglob("report.html"))]
    assert [page.count("acquired-2024") > 0 for page in pages] == [True, True]
    assert first["runId"] in pages[1]  # in the trend
    changes = {name: second["totals"][name] for name in ("created", "changed", "deleted")}
    assert all(changes.values()), changes


def test_a_difference_is_named_and_makes_the_exit_status_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lost: list[str] = []

    def losing_one(*arguments: Any) -> Any:
        items = stored_items(*arguments)
        lost.append(items.popitem()[0])
        return items

    from local.simulation.check import stored_items

    monkeypatch.setattr(run, "stored_items", losing_one)
    wanted = json.dumps({"services": ["iam"], "accounts": ["234567890123"]})
    assert run.main([*SMALL, "--input", wanted], runs=tmp_path) == 1
    assert f"missing          {lost[0]}" in capsys.readouterr().out


def test_an_input_that_is_not_allowed_is_told_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run.main([*SMALL, "--input", '{"services": ["fax"]}'], runs=tmp_path) == 1
    assert "FAILED  InvalidInputError: services[0]" in capsys.readouterr().out

"""Findings of users' credentials and of an account's root user and password policy."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cidb2.items.findings.iam import (
    has_old_key,
    has_root_key,
    needs_no_mfa,
    needs_no_root_mfa,
    takes_short_passwords,
)
from cidb2.items.findings.verdicts import Verdict
from cidb2.items.resource import Resource
from cidb2.reasons import Failure, Reason
from tests.support.builders import a_resource

READ_AT = datetime(2026, 11, 24, 3, 48, 30, tzinfo=UTC)
DENIED = Failure(Reason.ACCESS_DENIED, "AccessDenied", "", retryable=False)


def a_user(*unreadable: str, **fields: Any) -> Resource:
    return a_resource(
        resource_type="AWS::IAM::User",
        captured_at=READ_AT,
        supplementary=fields,
        unreadable={f"supplementaryConfiguration.{name}": DENIED for name in unreadable},
    )


def a_key(days: float, status: Any = "Active") -> dict[str, Any]:
    return {"Status": status, "CreateDate": READ_AT - timedelta(days=days)}


@pytest.mark.parametrize(
    ("keys", "verdict"),
    [
        ([], False),
        ([a_key(400)], True),
        ([a_key(90.001)], True),
        ([a_key(90)], False),
        ([a_key(89.999)], False),
        ([a_key(400, "Inactive")], False),
        ([a_key(400, "Expired")], False),
        ([a_key(1), a_key(400)], True),
        ([a_key(400, None)], None),
        ([{"Status": "Active"}], None),
        ([{"Status": "Active", "CreateDate": "yesterday"}], None),
        (["key"], None),
        (None, None),
    ],
)
def test_an_active_key_is_old_after_90_days_when_it_is_read(keys: Any, verdict: Verdict) -> None:
    assert has_old_key(a_user(AccessKeys=keys)) is verdict


def test_a_key_that_nobody_changed_becomes_old_in_a_later_run() -> None:
    created = {"Status": "Active", "CreateDate": READ_AT - timedelta(days=89)}
    verdicts = [
        has_old_key(
            a_resource(
                resource_type="AWS::IAM::User",
                captured_at=READ_AT + timedelta(days=days),
                supplementary={"AccessKeys": [created]},
            )
        )
        for days in (0, 2)
    ]
    assert verdicts == [False, True]


PASSWORD, DEVICE = {"UserName": "u"}, {"SerialNumber": "s"}


@pytest.mark.parametrize(
    ("user", "verdict"),
    [
        (a_user(LoginProfile=PASSWORD, MFADevices=[]), True),
        (a_user(LoginProfile=PASSWORD, MFADevices=[DEVICE]), False),
        (a_user(LoginProfile=None, MFADevices=[]), False),
        (a_user("LoginProfile", MFADevices=[DEVICE]), False),
        (a_user("LoginProfile", MFADevices=[]), None),
        (a_user("MFADevices", LoginProfile=PASSWORD), None),
        (a_user("MFADevices", LoginProfile=None), False),
        (a_user(LoginProfile=PASSWORD, MFADevices="odd"), None),
    ],
)
def test_a_user_with_a_password_needs_mfa(user: Resource, verdict: Verdict) -> None:
    assert needs_no_mfa(user) is verdict


def an_account(policy: Any = None, *, denied: bool = False, **summary: Any) -> Resource:
    field = "PasswordPolicy"
    return a_resource(
        resource_type="AWS::IAM::AccountSettings",
        configuration={"SummaryMap": summary},
        supplementary={} if denied else {field: policy},
        unreadable={f"supplementaryConfiguration.{field}": DENIED} if denied else {},
    )


@pytest.mark.parametrize(("keys", "verdict"), [(0, False), (1, True), (True, None), ("1", None)])
def test_root_has_access_keys_where_the_summary_says_so(keys: Any, verdict: Verdict) -> None:
    assert has_root_key(an_account(AccountAccessKeysPresent=keys)) is verdict
    assert has_root_key(an_account()) is None


@pytest.mark.parametrize(
    ("mfa", "password", "verdict"),
    [
        (0, 1, True),
        (0, 0, False),
        (1, 1, False),
        (1, None, False),
        (0, None, None),
        (None, 1, None),
        (None, 0, False),
    ],
)
def test_root_needs_mfa_if_it_has_a_password(mfa: Any, password: Any, verdict: Verdict) -> None:
    account = an_account(AccountMFAEnabled=mfa, AccountPasswordPresent=password)
    assert needs_no_root_mfa(account) is verdict


@pytest.mark.parametrize(
    ("account", "verdict"),
    [
        (an_account(Users=1), True),
        (an_account(Users=0), False),
        (an_account({"MinimumPasswordLength": 13}, Users=1), True),
        (an_account({"MinimumPasswordLength": 14}, Users=1), False),
        (an_account({"MinimumPasswordLength": 8}, Users=0), False),
        (an_account({}, Users=1), None),
        (an_account(denied=True, Users=1), None),
        (an_account({"MinimumPasswordLength": 8}), None),
        (an_account({"MinimumPasswordLength": 14}), False),
    ],
)
def test_a_password_policy_is_weak_where_users_may_choose_short_passwords(
    account: Resource, verdict: Verdict
) -> None:
    assert takes_short_passwords(account) is verdict

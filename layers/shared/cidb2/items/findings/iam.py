"""Findings of IAM policies and identities, of users' credentials, and of an account's settings."""

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from functools import partial
from typing import Any

from cidb2.items.findings.content import (
    any_entry,
    ask,
    ask_any,
    flag,
    is_before,
    is_readable,
    listed,
    mapping,
    matches,
    member,
)
from cidb2.items.findings.rule import Finding, Rule
from cidb2.items.findings.verdicts import Verdict, and_, not_, or_
from cidb2.items.resource import Resource

_SETTINGS = "AWS::IAM::AccountSettings"
_INLINE = ("RolePolicyList", "UserPolicyList", "GroupPolicyList")
_ADMINISTRATOR = re.compile(
    r"arn:[^:]+:iam::aws:policy/(AdministratorAccess|AWSMcpServiceActionsFullAccess)"
)
"""The AWS managed policies that allow every action on every resource (AWS Managed Policy Reference
Guide). The collectors' calls do not return the documents of AWS managed policies."""

_EVERY_ACTION = re.compile(r"\*+(:\*+)?")
_EVERY_RESOURCE = re.compile(r"\*+")

_KEY_AGE = timedelta(days=90)
_PASSWORD_LENGTH = 14
"""What the CIS AWS Foundations Benchmark asks for, as Security Hub judges it (IAM.3, IAM.15)."""


def allows_all(identity: Resource) -> Verdict:
    """Tell whether a policy's default version, or a policy of an identity, allows * on *.

    An identity is judged by its inline policies and its AWS managed policies. A customer managed
    policy is a finding of its own, not of the identities to which it is attached. Conditions are
    ignored, because under its condition such a policy still allows everything.
    """
    if not is_readable(identity):
        return None
    attached = listed((identity.configuration or {}).get("AttachedManagedPolicies", []))
    return or_(
        *_judge_documents(identity),
        *(matches(_ADMINISTRATOR, mapping(policy).get("PolicyArn")) for policy in attached),
    )


def _judge_documents(identity: Resource) -> Iterator[Verdict]:
    configuration = identity.configuration or {}
    for version in map(mapping, listed(configuration.get("PolicyVersionList", []))):
        is_default = flag(version.get("IsDefaultVersion"))
        yield and_(is_default, _document_allows_all(version.get("Document")))
    for name in _INLINE:
        for policy in listed(configuration.get(name, [])):
            yield _document_allows_all(mapping(policy).get("PolicyDocument"))


def _document_allows_all(document: Any) -> Verdict:
    if not isinstance(document, Mapping):
        return None
    return any_entry(_statement_allows_all, document.get("Statement", []))


def _statement_allows_all(statement: Any) -> Verdict:
    if not isinstance(statement, Mapping):
        return None
    return and_(
        statement.get("Effect") == "Allow",
        matches(_EVERY_ACTION, statement.get("Action", [])),
        matches(_EVERY_RESOURCE, statement.get("Resource", [])),
    )


def has_old_key(user: Resource) -> Verdict:
    """Tell whether an active access key was older than 90 days when its user was read."""
    is_old = partial(is_before, limit=user.captured_at - _KEY_AGE)

    def judge(key: Any) -> Verdict:
        status = mapping(key).get("Status")
        is_active = None if status is None else status == "Active"
        return and_(is_active, is_old(mapping(key).get("CreateDate")))

    return ask_any(user, "AccessKeys", lambda keys: any_entry(judge, keys))


def needs_no_mfa(user: Resource) -> Verdict:
    """Tell whether a user with a password has no MFA device."""
    return and_(
        ask(user, "LoginProfile", lambda _: True),
        ask_any(user, "MFADevices", lambda found: not found if isinstance(found, list) else None),
    )


def has_root_key(account: Resource) -> Verdict:
    """Tell whether an account's root user has access keys."""
    return _is_above(0, _summary(account, "AccountAccessKeysPresent"))


def needs_no_root_mfa(account: Resource) -> Verdict:
    """Tell whether the root user has a password and no MFA device."""
    return and_(
        not_(_is_above(0, _summary(account, "AccountMFAEnabled"))),
        _is_above(0, _summary(account, "AccountPasswordPresent")),
    )


def takes_short_passwords(account: Resource) -> Verdict:
    """Tell whether an account that has users lets them choose short passwords.

    Without a policy of its own, IAM's default asks for 8 characters (IAM User Guide, 'Set an
    account password policy for IAM users').
    """
    is_long = partial(_is_above, _PASSWORD_LENGTH - 1)
    return and_(
        _is_above(0, _summary(account, "Users")),
        ask(
            account,
            "PasswordPolicy",
            lambda policy: not_(is_long(policy.get("MinimumPasswordLength"))),
            not_configured=True,
        ),
    )


def _summary(account: Resource, name: str) -> Any:
    return mapping(member(account, "SummaryMap")).get(name)


def _is_above(limit: int, number: Any) -> Verdict:
    return number > limit if isinstance(number, int) and not isinstance(number, bool) else None


RULES = (
    Rule(
        Finding.POLICY_ALLOWS_ALL,
        types=(
            "AWS::IAM::ManagedPolicy",
            "AWS::IAM::Role",
            "AWS::IAM::User",
            "AWS::IAM::Group",
        ),
        judge=allows_all,
        title="Policies that allow all actions on all resources",
        advice=(
            "Restrict it to the actions in use, or attach a narrower policy; IAM's last accessed "
            "information shows which are used."
        ),
    ),
    Rule(
        Finding.OLD_ACCESS_KEY,
        types=("AWS::IAM::User",),
        judge=has_old_key,
        title="Users with an access key older than 90 days",
        advice=(
            "Use a role instead. Otherwise aws iam create-access-key, change what uses the old "
            "one, then aws iam delete-access-key; AccessKeysLastUsed shows whether it is in use."
        ),
        page="https://docs.aws.amazon.com/IAM/latest/UserGuide/id-credentials-access-keys-update.html",
    ),
    Rule(
        Finding.USER_WITHOUT_MFA,
        types=("AWS::IAM::User",),
        judge=needs_no_mfa,
        title="Users with a password and without MFA",
        advice="Enable an MFA device, or aws iam delete-login-profile --user-name <user>",
        page="https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa.html",
    ),
    Rule(
        Finding.ROOT_ACCESS_KEY,
        types=(_SETTINGS,),
        judge=has_root_key,
        title="Accounts whose root user has access keys",
        advice="Delete them: as root in the account, or from the organisation.",
        page="https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-user-privileged-task.html",
    ),
    Rule(
        Finding.ROOT_WITHOUT_MFA,
        types=(_SETTINGS,),
        judge=needs_no_root_mfa,
        title="Accounts whose root user has a password and no MFA",
        advice="Enable MFA as root, or delete the password from the organisation.",
        page="https://docs.aws.amazon.com/IAM/latest/UserGuide/enable-mfa-for-root.html",
    ),
    Rule(
        Finding.WEAK_PASSWORD_POLICY,
        types=(_SETTINGS,),
        judge=takes_short_passwords,
        title="Accounts whose users may have passwords of fewer than 14 characters",
        advice="aws iam update-account-password-policy --minimum-password-length 14",
        page=(
            "https://docs.aws.amazon.com/IAM/latest/UserGuide/"
            "id_credentials_passwords_account-policy.html"
        ),
    ),
)

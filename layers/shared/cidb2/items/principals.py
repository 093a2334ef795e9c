"""The principals that a resource's policy trusts: resources, accounts and organisations.

AWS services belong to no account; conditions name the accounts for which they may act.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from cidb2.items.findings.content import listed
from cidb2.items.findings.policies import lets_everybody_in
from cidb2.types.relations import ANY_TYPE

ACCOUNT = "AWS::Organizations::Account"
ORGANIZATION = "AWS::Organizations::Organization"
EVERYBODY = "*"

_ALL = "all"
"""Everybody, as which EC2, RDS and Systems Manager share (EC2 API Reference, 'LaunchPermission';
RDS API Reference, 'DBSnapshotAttribute'; Systems Manager API Reference,
'DescribeDocumentPermission')."""

_ACCOUNT_ID = re.compile(r"\d{12}", re.ASCII)
_IN_ARN = re.compile(r"arn:[^:]*:[^:]*:[^:]*:(\d{12}):", re.ASCII)
_OF_ANY_ACCOUNT = re.compile(r"arn:[^:]*:[^:]*:[^:]*:[^:]*[*?][^:]*:", re.ASCII)
_ROOT = re.compile(r"arn:[^:]*:iam::(\d{12}):root", re.ASCII)
_TYPES = {
    ":role/": "AWS::IAM::Role",
    ":user/": "AWS::IAM::User",
    ":oidc-provider/": "AWS::IAM::OIDCProvider",
    ":saml-provider/": "AWS::IAM::SAMLProvider",
}
_IDS = {"AROA": "AWS::IAM::Role", "AIDA": "AWS::IAM::User"}
"""Prefixes of the ids with which AWS replaces the ARNs of deleted principals (IAM User Guide, 'IAM
identifiers')."""

_RESTRICTS = re.compile(r"(ForAnyValue:)?(String|Arn)(Equals|EqualsIgnoreCase|Like)", re.IGNORECASE)
_OF_ACCOUNTS = frozenset(
    {
        *("aws:principalaccount", "aws:sourceaccount", "aws:sourceowner", "kms:calleraccount"),
        *("aws:principalarn", "aws:sourcearn"),
    }
)
_OF_ORGANIZATIONS = frozenset(
    {"aws:principalorgid", "aws:principalorgpaths", "aws:sourceorgid", "aws:sourceorgpaths"}
)
"""Condition keys, in lower case, that name accounts or organisations (IAM User Guide, 'AWS global
condition context keys')."""

Principal = tuple[str, str]
"""A principal's type, and its ARN, id or name."""


def principals(document: Any) -> Iterator[Principal]:
    """Yield the principals that a policy's statements allow something, each with its type.

    For a statement that allows everybody or an AWS service, these are the accounts and
    organisations to which its conditions restrict it. Values that are not policies have none.
    """
    statements = document.get("Statement") if isinstance(document, Mapping) else None
    for statement in listed(statements):
        if isinstance(statement, Mapping) and statement.get("Effect") == "Allow":
            yield from _allowed(statement)


def account_of(principal: str) -> str | None:
    """Return the account of a principal, None if it names none."""
    if _ACCOUNT_ID.fullmatch(principal):
        return principal
    found = _IN_ARN.match(principal)
    return found[1] if found else None


def is_deleted(principal: str) -> bool:
    """Tell whether a principal is the id of a deleted role or user, with which AWS replaces it."""
    return principal[:4] in _IDS and principal.isalnum()


def shared_with(account: str) -> Principal:
    """Return whom the id of an account stands for in a list of accounts; `all` is everybody."""
    return (ANY_TYPE, EVERYBODY) if account.lower() == _ALL else (ACCOUNT, account)


def _allowed(statement: Mapping[str, Any]) -> Iterator[Principal]:
    named = [*_named(statement.get("Principal"))]
    yield from (_typed(one) for one in named if one != EVERYBODY)
    is_for_services = bool(_texts(_member(statement.get("Principal"), "Service")))
    if EVERYBODY not in named and "NotPrincipal" not in statement and not is_for_services:
        return
    restricted = [*_restricted_to(statement.get("Condition"))]
    yield from restricted
    verdict = lets_everybody_in({"Statement": [statement]})
    if verdict or (verdict is None and not restricted):
        yield ANY_TYPE, EVERYBODY


def _named(principal: Any) -> Iterator[str]:
    if not isinstance(principal, Mapping):
        yield from _texts(principal)
    for kind in ("AWS", "Federated", "CanonicalUser"):
        yield from _texts(_member(principal, kind))


def _typed(principal: str) -> Principal:
    if account := _ROOT.fullmatch(principal):
        return ACCOUNT, account[1]
    if _ACCOUNT_ID.fullmatch(principal):
        return ACCOUNT, principal
    in_arn = (kind for part, kind in _TYPES.items() if part in principal)
    return next(in_arn, _IDS.get(principal[:4], ANY_TYPE)), principal


def _restricted_to(condition: Any) -> Iterator[Principal]:
    tests = condition.items() if isinstance(condition, Mapping) else ()
    for operator, wanted in tests:
        if _RESTRICTS.fullmatch(str(operator)) and isinstance(wanted, Mapping):
            for key, value in wanted.items():
                yield from _of_condition(str(key).lower(), value)


def _of_condition(key: str, values: Any) -> Iterator[Principal]:
    for value in _texts(values):
        if key in _OF_ORGANIZATIONS and value.startswith("o-"):
            yield ORGANIZATION, value.partition("/")[0]
        elif key in _OF_ACCOUNTS and _ACCOUNT_ID.fullmatch(value):
            yield ACCOUNT, value
        elif key in _OF_ACCOUNTS and (account := _IN_ARN.match(value)):
            yield ACCOUNT, account[1]
        elif key in _OF_ACCOUNTS and _OF_ANY_ACCOUNT.match(value):
            yield ANY_TYPE, EVERYBODY


def _member(principal: Any, kind: str) -> Any:
    return principal.get(kind) if isinstance(principal, Mapping) else None


def _texts(values: Any) -> list[str]:
    return [one for one in listed(values) if isinstance(one, str)]

"""Identifies callers: maps an access key to its account and its role or user."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.iam.models import iam_backends
from moto.sts.models import sts_backends

PARTITION = "aws"
OPERATOR_ROLE = "OrganizationAccountAccessRole"
ACCESS_KEY = re.compile(rb"<AccessKeyId>([^<]+)<")


@dataclass(frozen=True)
class Principal:
    """The caller of one request; `arn` is the role's or user's own ARN."""

    account: str
    arn: str
    access_key: str
    session_name: str | None = None
    session_policy: str | None = None
    origin: str | None = None  # the access key at the start of this session's chain of roles

    @property
    def session_arn(self) -> str:
        """The caller's ARN, as in AWS's error messages."""
        if self.session_name is None:
            return self.arn
        role = self.arn.rpartition("/")[2]
        return f"arn:{PARTITION}:sts::{self.account}:assumed-role/{role}/{self.session_name}"


@dataclass(frozen=True)
class Credentials:
    """Temporary credentials, named like boto3's keyword arguments."""

    aws_access_key_id: str
    aws_secret_access_key: str
    aws_session_token: str


def assume(role_arn: str, session_name: str, region: str) -> Credentials:
    """Return credentials of a role, as AWS services assume it: without a check of the trust policy.

    The role need not exist.
    """
    account = role_arn.split(":")[4]
    session = sts_backends[account][PARTITION].assume_role(
        region_name=region,
        role_session_name=session_name,
        role_arn=role_arn,
        policy="",
        duration=12 * 3600,
        external_id="",
    )
    return Credentials(session.access_key_id, session.secret_access_key, session.session_token)


def operator(account: str, region: str) -> Credentials:
    """Return credentials with full access to an account, for the deployer and the tests."""
    return assume(f"arn:{PARTITION}:iam::{account}:role/{OPERATOR_ROLE}", "operator", region)


class Directory:
    """Looks up access keys and caches the results: a key never changes its owner."""

    def __init__(self) -> None:
        self._known: dict[str, Principal] = {}
        self._origins: dict[str, str] = {}

    def identify(self, access_key: str) -> Principal:
        """Return the principal; an unknown key belongs to the root user of the default account."""
        known = self._known.get(access_key)
        if known is None:
            found = replace(_look_up(access_key), origin=self._origins.get(access_key))
            known = self._known[access_key] = found
        return known

    def note_session(self, caller: Principal, answer: Iterable[bytes]) -> list[bytes]:
        """Record the principal of the session that STS has just issued; return the response."""
        body = b"".join(answer)
        if issued := ACCESS_KEY.search(body):
            self._origins[issued[1].decode()] = caller.origin or caller.access_key
        return [body]


def _look_up(access_key: str) -> Principal:
    for account, partitions in list(iam_backends.items()):
        key = partitions[PARTITION].access_keys.get(access_key)
        if key is None:
            continue
        session = sts_backends[account][PARTITION].get_assumed_role_from_access_key(access_key)
        if session is not None:
            return Principal(
                account, session.role_arn, access_key, session.session_name, session.policy
            )
        user = f"arn:{PARTITION}:iam::{account}:user/{key.user_name}"
        return Principal(account, user, access_key)
    root = f"arn:{PARTITION}:iam::{DEFAULT_ACCOUNT_ID}:root"
    return Principal(DEFAULT_ACCOUNT_ID, root, access_key)

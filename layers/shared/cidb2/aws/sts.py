"""Sessions of roles in other accounts: botocore's assume-role fetcher, refreshed before expiry."""

import json
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any

from botocore.credentials import (
    AssumeRoleCredentialFetcher,
    Credentials,
    DeferredRefreshableCredentials,
)
from botocore.exceptions import BotoCoreError, ClientError

from cidb2.aws.caller import Caller
from cidb2.aws.clients import Clients
from cidb2.aws.connections import Connections
from cidb2.aws.endpoints import lead_region
from cidb2.aws.protocols import Protocols
from cidb2.errors import RoleNotAssumedError
from cidb2.reasons import Reason, explain
from cidb2.settings import CollectorSettings

SESSIONS_KEPT = 4
"""Accounts whose sessions a warm function keeps: enough for an account that is continued."""

MAX_SESSION_NAME = 64
"""Characters in a RoleSessionName (STS API Reference, AssumeRole)."""


class MemberSessions:
    """Sessions of the collector role, one for each account and run, kept while the function lives.

    The session's name contains collector and run, so that a member account's CloudTrail shows which
    run read what.
    """

    def __init__(self, settings: CollectorSettings, collector: str, hub: Clients) -> None:
        self._settings = settings
        self._collector = collector
        self._hub = hub
        self._protocols = Protocols()
        self._connections = Connections()
        self._callers: OrderedDict[tuple[str, str], Caller] = OrderedDict()

    def open(self, account_id: str, run_id: str, actions: Sequence[str]) -> Caller:
        """Return the caller of `account_id`. Raises RoleNotAssumedError if STS refuses the role.

        The session may do nothing but `actions`, the same ones throughout a run. May be called from
        several threads, if no two use the same account.
        """
        key = (account_id, run_id)
        caller = self._callers.pop(key, None) or self._assume(account_id, run_id, actions)
        self._callers[key] = caller
        if len(self._callers) > SESSIONS_KEPT:
            self._callers.popitem(last=False)
        return caller

    def _assume(self, account_id: str, run_id: str, actions: Sequence[str]) -> Caller:
        role_arn = self._role_arn(account_id)
        arguments = self._assume_role_arguments(run_id, actions)
        try:
            credentials = self._assumed_somewhere(role_arn, arguments)
        except (ClientError, BotoCoreError) as error:
            raise RoleNotAssumedError(role_arn) from error
        return Caller(
            account_id,
            credentials,
            self._settings.region,
            self._protocols,
            self._connections,
            threads=self._settings.concurrency,
        )

    def _assumed_somewhere(
        self, role_arn: str, arguments: Mapping[str, Any]
    ) -> DeferredRefreshableCredentials:
        """Return credentials from the hub's region, or else from the lead region.

        An account may have deactivated STS in any region but that (IAM User Guide, 'Manage AWS STS
        in an AWS Region'). Tokens of regional endpoints are valid in all regions.
        """
        try:
            return _assumed(credentials_of(self._hub, role_arn, arguments))
        except ClientError as error:
            if explain(error).reason is not Reason.REGION_DISABLED:
                raise
        lead = lead_region(self._hub.region)
        return _assumed(credentials_of(self._hub, role_arn, arguments, lead))

    def _assume_role_arguments(self, run_id: str, actions: Sequence[str]) -> dict[str, Any]:
        arguments = {
            "RoleSessionName": f"cidb2-{self._collector}-{run_id}"[:MAX_SESSION_NAME],
            "Policy": session_policy(actions),
        }
        if self._settings.external_id:
            arguments["ExternalId"] = self._settings.external_id
        return arguments

    def _role_arn(self, account_id: str) -> str:
        settings = self._settings
        return f"arn:{settings.partition}:iam::{account_id}:role/{settings.role_name}"


def _assumed(credentials: DeferredRefreshableCredentials) -> DeferredRefreshableCredentials:
    credentials.get_frozen_credentials()
    return credentials


def credentials_of(
    hub: Clients, role_arn: str, arguments: Mapping[str, Any], region: str | None = None
) -> DeferredRefreshableCredentials:
    """Return credentials of a role, which is assumed at first use and again before they expire.

    `arguments` are those of AssumeRole, including RoleSessionName. `region` is the region whose STS
    is called, by default the hub's.
    """
    fetcher = AssumeRoleCredentialFetcher(
        client_creator=lambda *_, **__: hub.client("sts", region),
        source_credentials=_NO_CREDENTIALS,
        role_arn=role_arn,
        extra_args=dict(arguments),
    )
    return DeferredRefreshableCredentials(
        refresh_using=fetcher.fetch_credentials, method="assume-role"
    )


def session_policy(actions: Sequence[str]) -> str:
    """Return the session policy that restricts the role to `actions`."""
    statement = {"Effect": "Allow", "Action": sorted(actions), "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]}, separators=(",", ":"))


_NO_CREDENTIALS = Credentials("", "")
"""The fetcher's client is the hub's own, with its own credentials; these are never used."""

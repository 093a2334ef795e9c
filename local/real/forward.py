"""Forwards collectors' calls to member accounts to AWS, signed with real credentials.

All other calls stay in the embedded AWS, including the hub's. Functions hold stand-in sessions for
member accounts and never a real key. Calls other than reads of the collector role are rejected,
whatever the user's own permissions; so is AssumeRole for a role not in the plan, or without a
session policy of reads. The front authenticates callers (`local/gateway/signatures.py`).
"""

import threading
from collections import Counter
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials, ReadOnlyCredentials
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import create_parser

from cidb2.types.actions import action_of
from local.gateway.call import Answer, Call
from local.gateway.identity import assume
from local.real.person import Person
from local.real.reads import Reads

SESSION = timedelta(hours=1)
NOT_FORWARDED = {
    *("authorization", "connection", "content-length", "host", "x-amz-content-sha256"),
    *("x-amz-date", "x-amz-security-token", "x-amzn-trace-id"),
}
NOT_RETURNED = {"connection", "content-length", "date", "keep-alive", "transfer-encoding"}


class MemberAccounts:
    """Answers the calls of member account sessions instead of the embedded AWS.

    With `own_account`, the user's own credentials serve as that account's session and no role is
    assumed; otherwise `roles` are the ARNs that may be assumed. `called` counts the calls to AWS by
    IAM action.
    """

    def __init__(
        self,
        person: Person,
        reads: Reads,
        own_account: str | None = None,
        roles: Collection[str] = (),
    ) -> None:
        self._person = person
        self._reads = reads
        self._own_account = own_account
        self._roles = roles
        self._sessions: dict[str, Credentials] = {}
        self._lock = threading.Lock()
        self.called: Counter[str] = Counter()

    def answer(self, call: Call) -> Answer | None:
        """Return AWS's response to a call to a member account; None for the hub's calls."""
        if (call.service, call.operation) == ("sts", "AssumeRole"):
            return self._enter(call)
        session = self._sessions.get(call.principal.access_key)
        if session is None:
            return None
        if not self._reads.allow(call):
            action = action_of(call.service, call.operation)
            return call.error(
                "AccessDenied", f"{action} is not a read action of the collector role", 403
            )
        return self._forward(call, session)

    def _enter(self, call: Call) -> Answer:
        if not self._reads.cover(call.parameters.get("Policy")):
            message = "the session policy may only allow read actions of the collector role"
            return call.error("AccessDenied", message, 403)
        return self._own_session(call) if self._own_account else self._assume(call)

    def _assume(self, call: Call) -> Answer:
        role = call.parameters["RoleArn"]
        if role not in self._roles:
            return call.error("AccessDenied", f"{role} is not a role of this run", 403)
        answer = self._forward(call, self._person.credentials)
        if answer.status != HTTPStatus.OK:
            return answer
        response = {"status_code": answer.status, "headers": {}, "body": answer.body}
        shape = call.model.output_shape
        assert shape is not None
        issued = create_parser(call.protocol).parse(response, shape)["Credentials"]
        keys = (issued[name] for name in ("AccessKeyId", "SecretAccessKey", "SessionToken"))
        return self._stand_in(call, Credentials(*keys), issued["Expiration"])

    def _own_session(self, call: Call) -> Answer:
        account = _account_of(call)
        if account != self._own_account:
            message = f"the credentials belong to {self._own_account}, not to {account}"
            return call.error("AccessDenied", message, 403)
        return self._stand_in(call, self._person.credentials, datetime.now(UTC) + SESSION)

    def _stand_in(self, call: Call, session: Credentials, expiry: datetime) -> Answer:
        """Issue credentials of the embedded AWS that stand in for a session on AWS."""
        role_arn, name = (call.parameters[each] for each in ("RoleArn", "RoleSessionName"))
        issued = assume(role_arn, name, call.region)
        self._sessions[issued.aws_access_key_id] = session
        return call.result(
            {
                "Credentials": {
                    "AccessKeyId": issued.aws_access_key_id,
                    "SecretAccessKey": issued.aws_secret_access_key,
                    "SessionToken": issued.aws_session_token,
                    "Expiration": expiry,
                },
                "AssumedRoleUser": {"AssumedRoleId": f"AROA:{name}", "Arn": role_arn},
            }
        )

    def _forward(self, call: Call, session: Credentials) -> Answer:
        """Return AWS's response; if there is none, an error named after botocore's exception."""
        with self._lock:
            self.called[action_of(call.service, call.operation)] += 1
        try:
            keys = session.get_frozen_credentials()
        except (BotoCoreError, ClientError) as error:
            return call.error("ExpiredToken", f"the credentials have expired: {error}", 403)
        endpoint = self._person.endpoint(call.service, call.region)
        try:
            answer: Any = endpoint.http.send(_signed(call, endpoint.url, keys).prepare())
        except BotoCoreError as error:
            return call.error(type(error).__name__, str(error), HTTPStatus.SERVICE_UNAVAILABLE)
        headers = {k: v for k, v in answer.headers.items() if k.lower() not in NOT_RETURNED}
        return Answer(answer.status_code, answer.content, headers)


def _signed(call: Call, endpoint: str, keys: ReadOnlyCredentials) -> AWSRequest:
    """Return the function's request, re-signed and addressed to `endpoint`."""
    asked = call.request
    headers = {k: v for k, v in asked.headers.items() if k.lower() not in NOT_FORWARDED}
    scheme, _, host = endpoint.partition("://")
    url = f"{scheme}://{_host_prefix(call)}{host}{asked.environ['RAW_URI']}"
    request = AWSRequest(asked.method, url, headers, call.body)
    sign = S3SigV4Auth if call.signed_for == "s3" else SigV4Auth
    sign(keys, call.signed_for, call.region).add_auth(request)
    return request


def _host_prefix(call: Call) -> str:
    """Return the host prefix of an operation: for S3 Control, the caller's account id."""
    endpoint: Any = call.model.endpoint or {}
    prefix: str = endpoint.get("hostPrefix", "")
    return prefix.format(AccountId=call.account)


def _account_of(call: Call) -> str:
    account: str = call.parameters["RoleArn"].split(":")[4]
    return account

"""Hands what collectors ask of member accounts on to AWS, signed with real credentials.

Everything else, the whole hub, stays in the embedded AWS. Functions hold stand-ins for the
sessions of member accounts and never a real key. What is not a read of the collector role goes
nowhere, nor does an AssumeRole of another role than planned or without a session policy of reads,
whatever the person may do. Who calls is checked by the front (`local/gateway/signatures.py`).
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
NOT_HANDED_ON = {
    *("authorization", "connection", "content-length", "host", "x-amz-content-sha256"),
    *("x-amz-date", "x-amz-security-token", "x-amzn-trace-id"),
}
NOT_HANDED_BACK = {"connection", "content-length", "date", "keep-alive", "transfer-encoding"}


class MemberAccounts:
    """Answers, in the embedded AWS's place, what sessions of member accounts ask.

    With an `own_account` the person's credentials themselves are that account's session, and no
    role is assumed; else `roles` are the ARNs of those that may be. `called` counts what was asked
    of AWS, by IAM action.
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
        """Return AWS's answer to a member account's call; None where the call is the hub's."""
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
        return self._hand_on(call, session)

    def _enter(self, call: Call) -> Answer:
        if not self._reads.cover(call.parameters.get("Policy")):
            message = "the session policy may only allow read actions of the collector role"
            return call.error("AccessDenied", message, 403)
        return self._own_session(call) if self._own_account else self._assume(call)

    def _assume(self, call: Call) -> Answer:
        role = call.parameters["RoleArn"]
        if role not in self._roles:
            return call.error("AccessDenied", f"{role} is not a role of this run", 403)
        answer = self._hand_on(call, self._person.credentials)
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
        """Issue credentials of the embedded AWS that stand for a session on AWS."""
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

    def _hand_on(self, call: Call, session: Credentials) -> Answer:
        """Return AWS's own answer; where there is none, botocore's error under its own name."""
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
        headers = {k: v for k, v in answer.headers.items() if k.lower() not in NOT_HANDED_BACK}
        return Answer(answer.status_code, answer.content, headers)


def _signed(call: Call, endpoint: str, keys: ReadOnlyCredentials) -> AWSRequest:
    """Return the function's request as it would have gone to `endpoint` by itself."""
    asked = call.request
    headers = {k: v for k, v in asked.headers.items() if k.lower() not in NOT_HANDED_ON}
    scheme, _, host = endpoint.partition("://")
    url = f"{scheme}://{_host_prefix(call)}{host}{asked.environ['RAW_URI']}"
    request = AWSRequest(asked.method, url, headers, call.body)
    sign = S3SigV4Auth if call.signed_for == "s3" else SigV4Auth
    sign(keys, call.signed_for, call.region).add_auth(request)
    return request


def _host_prefix(call: Call) -> str:
    """Return what an operation puts before its host: for S3 Control, the caller's own account."""
    endpoint: Any = call.model.endpoint or {}
    prefix: str = endpoint.get("hostPrefix", "")
    return prefix.format(AccountId=call.account)


def _account_of(call: Call) -> str:
    account: str = call.parameters["RoleArn"].split(":")[4]
    return account

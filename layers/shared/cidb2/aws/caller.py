"""How a member account is asked: every service, region and operation, by one object.

Accounts share what is expensive and does not depend on them: what is known of services, and
connections.
"""

import json
from collections.abc import Callable, Mapping
from threading import Lock
from typing import Any

from botocore import xform_name
from botocore.credentials import Credentials
from botocore.paginate import Paginator

from cidb2.aws.calling import Answer, Endpoint, Line
from cidb2.aws.clients import ATTEMPTS, USER_AGENT, Clients
from cidb2.aws.connections import Connections
from cidb2.aws.counts import Counts
from cidb2.aws.empty_answers import EmptyAnswers
from cidb2.aws.protocols import Protocols
from cidb2.aws.sessions import session_with

S3 = frozenset({"s3", "s3control"})
"""Services with addresses, redirects and checksums of their own: botocore's clients call them."""


class Caller:
    """The calls of one account's session. Safe to use from several threads.

    `region` is where calls go that no region is named for; `threads` call at once.
    """

    def __init__(
        self,
        account_id: str,
        credentials: Credentials,
        region: str,
        protocols: Protocols,
        connections: Connections,
        threads: int,
    ) -> None:
        self.region = region
        self.counts = Counts()
        self._empty_answers = EmptyAnswers()
        self._threads = threads
        self._counted: dict[str, Caller] = {}
        self._clients: Clients | None = None
        self._lock = Lock()
        self._protocols = protocols
        self._line = Line(account_id, credentials, connections, self.counts, ATTEMPTS, USER_AGENT)
        self._endpoints: dict[tuple[str, str], Endpoint] = {}

    def counted_for(self, purpose: str) -> "Caller":
        """Return a caller with the same session that counts its own requests, always the same."""
        if purpose not in self._counted:
            line = self._line
            self._counted[purpose] = Caller(
                line.account_id,
                line.credentials,
                self.region,
                self._protocols,
                line.connections,
                self._threads,
            )
        return self._counted[purpose]

    def call(
        self, service: str, region: str | None, operation: str, params: Mapping[str, Any]
    ) -> Answer:
        """Return what an operation answers, all by AWS's names; raises botocore's errors."""
        region = region or self.region
        if service not in S3:
            return self._endpoint(service, region).call(operation, dict(params))
        method = getattr(self._s3(service, region), xform_name(operation))
        answer: Answer = method(**params)
        return answer

    def call_unless_empty(
        self, service: str, region: str | None, operation: str, params: Mapping[str, Any]
    ) -> Answer:
        """Return what an operation answers, as `call` does; an empty list is requested once."""
        question = (service, region, operation, json.dumps(params, sort_keys=True, default=str))
        return self._empty_answers.ask(
            question, lambda: self.call(service, region, operation, params)
        )

    def client(self, service: str, region: str | None = None) -> Any:
        """Return the operations of a service as a client of botocore's has them.

        They go to the account's own region where none is named.
        """
        region = region or self.region
        if service in S3:
            return self._s3(service, region)
        return _Client(self._endpoint(service, region))

    def _s3(self, service: str, region: str) -> Any:
        with self._lock:
            if self._clients is None:
                session, owner = session_with(self._line.credentials), self._line.account_id
                self._clients = Clients(
                    session, self.region, self._threads, owner=owner, counts=self.counts
                )
        return self._clients.client(service, region)

    def _endpoint(self, service: str, region: str) -> Endpoint:
        key = (service, region)
        if key not in self._endpoints:
            made = Endpoint(self._protocols.of(service), region, self._line)
            self._endpoints.setdefault(key, made)
        return self._endpoints[key]


class _Client:
    """An endpoint as botocore's clients show one: methods, and paginators."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint

    def __getattr__(self, name: str) -> Callable[..., Answer]:
        call, methods = self._endpoint.call, self._endpoint.protocol.methods
        if name not in methods:
            raise AttributeError(name)
        return lambda **params: call(methods[name], params)

    def get_paginator(self, name: str) -> Any:
        """Return botocore's paginator of an operation."""
        protocol = self._endpoint.protocol
        operation = protocol.methods[name]
        model = protocol.model.operation_model(operation)
        new_paginator: Any = Paginator
        return new_paginator(getattr(self, name), dict(protocol.paginator(operation)), model)

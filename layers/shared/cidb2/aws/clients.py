"""AWS clients: built once, their requests counted, with rates that adapt to throttling."""

from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from threading import Lock
from typing import Any
from urllib.parse import urlencode

import botocore
from botocore.client import BaseClient
from botocore.config import Config
from botocore.session import Session

from cidb2.aws.connections import CONNECT_TIMEOUT_SECONDS, READ_TIMEOUT_SECONDS
from cidb2.aws.counts import Counts
from cidb2.aws.endpoints import refuse_unknown_name
from cidb2.aws.owners import expect_owner
from cidb2.aws.rates import OperationRate
from cidb2.aws.sessions import new_session

ATTEMPTS = 5
"""The first try and four retries, as botocore's `total_max_attempts` counts."""

USER_AGENT = f"cidb2 Botocore/{botocore.__version__}"


def client_config(connections: int, attempts: int = ATTEMPTS) -> Config:
    """Return the settings of every client: its attempts, a pool as large as its users.

    A name of our own in full, for botocore builds its own anew from 16 parts, twice a request.
    """
    return Config(
        retries={"mode": "standard", "total_max_attempts": attempts},
        connect_timeout=CONNECT_TIMEOUT_SECONDS,
        read_timeout=READ_TIMEOUT_SECONDS,
        max_pool_connections=connections,
        tcp_keepalive=True,
        user_agent=USER_AGENT,
    )


class Clients:
    """The clients of one session, each built at its first use, and the counts of their requests.

    `region` is where clients go that no region is named for; `owner` is the account whose buckets,
    and no other's, clients of S3 work with; `counts` may be another's, too. Building a client is
    not safe to do from several threads; this does it one at a time.
    """

    def __init__(
        self,
        session: Session,
        region: str,
        connections: int,
        attempts: int = ATTEMPTS,
        *,
        owner: str | None = None,
        counts: Counts | None = None,
    ) -> None:
        self.region = region
        self.counts = counts or Counts()
        self._owner = owner
        self._session = session
        self._config = client_config(connections, attempts)
        self._clients: dict[tuple[str, str], BaseClient] = {}
        self._lock = Lock()

    def client(self, service: str, region: str | None = None) -> Any:
        """Return the client of `service` in `region`."""
        key = (service, region or self.region)
        with self._lock:
            if key not in self._clients:
                self._clients[key] = self._build(*key)
            return self._clients[key]

    def _build(self, service: str, region: str) -> BaseClient:
        client = self._session.create_client(service, region_name=region, config=self._config)
        counts = self.counts
        rates: defaultdict[str, OperationRate] = defaultdict(OperationRate)

        def wait(operation_name: str, **_: Any) -> None:
            rates[operation_name].wait()

        def count(
            parsed_response: Mapping[str, Any] | None,
            event_name: str,
            response_dict: Mapping[str, Any] | None = None,
            **_: Any,
        ) -> None:
            name = event_name.rpartition(".")[2]
            body_bytes = _body_bytes(response_dict)
            counts.add(region, f"{service}:{name}", rates[name], parsed_response, body_bytes)

        endpoint = client.meta.service_model.endpoint_prefix

        def check_name(exception: BaseException | None = None, **_: Any) -> None:
            refuse_unknown_name(endpoint, region, exception)

        own_name = client.meta.service_model.service_id.hyphenize()
        client.meta.events.register_first(f"request-created.{own_name}", wait)
        client.meta.events.register("response-received", count)
        client.meta.events.register("response-received", check_name)
        if service == "dynamodb":
            client.meta.events.register("before-parameter-build.dynamodb", _ask_for_units)
        if service == "s3" and self._owner:
            expect_owner(client, self._owner)
        client.meta.events.register("before-call", _encode_once)
        return client


def _encode_once(params: dict[str, Any], **_: Any) -> None:
    """Encode the form of a request before botocore does, each time that it looks at the body."""
    if isinstance(params["body"], dict):
        params["body"] = urlencode(params["body"]).encode()


@cache
def hub_clients(
    region: str, connections: int, attempts: int = ATTEMPTS, owner: str | None = None
) -> Clients:
    """Return the clients of the function's own role, the same ones at every call."""
    return Clients(new_session(), region, connections, attempts, owner=owner)


def _ask_for_units(params: dict[str, Any], **_: Any) -> None:
    """Have DynamoDB say what it charges for a request."""
    params["ReturnConsumedCapacity"] = "TOTAL"


def _body_bytes(response: Mapping[str, Any] | None) -> int:
    body = (response or {}).get("body", b"")
    return len(body) if isinstance(body, bytes) else 0

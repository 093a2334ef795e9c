"""Runs moto and its front in this process: one server on 127.0.0.1 for all AWS services."""

import logging
import os
import socket
import threading
from contextlib import ExitStack
from typing import Any, ClassVar, Self
from unittest import mock

import boto3
from botocore.config import Config
from moto.core.config import default_user_config
from moto.moto_api._internal.models import moto_api_backend
from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    create_backend_app,
)
from moto.organizations.models import organizations_backends
from moto.stepfunctions.parser.models import stepfunctions_parser_backends
from moto.stepfunctions.parser.utils import TMP_THREADS

from local.execution_environment.names import knowing_accounts
from local.gateway import http_server
from local.gateway.front import Front
from local.gateway.identity import Credentials, operator
from local.patches.apply import apply

HUB_ACCOUNT = "123456789012"  # the account in which moto runs state machines
REGION = "us-east-1"
ENVIRONMENT = {"MOTO_EC2_LOAD_DEFAULT_AMIS": "false"}  # saves 100 ms per account and region
NOISY_LOGGERS = ("werkzeug", "moto.stepfunctions", "botocore.hooks", "samtranslator")


class Cloud:
    """The embedded AWS, as a context manager. Only one at a time: moto's state is global."""

    _running: ClassVar[threading.Lock] = threading.Lock()

    def __init__(self, account: str = HUB_ACCOUNT, region: str = REGION, port: int = 0) -> None:
        self.account = account
        self.region = region
        self.front = Front(DomainDispatcherApplication(create_backend_app))
        self._port = port
        self._cleanup = ExitStack()
        self._clients: dict[tuple[str, str, str], Any] = {}
        self._clients_lock = threading.Lock()
        self._session: boto3.Session | None = None

    def __enter__(self) -> Self:
        """Start with empty accounts, on a free port of 127.0.0.1 unless a port was given."""
        if not Cloud._running.acquire(blocking=False):
            raise RuntimeError("another embedded AWS is running in this process")
        self._cleanup.callback(Cloud._running.release)
        try:
            self._start()
        except BaseException:
            self._cleanup.close()
            raise
        return self

    def _start(self) -> None:
        for name in NOISY_LOGGERS:
            logging.getLogger(name).setLevel(logging.CRITICAL)
        connections = http_server.Connections()
        server = http_server.make(self.front, self._port, connections)
        self._cleanup.callback(server.server_close)
        self.endpoint = f"http://127.0.0.1:{server.server_port}"
        environment = {**ENVIRONMENT, "MOTO_PORT": str(server.server_port)}
        self._cleanup.enter_context(mock.patch.dict(os.environ, environment))
        executing = {"stepfunctions": {"execute_state_machine": True}}
        self._cleanup.enter_context(mock.patch.dict(default_user_config, executing))
        self._cleanup.enter_context(apply(self.endpoint, self.account))
        knowing = knowing_accounts(socket.getaddrinfo)
        self._cleanup.enter_context(mock.patch.object(socket, "getaddrinfo", knowing))
        _forget_all()
        self._cleanup.callback(_forget_all)
        self._cleanup.callback(TMP_THREADS.clear)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        self._cleanup.callback(thread.join)
        self._cleanup.callback(server.shutdown)
        self._cleanup.callback(connections.hang_up)
        self._cleanup.callback(self.stop_executions)

    def __exit__(self, *_: object) -> None:
        """Stop everything and forget all resources."""
        self._cleanup.close()
        for client in self._clients.values():
            client.close()
        self._clients.clear()

    def client(self, service: str, account: str | None = None, region: str | None = None) -> Any:
        """Return a boto3 client with full access to an account.

        Thread-safe; clients are cached.
        """
        key = (service, account or self.account, region or self.region)
        with self._clients_lock:
            if key not in self._clients:
                credentials = operator(key[1], key[2])
                self._clients[key] = self.client_as(credentials, service, key[2])
            return self._clients[key]

    def client_as(
        self,
        credentials: Credentials,
        service: str,
        region: str | None = None,
        config: Config | None = None,
    ) -> Any:
        """Return a new boto3 client with the given credentials."""
        self._session = self._session or boto3.Session()
        return self._session.client(
            service,  # type: ignore[call-overload]
            region_name=region or self.region,
            endpoint_url=self.endpoint,
            config=config or Config(max_pool_connections=50),
            **vars(credentials),
        )

    def stop_executions(self) -> None:
        """Abort every running execution."""
        for account in list(stepfunctions_parser_backends.values()):
            for backend in list(account.values()):
                for execution in backend._get_executions():
                    if execution.status == "RUNNING" and execution.exec_worker.env:
                        execution.stop(None, None, None)


def _forget_all() -> None:
    """Reset all resources. Organisations are cleared last: Security Hub's reset looks them up."""
    moto_api_backend.reset()
    organizations_backends.clear()

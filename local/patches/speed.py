"""Speeds up moto 5.2.5 and botocore where they slow whole runs. Responses do not change."""

import functools
import itertools
import operator
import threading
import time
import uuid
from collections.abc import Iterator
from typing import Any

from botocore.client import ClientCreator
from moto import backends as moto_backends
from moto.backends import list_of_moto_modules
from moto.core import responses
from moto.core import utils as moto_utils
from moto.core.base_backend import AccountSpecificBackend, BackendDict
from moto.core.loaders import create_loader
from moto.core.responses import BaseResponse
from moto.core.routing import ServiceOperationRouter
from moto.core.utils import method_names_from_class
from moto.ec2.models.core import TaggedEC2Resource
from moto.ec2.utils import EC2_PREFIX_TO_RESOURCE, get_prefix
from moto.sqs import models as sqs_models
from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser
from moto.stepfunctions.parser.asl.parse.preprocessor import Preprocessor
from moto.utilities import aws_headers

from local.execution_environment import botocore_memo
from local.patches import conditions, rows, serialization, updates
from local.patches.replacement import Replacement


def replacements() -> Iterator[Replacement]:
    """Yield the replacements for the embedded AWS."""
    yield from botocore_memo.replacements()
    yield from of_moto()
    yield ClientCreator, "_create_client_class", _class_made_once()
    yield BaseResponse, "get_current_account", _account_of_the_front
    yield AmazonStateLanguageParser, "parse", staticmethod(_parsed)


def of_moto() -> Iterator[Replacement]:
    """Yield the replacements that also apply if moto runs in the caller's process."""
    yield from rows.replacements()
    yield from updates.replacements()
    yield from conditions.replacements()
    yield from serialization.replacements()
    # moto lists its own folder for its modules' names on every request
    yield moto_backends, "list_of_moto_modules", module_names
    yield sqs_models, "unix_time_millis", unix_time_millis
    yield aws_headers, "gen_amzn_requestid_long", request_id
    yield responses, "gen_amzn_requestid_long", request_id
    make = BackendDict._create_account_specific_backend
    yield BackendDict, "_create_account_specific_backend", _made_once(make)
    yield AccountSpecificBackend, "_generate_regions", _regions
    yield responses, "method_names_from_class", _method_names
    yield moto_utils, "create_loader", _loader
    yield TaggedEC2Resource, "get_tags", _own_tags
    yield ServiceOperationRouter, "_get_router", _router


_ROUTERS = threading.Lock()
_made_router = ServiceOperationRouter._get_router


def _router(self: Any, protocol: str) -> Any:
    """Service routers: each thread would build its own on its first request to a service.

    werkzeug parses code for each rule. In concurrent threads, Python 3.11 may then fail with
    SystemError: AST constructor recursion depth mismatch.
    """
    with _ROUTERS:
        return _made_router(self, protocol)


def _own_tags(self: Any) -> list[dict[str, str]]:
    """A resource's tags: moto compares its id with those of all tags in the region."""
    kind = EC2_PREFIX_TO_RESOURCE.get(get_prefix(self.id), "") if self.id else ""
    return [
        {"resource_id": self.id, "key": key, "value": value, "resource_type": kind}
        for key, value in self.ec2_backend.tags.get(self.id, {}).items()
    ]


def unix_time_millis() -> float:
    """Current time: moto builds two datetimes each time it looks at a message of a queue."""
    return time.time() * 1000


def _made_once(make: Any) -> Any:
    """Accounts: moto compares all services with each other, under a lock, on each access.

    A service missing among the instances was used by another one's reset and needs its own.
    """

    def made(self: Any, account_id: str) -> None:
        instances: list[Any] = BackendDict._instances  # type: ignore[misc]
        is_reset = any(map(operator.is_, instances, itertools.repeat(self)))
        if not is_reset or not dict.__contains__(self, account_id):
            make(self, account_id)

    return made


_generate_regions: Any = AccountSpecificBackend._generate_regions
_known_regions: dict[str, list[str]] = {}


def _regions(self: Any, service: str) -> list[str]:
    """Services' regions: moto asks botocore for each partition's regions, for each account."""
    if service not in _known_regions:
        _known_regions[service] = _generate_regions(self, service)
    return _known_regions[service]


@functools.cache
def _method_names(handler: type) -> frozenset[str]:
    """A handler's methods: moto lists them again for each request."""
    return frozenset(method_names_from_class(handler))


def _account_of_the_front(self: Any) -> str:
    """The account of a request: the front knows it; moto checks the environment first."""
    return str(self.headers["x-moto-account-id"])


def request_id(headers: dict[str, Any] | None = None) -> str:
    """Return a request id of 52 characters in one draw; moto draws each character."""
    drawn = (uuid.uuid4().hex + uuid.uuid4().hex)[:52].upper()
    if headers is not None:
        headers["x-amzn-requestid"] = drawn
    return drawn


def _class_made_once() -> Any:
    """Clients: each account and region has its own, and EC2's class has 700 methods to create."""
    creator: Any = ClientCreator
    make, made = creator._create_client_class, dict[str, type]()

    def client_class(self: Any, service_name: str, service_model: Any) -> type:
        if service_name not in made:
            made[service_name] = make(self, service_name, service_model)
        return made[service_name]

    return client_class


_parse = AmazonStateLanguageParser.parse


@functools.lru_cache(maxsize=2)
def _tree(definition: str) -> Any:
    return _parse(definition)[1]


def _parsed(definition: str) -> tuple[Any, Any]:
    """Definitions: moto parses a machine's for each execution, which takes a third of a second.

    The states are created anew for each execution, because they hold its state.
    """
    return Preprocessor().visit(_tree(definition)), _tree(definition)


@functools.cache
def module_names() -> frozenset[str]:
    """The names of moto's services."""
    return frozenset(list_of_moto_modules())


_loader = functools.cache(create_loader)

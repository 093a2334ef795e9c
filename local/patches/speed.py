"""Where moto 5.2.5 and botocore take time that a whole run feels. No answer changes."""

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
from moto.core import responses, serialize
from moto.core import utils as moto_utils
from moto.core.base_backend import AccountSpecificBackend, BackendDict
from moto.core.loaders import create_loader
from moto.core.responses import BaseResponse
from moto.core.routing import ServiceOperationRouter
from moto.core.serialize import XFormedAttributePicker
from moto.core.utils import get_value, method_names_from_class
from moto.ec2.models.core import TaggedEC2Resource
from moto.ec2.utils import EC2_PREFIX_TO_RESOURCE, get_prefix
from moto.sqs import models as sqs_models
from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser
from moto.stepfunctions.parser.asl.parse.preprocessor import Preprocessor
from moto.utilities import aws_headers

from local.execution_environment import botocore_memo
from local.patches import conditions, rows
from local.patches.replacement import Replacement


def replacements() -> Iterator[Replacement]:
    """Yield the replacements for the embedded AWS."""
    yield from botocore_memo.replacements()
    yield from of_moto()
    yield ClientCreator, "_create_client_class", _class_made_once()
    yield BaseResponse, "get_current_account", _account_of_the_front
    yield AmazonStateLanguageParser, "parse", staticmethod(_parsed)


def of_moto() -> Iterator[Replacement]:
    """Yield those that also hold where moto answers in the process that asks."""
    yield from rows.replacements()
    yield from conditions.replacements()
    yield XFormedAttributePicker, "get_possible_keys", _possible_keys
    # moto reads its own folder for the names of its modules, with every request
    yield moto_backends, "list_of_moto_modules", module_names
    yield sqs_models, "unix_time_millis", unix_time_millis
    yield serialize, "get_value", value_of
    yield aws_headers, "gen_amzn_requestid_long", request_id
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
    """A service's router, which each thread that asks the service first would make for itself.

    werkzeug parses code for each rule; where threads do so at once, Python 3.11 may end one of them
    with SystemError: AST constructor recursion depth mismatch.
    """
    with _ROUTERS:
        return _made_router(self, protocol)


def _own_tags(self: Any) -> list[dict[str, str]]:
    """A resource's tags: moto compares its id with those of all tags of the region."""
    kind = EC2_PREFIX_TO_RESOURCE.get(get_prefix(self.id), "") if self.id else ""
    return [
        {"resource_id": self.id, "key": key, "value": value, "resource_type": kind}
        for key, value in self.ec2_backend.tags.get(self.id, {}).items()
    ]


def unix_time_millis() -> float:
    """Moto makes two datetimes of it, for each message of a queue each time it is looked at."""
    return time.time() * 1000


def value_of(obj: Any, key: Any, default: Any) -> Any:
    """Answers' fields: most are looked for in dicts, by several names, most of them in vain."""
    if type(obj) is dict and "." not in key:
        return obj.get(key, default)
    return get_value(obj, key, default)


def _made_once(make: Any) -> Any:
    """Accounts: for each access to one, moto compares all services with one another, locked.

    A service that is not among the instances was used by another's reset, and needs one of its own.
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
    """Services' regions: moto asks botocore for those of each partition, for each account."""
    if service not in _known_regions:
        _known_regions[service] = _generate_regions(self, service)
    return _known_regions[service]


@functools.cache
def _method_names(handler: type) -> frozenset[str]:
    """A handler's methods, which moto looks for anew in each request."""
    return frozenset(method_names_from_class(handler))


def _account_of_the_front(self: Any) -> str:
    """The front has said whose request it is; moto looks into the environment first."""
    return str(self.headers["x-moto-account-id"])


def request_id(headers: dict[str, Any] | None = None) -> str:
    """A request id of 52 characters, drawn at once; moto draws each character."""
    drawn = (uuid.uuid4().hex + uuid.uuid4().hex)[:52].upper()
    if headers is not None:
        headers["x-amzn-requestid"] = drawn
    return drawn


def _class_made_once() -> Any:
    """Clients: every account and region has its own, and EC2's class has 700 methods to make."""
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
    """Definitions: moto parses a machine's for each execution, which takes it a third of a second.

    What an execution goes through is made anew, for it keeps what it went through.
    """
    return Preprocessor().visit(_tree(definition)), _tree(definition)


@functools.cache
def module_names() -> frozenset[str]:
    """The names of moto's services."""
    return frozenset(list_of_moto_modules())


_loader = functools.cache(create_loader)
_asked_keys = XFormedAttributePicker.get_possible_keys
_known_keys: dict[tuple[type, Any, str], tuple[str, ...]] = {}


def _possible_keys(self: Any, context: Any) -> tuple[str, ...]:
    """Where answers find their fields: the same for all objects of a class, yet moto asks anew.

    That is a fifth of what a request costs.
    """
    about = (type(context.obj), context.shape, context.key)
    if about not in _known_keys:
        _known_keys[about] = tuple(_asked_keys(self, context))
    return _known_keys[about]

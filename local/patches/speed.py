"""Where moto 5.2.5 and botocore take time that a whole run feels. No answer changes."""

import functools
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

from botocore.client import ClientCreator
from moto import backends as moto_backends
from moto.backends import list_of_moto_modules
from moto.core import responses, serialize
from moto.core import utils as moto_utils
from moto.core.base_backend import BackendDict
from moto.core.loaders import create_loader
from moto.core.responses import BaseResponse
from moto.core.serialize import XFormedAttributePicker
from moto.core.utils import get_value, method_names_from_class
from moto.sqs import models as sqs_models
from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser
from moto.stepfunctions.parser.asl.parse.preprocessor import Preprocessor
from moto.utilities import aws_headers

from local.patches import conditions, rows
from local.patches.replacement import Replacement


def replacements() -> Iterator[Replacement]:
    """Yield what takes whose place."""
    yield from rows.replacements()
    yield from conditions.replacements()
    yield XFormedAttributePicker, "get_possible_keys", _remembering_keys()
    # moto reads its own folder for the names of its modules, with every request
    yield moto_backends, "list_of_moto_modules", functools.cache(module_names)
    yield sqs_models, "unix_time_millis", unix_time_millis
    yield serialize, "get_value", value_of
    yield aws_headers, "gen_amzn_requestid_long", request_id
    yield ClientCreator, "_create_client_class", _class_made_once()
    make = BackendDict._create_account_specific_backend
    yield BackendDict, "_create_account_specific_backend", _made_once(make)
    yield responses, "method_names_from_class", functools.cache(_method_names)
    yield BaseResponse, "get_current_account", _account_of_the_front
    yield moto_utils, "create_loader", functools.cache(create_loader)
    yield AmazonStateLanguageParser, "parse", staticmethod(_parsed_once())


def unix_time_millis() -> float:
    """Moto makes two datetimes of it, for each message of a queue each time it is looked at."""
    return time.time() * 1000


def value_of(obj: Any, key: Any, default: Any) -> Any:
    """Answers' fields: most are looked for in dicts, by several names, most of them in vain."""
    if type(obj) is dict and "." not in key:
        return obj.get(key, default)
    return get_value(obj, key, default)


def _made_once(make: Any) -> Any:
    """Accounts: for each access to one, moto compares all services with one another, locked."""

    def made(self: Any, account_id: str) -> None:
        if not dict.__contains__(self, account_id):
            make(self, account_id)

    return made


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


def _parsed_once() -> Any:
    """Definitions: moto parses a machine's for each execution, which takes it a third of a second.

    What an execution goes through is made anew, for it keeps what it went through.
    """
    parse = AmazonStateLanguageParser.parse

    @functools.lru_cache(maxsize=2)
    def tree(definition: str) -> Any:
        return parse(definition)[1]

    def parsed(definition: str) -> tuple[Any, Any]:
        return Preprocessor().visit(tree(definition)), tree(definition)

    return parsed


def module_names() -> frozenset[str]:
    """The names of moto's services."""
    return frozenset(list_of_moto_modules())


def _remembering_keys() -> Callable[..., Any]:
    """Where answers find their fields: the same for all objects of a class, yet moto asks anew.

    That is a fifth of what a request costs.
    """
    original = XFormedAttributePicker.get_possible_keys
    known: dict[tuple[type, Any, str], tuple[str, ...]] = {}

    def get_possible_keys(self: Any, context: Any) -> tuple[str, ...]:
        about = (type(context.obj), context.shape, context.key)
        if about not in known:
            known[about] = tuple(original(self, context))
        return known[about]

    return get_possible_keys

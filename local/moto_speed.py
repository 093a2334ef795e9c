"""Where moto 5.2.5 and botocore take time that a whole run feels. No answer changes."""

import functools
import threading
import time
import uuid
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

from botocore.client import ClientCreator
from moto.core import responses, serialize
from moto.core import utils as moto_utils
from moto.core.base_backend import BackendDict
from moto.core.loaders import create_loader
from moto.core.responses import BaseResponse
from moto.core.utils import get_value, method_names_from_class
from moto.dynamodb import responses as dynamodb_responses
from moto.dynamodb.exceptions import ItemSizeTooLarge
from moto.dynamodb.models import dynamo_type
from moto.dynamodb.models.dynamo_type import DynamoType, Item, LimitedSizeDict
from moto.dynamodb.models.table import Table
from moto.dynamodb.models.utilities import bytesize
from moto.sqs import models as sqs_models
from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser
from moto.stepfunctions.parser.asl.parse.preprocessor import Preprocessor
from moto.utilities import aws_headers

from local import moto_conditions

TEXTS = ("S", "N")
ITEM_LIMIT_BYTES = 405_000  # moto's own: AWS's lies between 400 and 410 KB
Replacement = tuple[Any, str, Any]

_query = threading.local()
"""The key, as names and values, of the query that a thread is at."""


def replacements() -> Iterator[Replacement]:
    """Yield what takes whose place, as (owner, name, replacement)."""
    yield sqs_models, "unix_time_millis", unix_time_millis
    yield serialize, "get_value", value_of
    yield dynamo_type, "LimitedSizeDict", CountedDict
    yield Item, "project", _projected(Item.project)
    yield Table, "query", _narrowed(Table.query)
    yield Table, "all_items", _sorted_items
    yield from moto_conditions.replacements()
    yield Item, "__deepcopy__", _copied_flat_by_queries(Item.__deepcopy__)
    yield DynamoType, "size", _counted_once(DynamoType.size)
    yield aws_headers, "gen_amzn_requestid_long", request_id
    yield ClientCreator, "_create_client_class", _class_made_once()
    make = BackendDict._create_account_specific_backend
    yield BackendDict, "_create_account_specific_backend", _made_once(make)
    yield responses, "method_names_from_class", functools.cache(_method_names)
    yield BaseResponse, "get_current_account", _account_of_the_front
    check = dynamodb_responses.validate_put_has_empty_attrs
    yield dynamodb_responses, "validate_put_has_empty_attrs", _keys_asked_once(check)
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


class CountedDict(LimitedSizeDict):
    """A row that knows its size; moto adds up all attributes for each that comes in."""

    _counted = 0
    _bytes = 0

    def __setitem__(self, key: str, value: Any) -> None:
        """Take one attribute in; ItemSizeTooLarge where the row grows too large."""
        if key in self or self._counted != len(self):
            others = ((name, kept) for name, kept in self.items() if name != key)
            self._bytes = sum(bytesize(name) + _size(kept) for name, kept in others)
        held = self._bytes + bytesize(key) + _size(value)
        if held > ITEM_LIMIT_BYTES:
            raise ItemSizeTooLarge
        dict.__setitem__(self, key, value)
        self._counted, self._bytes = len(self), held


def _projected(project: Any) -> Any:
    """Rows as an index holds them: moto turns the whole row into JSON for each attribute of it."""

    def projected(self: Any, paths: list[list[str]]) -> Any:
        if any(len(path) > 1 for path in paths):
            return project(self, paths)
        row = Item(self.hash_key, self.range_key, {})
        kept = {path[0]: self.attrs[path[0]] for path in paths if path[0] in self.attrs}
        dict.update(row.attrs, kept)
        return row

    return projected


def _narrowed(query: Any) -> Any:
    """Queries: moto sorts all rows of the table for each, and then looks for those of the key."""

    def narrowed(table: Any, hash_key: Any, *arguments: Any, **options: Any) -> Any:
        asked = options.get("hash_key_conditions") or [(table.hash_key_attr, hash_key)]
        _query.key = [(name, key.value) for name, key in asked if key.type == "S"]
        try:
            return query(table, hash_key, *arguments, **options)
        finally:
            del _query.key

    return narrowed


def _sorted_items(table: Any) -> list[Any]:
    """A table's rows in order: moto casts both keys anew for each comparison of two rows."""
    rows = _rows(table)
    for name, value in getattr(_query, "key", ()):
        rows = [row for row in rows if (kept := row.attrs.get(name)) and kept.value == value]
    if not table.range_key_attr:
        return sorted(rows, key=lambda row: row.hash_key.cast_value)
    return sorted(rows, key=lambda row: (row.hash_key.cast_value, row.range_key.cast_value))


def _rows(table: Any) -> list[Any]:
    """All rows, copied at once: one that is only looked for may add its partition meanwhile."""
    partitions = list(table.items.values())
    if not table.range_key_attr:
        return partitions
    return [row for partition in partitions for row in list(partition.values())]


def _copied_flat_by_queries(deepcopy: Any) -> Any:
    """What a query found: moto copies each value of it, and then turns it into the answer."""

    def copied(self: Any, memo: Any) -> Any:
        if not hasattr(_query, "key"):
            return deepcopy(self, memo)
        row = Item(self.hash_key, self.range_key, {})
        dict.update(row.attrs, self.attrs)
        return row

    return copied


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


def _keys_asked_once(check: Any) -> Any:
    """Rows: moto collects the key attributes of a table for each attribute of a row."""

    def checked(row: dict[str, Any], table: Any) -> None:
        check(row, SimpleNamespace(attribute_keys=frozenset(table.attribute_keys)))

    return checked


def _counted_once(size: Any) -> Any:
    """Values, which never change: moto encodes a long text each time that its row is measured."""

    def counted(self: Any) -> int:
        if self.type not in TEXTS:
            return int(size(self))
        if "_counted" not in vars(self):
            self._counted = size(self)
        return int(self._counted)

    return counted


def request_id(headers: dict[str, Any] | None = None) -> str:
    """A request id of 52 characters, drawn at once; moto draws each character."""
    drawn = (uuid.uuid4().hex + uuid.uuid4().hex)[:52].upper()
    if headers is not None:
        headers["x-amzn-requestid"] = drawn
    return drawn


def _size(value: Any) -> int:
    return value.size() if type(value) is DynamoType else bytesize(str(value))


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

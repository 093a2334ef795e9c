"""What has to be mended inside moto 5.2.5 itself. Each patch says why; none knows this project."""

import functools
import json
import operator as operator_module
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from typing import Any
from unittest import mock

from moto import backends as moto_backends
from moto.awslambda.models import LambdaFunction
from moto.backends import list_of_moto_modules
from moto.core.serialize import XFormedAttributePicker
from moto.core.utils import camelcase_to_underscores
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.table import Table
from moto.dynamodb.responses import DynamoHandler
from moto.ec2.models import ec2_backends
from moto.ec2.models.availability_zones_and_regions import Region, RegionsAndZonesBackend
from moto.iam.access_control import PermissionResult
from moto.iam.models import Policy
from moto.s3.models import FakeBucket, S3Backend
from moto.sqs.exceptions import ReceiptHandleIsInvalid
from moto.sqs.models import Queue, SQSBackend
from moto.utilities.utils import get_partition

from local import capacity, moto_speed, moto_states, tracing

DYNAMODB = threading.RLock()


def apply(endpoint: str, hub_account: str) -> ExitStack:
    """Patch moto; closing what is returned takes every patch back."""
    patches = ExitStack()
    replace = functools.partial(_replace, patches)
    replace(SQSBackend, "send_message", tracing.sending_with_trace(SQSBackend.send_message))
    replace(Queue, "delete_message", delete_message)
    replace(Queue, "attributes", property(LazyAttributes))
    replace(XFormedAttributePicker, "get_possible_keys", _remembering_keys())
    # moto reads its own folder for the names of its modules, with every request
    replace(moto_backends, "list_of_moto_modules", functools.cache(module_names))
    replace(FakeBucket, "get_permission", bucket_permission)
    for name in ("put_item", "update_item", "delete_item", "batch_write_item"):
        replace(DynamoHandler, name, capacity.charged_write(getattr(DynamoHandler, name)))
    replace(DynamoHandler, "query", capacity.charged_query(DynamoHandler.query))
    replace(
        DynamoHandler, "batch_get_item", capacity.charged_batch_get(DynamoHandler.batch_get_item)
    )
    replace(Table, "query", capacity.measured_query(Table.query))
    for owner, name in ((Table, "put_item"), (DynamoDBBackend, "update_item"), (Table, "query")):
        replace(owner, name, one_at_a_time(getattr(owner, name)))
    # S3 asks for the permission to deliver access logs when it delivers, hours later: never here
    replace(FakeBucket, "_log_permissions_enabled_policy", lambda *_, **__: True)
    replace(S3Backend, "log_incoming_request", lambda *_: None)
    for owner, name, replacement in (
        *moto_states.replacements(endpoint, hub_account, patches),
        *moto_speed.replacements(),
    ):
        replace(owner, name, replacement)
    replace(LambdaFunction, "invoke", refuse_to_run)
    for name in ("__init__", "update_configuration"):
        replace(LambdaFunction, name, keeping_logging_config(getattr(LambdaFunction, name)))
    described = telling_logging_config(LambdaFunction.get_configuration)
    replace(LambdaFunction, "get_configuration", described)
    replace(RegionsAndZonesBackend, "describe_regions", same_regions)
    for name in ("id", "name"):  # GetAccountAuthorizationDetails looks for them by other names
        replace(Policy, f"policy_{name}", property(operator_module.attrgetter(name)))
    return patches


def one_at_a_time(method: Callable[..., Any]) -> Callable[..., Any]:
    """DynamoDB checks, writes and reads a row in one; in moto somebody may come in between."""

    @functools.wraps(method)
    def call(*arguments: Any, **options: Any) -> Any:
        with DYNAMODB:
            return method(*arguments, **options)

    return call


def keeping_logging_config(method: Callable[..., Any]) -> Callable[..., Any]:
    """Keep a function's LoggingConfig, which moto drops when it creates or updates one."""

    @functools.wraps(method)
    def call(function: Any, *arguments: Any, **options: Any) -> Any:
        given = (*arguments, *options.values())
        settings = next(each for each in given if isinstance(each, dict))
        kept = getattr(function, "logging_config", {})
        function.logging_config = settings.get("LoggingConfig", kept)
        return method(function, *arguments, **options)

    return call


def telling_logging_config(describe: Callable[..., Any]) -> Callable[..., Any]:
    """Add the LoggingConfig to what moto says of a function."""

    @functools.wraps(describe)
    def call(function: Any, *arguments: Any, **options: Any) -> Any:
        described = describe(function, *arguments, **options)
        return {**described, "LoggingConfig": function.logging_config}

    return call


def same_regions(backend: Any, region_names: list[str] | None = None) -> list[Region]:
    """DescribeRegions: an account has one list, of its own partition's regions.

    In moto each region has its own list, and lists the regions of GovCloud and China too.
    """
    others = list(ec2_backends[backend.account_id].values())
    lists = [vars(other)["regions"] for other in others if "regions" in vars(other)]
    regions: list[Region] = lists[0] if lists else backend.regions
    return [
        region
        for region in regions
        if get_partition(region.name) == backend.partition
        and (not region_names or region.name in region_names)
    ]


def refuse_to_run(function: LambdaFunction, *_: Any) -> bytes:
    """Functions: moto would look for a Docker where one is invoked after the runtime has ended."""
    raise RuntimeError(f"{function.function_name} is not run: the embedded AWS is being stopped")


def _replace(patches: ExitStack, owner: Any, name: str, replacement: Any) -> None:
    patches.enter_context(mock.patch.object(owner, name, replacement, create=True))


def bucket_permission(*_: Any) -> PermissionResult:
    """Bucket policies: moto judges them without their conditions, and so denies what AWS allows."""
    return PermissionResult.NEUTRAL


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


class LazyAttributes(Mapping[str, Any]):
    """A queue's attributes, each worked out when it is asked for.

    moto works all of them out for every message sent and received, and so counts the messages of
    the queue several times for each of them.
    """

    def __init__(self, queue: Any) -> None:
        self._queue = queue

    def __getitem__(self, name: str) -> Any:
        if name not in set(self):
            raise KeyError(name)
        value = getattr(self._queue, snake_case(name))
        if name == "RedrivePolicy" and value:
            return json.dumps(value)
        return str(value).lower() if isinstance(value, bool) else value

    def __iter__(self) -> Iterator[str]:
        yield from Queue.BASE_ATTRIBUTES
        yield from Queue.FIFO_ATTRIBUTES if self._queue.fifo_queue else []
        yield from Queue.KMS_ATTRIBUTES if self._queue.kms_master_key_id else []

    def __len__(self) -> int:
        return len(list(self))


snake_case = functools.cache(camelcase_to_underscores)


def delete_message(self: Any, receipt_handle: str) -> None:
    """Delete under the queue's lock; moto swaps its list and loses what arrives meanwhile."""
    delete_messages(self, {receipt_handle})


def delete_messages(queue: Any, receipt_handles: set[str]) -> None:
    """Delete messages of a moto queue in one pass over it, however many there are."""
    unknown = receipt_handles - queue.deleted_messages
    kept = []
    with queue._messages_lock:
        for message in queue._messages:
            handles = set(message.all_receipt_handles)
            if handles & unknown:
                unknown -= handles
                queue.pending_messages.discard(message)
                queue.deleted_messages.update(handles)
            else:
                kept.append(message)
        queue._messages = kept
    if unknown:
        raise ReceiptHandleIsInvalid

"""What botocore's models contain about a service's operations, so declarations need not.

The model of a service is loaded at its first use.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from botocore.exceptions import DataNotFoundError
from botocore.model import ListShape, MapShape, OperationModel, ServiceModel, Shape, StructureShape

from cidb2.aws.sessions import LOADER
from cidb2.types.declaration import Call
from cidb2.types.paths import EACH, ITSELF

_TOKENS = ("NextToken", "nextToken", "NextMarker", "Marker")
_LIMITS = ("MaxResults", "maxResults", "MaxRecords", "MaxItems", "Limit", "PageSize")
"""Names of the page size argument in services for which botocore has no paginator."""

PAGES = {
    ("lambda", "ListEventSourceMappings"): 100,
    ("lambda", "ListFunctions"): 50,
}
"""Maximum page sizes of operations whose models state too large a maximum."""


class ModelError(ValueError):
    """Raised when a declaration refers to something that a model does not have."""


@dataclass(frozen=True, slots=True)
class Paging:
    """How an operation is paginated.

    `inputs` are the token arguments, `outputs` the paths of the tokens in an answer. `flag` is the
    path of the member that says whether more pages follow, and `limit` the argument for the page
    size. A token that ends with `[-1]` is the last entry of a list.
    """

    inputs: tuple[str, ...]
    outputs: tuple[tuple[str, ...], ...]
    flag: str | None
    limit: str | None


PAGINGS = {
    ("firehose", "ListDeliveryStreams"): Paging(
        ("ExclusiveStartDeliveryStreamName",),
        (("DeliveryStreamNames[-1]",),),
        "HasMoreDeliveryStreams",
        "Limit",
    ),
}
"""How the operations are paginated that have no paginator in botocore."""


@cache
def service_model(client: str) -> ServiceModel:
    """Return the model of a service. Raises ModelError if botocore has none."""
    try:
        return ServiceModel(LOADER.load_service_model(client, "service-2"), client)
    except DataNotFoundError as error:
        raise ModelError(f"botocore has no service {client!r}") from error


def operation_model(client: str, operation: str) -> OperationModel:
    """Return the model of an operation. Raises ModelError if the service does not have it."""
    model = service_model(client)
    if operation not in model.operation_names:
        raise ModelError(f"{client} has no operation {operation!r}")
    return model.operation_model(operation)


def output_of(client: str, operation: str) -> StructureShape:
    """Return the shape of an operation's answer. Raises ModelError if there is no answer."""
    shape = operation_model(client, operation).output_shape
    if not isinstance(shape, StructureShape):
        raise ModelError(f"{operation} answers nothing")
    return shape


def inputs_of(client: str, operation: str) -> dict[str, Shape]:
    """Return the arguments of an operation."""
    shape = operation_model(client, operation).input_shape
    return dict(shape.members) if isinstance(shape, StructureShape) else {}


@cache
def paging_of(client: str, operation: str) -> Paging | None:
    """Return how an operation is paginated, None if it is not."""
    if known := PAGINGS.get((client, operation)):
        return known
    told = _paginators(client).get(operation)
    inputs, outputs = inputs_of(client, operation), output_of(client, operation).members
    if told:
        tokens = [_alternatives(path) for path in _listed(told["output_token"])]
        return Paging(
            tuple(_listed(told["input_token"])),
            tuple(tokens),
            told.get("more_results"),
            told.get("limit_key"),
        )
    token = next((name for name in _TOKENS if name in inputs and name in outputs), None)
    limit = next((name for name in _LIMITS if name in inputs), None)
    return Paging((token,), ((token,),), None, limit) if token else None


def page_size(client: str, operation: str, page: int = 0, most: int = 0) -> int | None:
    """Return the page size to request, None if the operation has no such argument.

    `page` is what a listing declares; without it, the operation's maximum, or `most`, which the
    service declares to bound its memory.
    """
    paging = paging_of(client, operation)
    if paging is None or paging.limit is None:
        return None
    limits = filter(None, [largest_page(client, operation), most])
    return page or min(limits, default=None)


def page_argument(client: str, operation: str, size: int | None) -> dict[str, int | str]:
    """Return the argument for a page size; in some services whose URLs contain it, it is a text."""
    paging = paging_of(client, operation)
    if paging is None or paging.limit is None or not size:
        return {}
    is_text = inputs_of(client, operation)[paging.limit].type_name == "string"
    return {paging.limit: str(size) if is_text else size}


@cache
def largest_page(client: str, operation: str) -> int | None:
    """Return the maximum page size of an operation, None if it is unknown."""
    paging = paging_of(client, operation)
    if paging is None or paging.limit is None:
        return None
    known = inputs_of(client, operation)[paging.limit].metadata.get("max")
    return PAGES.get((client, operation), known)


@cache
def result_of(client: str, operation: str) -> str:
    """Return the path of the entries in an answer. ModelError if there are several lists."""
    told = [*_listed(_paginators(client).get(operation, {}).get("result_key", []))]
    lists = [
        name
        for name, shape in output_of(client, operation).members.items()
        if isinstance(shape, ListShape)
    ]
    if len(told or lists) != 1:
        raise ModelError(f"{operation} answers with {told or lists or 'no list'}: declare `result`")
    [result] = told or lists
    return result


def shape_at(shape: Shape, path: str) -> Shape:
    """Return the shape at a path. Raises ModelError if the model has no such member.

    The shape of a list is that of its entries, because paths pass through lists.
    """
    names = path.rstrip("/:")
    for name in [] if names == ITSELF else names.split("."):
        shape = entries_of(shape)
        if isinstance(shape, MapShape):
            shape = shape.value
        elif isinstance(shape, StructureShape) and name in shape.members and name != EACH:
            shape = shape.members[name]
        else:
            raise ModelError(f"{shape.name} has no member {name!r}")
    return entries_of(shape)


@cache
def batched_argument(client: str, call: Call) -> str:
    """Return which argument of a batch names its resources; ModelError where it is not one."""
    inputs = inputs_of(client, call.operation)
    lists = [name for name in call.by if isinstance(inputs.get(name), ListShape)]
    if len(lists) != 1:
        raise ModelError(f"{call.operation} takes no list, or several: {lists}")
    return lists[0]


@cache
def is_list_at(client: str, operation: str, path: str) -> bool:
    """Tell whether a path of an answer, which passes through no list, leads to a list."""
    above, _, name = path.rpartition(".")
    shape = shape_at(output_of(client, operation), above or ITSELF)
    return isinstance(shape, StructureShape) and isinstance(shape.members.get(name), ListShape)


def entries_of(shape: Shape) -> Shape:
    """Return the shape of a list's entries, or any other shape unchanged."""
    while isinstance(shape, ListShape):
        shape = shape.member
    return shape


@cache
def _paginators(client: str) -> dict[str, Any]:
    try:
        told: dict[str, Any] = LOADER.load_service_model(client, "paginators-1")["pagination"]
    except DataNotFoundError:
        return {}
    return told


def _listed(told: str | list[str]) -> Iterable[str]:
    return [told] if isinstance(told, str) else told


def _alternatives(path: str) -> tuple[str, ...]:
    """Return the alternatives of a path; a paginator uses the first that has a value."""
    return tuple(each.strip() for each in path.split("||") if "[" not in each)

"""What botocore's models tell of a service's operations, so that no declaration has to.

They are loaded at the first question about a service.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from botocore.exceptions import DataNotFoundError
from botocore.model import ListShape, MapShape, OperationModel, ServiceModel, Shape, StructureShape

from cidb2.aws.sessions import LOADER
from cidb2.types.declaration import ListingCall
from cidb2.types.paths import EACH, ITSELF

_TOKENS = ("NextToken", "nextToken", "NextMarker", "Marker")
_LIMITS = ("MaxResults", "maxResults", "MaxRecords", "MaxItems", "Limit")
"""How services call them whose pages botocore has no paginator for."""

PAGES = {("lambda", "ListFunctions"): 50}
"""The largest pages of services whose models name a larger one."""


class ModelError(ValueError):
    """Raised where a declaration asks for what a model does not have."""


@dataclass(frozen=True, slots=True)
class Paging:
    """How the pages of an operation follow each other.

    `inputs` are the arguments that take the token, `outputs` the paths at which an answer has it;
    `flag` is the path of what says that more follows, and `limit` the argument for a page's size.
    """

    inputs: tuple[str, ...]
    outputs: tuple[tuple[str, ...], ...]
    flag: str | None
    limit: str | None


@cache
def service_model(client: str) -> ServiceModel:
    """Return the model of a service; ModelError where botocore has none."""
    try:
        return ServiceModel(LOADER.load_service_model(client, "service-2"), client)
    except DataNotFoundError as error:
        raise ModelError(f"botocore has no service {client!r}") from error


def operation_model(client: str, operation: str) -> OperationModel:
    """Return the model of an operation; ModelError where the service has none of this name."""
    model = service_model(client)
    if operation not in model.operation_names:
        raise ModelError(f"{client} has no operation {operation!r}")
    return model.operation_model(operation)


def output_of(client: str, operation: str) -> StructureShape:
    """Return the shape of an operation's answer; ModelError where it answers nothing."""
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
    """Return how an operation's pages follow each other; None where it has but one answer."""
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


def page_size(client: str, call: ListingCall) -> int | None:
    """Return how many entries to ask for at once; None where AWS takes no number."""
    paging = paging_of(client, call.operation)
    return None if paging is None else call.page or largest_page(client, call.operation)


@cache
def largest_page(client: str, operation: str) -> int | None:
    """Return the most entries that the service gives at once; None where nobody tells."""
    paging = paging_of(client, operation)
    if paging is None or paging.limit is None:
        return None
    known = inputs_of(client, operation)[paging.limit].metadata.get("max")
    return PAGES.get((client, operation), known)


@cache
def result_of(client: str, operation: str) -> str:
    """Return where in an answer the entries are; ModelError where the model has several lists."""
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
    """Return the shape of what stands at a path; ModelError where the model has no such member.

    A list's is that of its entries, as paths pass through lists.
    """
    for name in [] if path == ITSELF else path.removesuffix("/").split("."):
        shape = entries_of(shape)
        if isinstance(shape, MapShape):
            shape = shape.value
        elif isinstance(shape, StructureShape) and name in shape.members and name != EACH:
            shape = shape.members[name]
        else:
            raise ModelError(f"{shape.name} has no member {name!r}")
    return entries_of(shape)


@cache
def is_list_at(client: str, operation: str, path: str) -> bool:
    """Tell whether a list stands at a path of an answer, which leads through none."""
    above, _, name = path.rpartition(".")
    shape = shape_at(output_of(client, operation), above or ITSELF)
    return isinstance(shape, StructureShape) and isinstance(shape.members.get(name), ListShape)


def entries_of(shape: Shape) -> Shape:
    """Return the shape of a list's entries, and any other shape as it is."""
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
    """Return the paths of which a paginator takes the first that leads anywhere."""
    return tuple(each.strip() for each in path.split("||") if "[" not in each)

"""Answers for declared types with every member set, made from botocore's models."""

from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from typing import Any

from botocore import xform_name
from botocore.model import ListShape, MapShape, Shape, StructureShape

from cidb2.types.actions import calls_of
from cidb2.types.declaration import Call, ListingCall, Lookup, ResourceType, ServiceTypes
from cidb2.types.models import output_of, paging_of, result_of
from tests.support.builders import ACCOUNT, REGION
from tests.support.declared import Reading
from tests.support.items import ARNS
from tests.support.synthetic import full_answer

SECRET = "hunter2-hunter2-hunter2"
Place = tuple[str | int, ...]


def answers_of(service: ServiceTypes, declared: ResourceType) -> dict[str, dict[str, Any]]:
    """Return an answer for each operation that reading a type calls, by operation."""
    operations = [declared.listing.operation, *(call.operation for call in calls_of(declared))]
    answers = {each: _answer(service, declared, each) for each in operations}
    for each in service.types:
        if each.type == declared.listing.parent:
            operation = each.listing.operation
            answers[operation] = _answer(service, each, operation)
    return answers


def _answer(service: ServiceTypes, declared: ResourceType, operation: str) -> dict[str, Any]:
    client = service.client
    values: dict[str, Any] = {}
    for path in {declared.id, declared.name, *service.arns[declared.type].paths} - {""}:
        values[path.removesuffix("/").rpartition(".")[2]] = "/" if path == "Path" else "one"
    if declared.owner:
        values[declared.owner.rpartition(".")[2]] = ACCOUNT
    if declared.arn_member:
        arn = ARNS[declared.type].format(account=ACCOUNT, region=REGION, name="one")
        values[declared.arn_member.rpartition(".")[2]] = arn
    answer = full_answer(client, operation, values)
    paging = paging_of(client, operation)
    for paths in paging.outputs if paging else ():
        for path in paths:
            answer.pop(path.partition(".")[0], None)
    if paging and paging.flag:
        answer[paging.flag] = False
    return answer


def reading_of(
    service: ServiceTypes, declared: ResourceType, answers: Mapping[str, Any]
) -> Reading:
    """Return a reading of a type from answers by operation."""
    given = {xform_name(name): _each_time(answer) for name, answer in answers.items()}
    return Reading(service, declared.type, given)


def _each_time(answer: Any) -> Callable[..., Any]:
    return lambda **_: deepcopy(answer)


def members(value: Any, place: Place = ()) -> Iterator[Place]:
    """Yield the places of all members of an answer, of a list those of its first entry."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield (*place, name)
            yield from members(inner, (*place, name))
    elif isinstance(value, list) and value:
        yield from members(value[0], (*place, 0))


def without(answer: Mapping[str, Any], place: Place) -> dict[str, Any]:
    """Return an answer without one of its members."""
    copy = deepcopy({**answer})
    inner: Any = copy
    for name in place[:-1]:
        inner = inner[name]
    del inner[place[-1]]
    return copy


def with_secrets(
    service: ServiceTypes, declared: ResourceType, answers: Mapping[str, Any]
) -> tuple[dict[str, Any], int]:
    """Return answers in which all that may be a secret is one, and how many there are."""
    planted, count = deepcopy({**answers}), 0
    calls: list[tuple[Any, str, str]] = [
        (declared, declared.listing.operation, _result(service, declared))
    ]
    for call in calls_of(declared):
        taken = call.take if isinstance(call, Call) and call.batch == 1 else ""
        if isinstance(call, Lookup) or call.batch > 1:
            taken = ".".join(filter(None, [result_of(service.client, call.operation), call.take]))
        calls.append((call, call.operation, taken))
    for content, operation, taken in calls:
        count += _by_trait(output_of(service.client, operation), planted[operation])
        for path in content.secret:
            names = [*filter(None, [*taken.split("."), *path.split(".")])]
            count += _by_path(planted[operation], names)
    return planted, count


def _result(service: ServiceTypes, declared: ResourceType) -> str:
    call: ListingCall = declared.listing
    return declared.result or result_of(service.client, call.operation)


def _by_trait(shape: Shape, value: Any) -> int:
    """Make secrets of all that is sensitive by its shape; return how many they are."""
    count = 0
    for key, inner_shape in _inner(shape, value):
        if inner_shape.metadata.get("sensitive"):
            value[key] = _secret_like(value[key])
            count += 1
        else:
            count += _by_trait(inner_shape, value[key])
    return count


def _inner(shape: Shape, value: Any) -> Iterator[tuple[Any, Shape]]:
    if isinstance(shape, StructureShape):
        yield from ((name, shape.members[name]) for name in [*value])
    elif isinstance(shape, ListShape):
        yield from ((number, shape.member) for number in range(len(value)))
    elif isinstance(shape, MapShape):
        yield from ((name, shape.value) for name in [*value])


def _by_path(value: Any, names: list[str]) -> int:
    if isinstance(value, list):
        return sum(_by_path(inner, names) for inner in value)
    if not isinstance(value, dict) or names[0] not in value:
        return 0
    if names[1:]:
        return _by_path(value[names[0]], names[1:])
    value[names[0]] = _secret_like(value[names[0]])
    return 1


def _secret_like(value: Any) -> Any:
    if isinstance(value, dict):
        return {f"{SECRET} {name}": _secret_like(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_secret_like(inner) for inner in value]
    return SECRET

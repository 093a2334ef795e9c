"""Responses for declared types with every member set, generated from botocore's models."""

import pickle
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from typing import Any

from botocore import xform_name
from botocore.model import ListShape, MapShape, Shape, StructureShape

from cidb2.types.actions import calls_of
from cidb2.types.conditions import Condition, Conditional
from cidb2.types.declaration import Call, ListingCall, Lookup, ResourceType, ServiceTypes
from cidb2.types.models import batched_argument, output_of, paging_of, result_of
from cidb2.types.paths import EACH, ITSELF, at
from cidb2.types.secrets import ANYWHERE, secret_path
from tests.support.builders import ACCOUNT, REGION
from tests.support.declared import Reading
from tests.support.items import ARNS
from tests.support.synthetic import full_answer

SECRET = "hunter2-hunter2-hunter2"
Place = tuple[str | int, ...]


def answers_of(service: ServiceTypes, declared: ResourceType) -> dict[str, dict[str, Any]]:
    """Return a response for each operation that reads a type, by operation."""
    operations = [declared.listing.operation, *(call.operation for call in calls_of(declared))]
    answers = {each: _answer(service, declared, each) for each in operations}
    for each in service.types:
        if each.type == declared.listing.parent:
            operation = each.listing.operation
            answers[operation] = _answer(service, each, operation)
    return answers


def _answer(service: ServiceTypes, declared: ResourceType, operation: str) -> dict[str, Any]:
    client = service.client_of(declared.listing)
    values: dict[str, Any] = {}
    for path in {declared.id, declared.name, *service.arns[declared.type].paths} - {""}:
        values[path.rstrip("/:").rpartition(".")[2]] = "one"
    if "Path" in values:
        path = ARNS[declared.type].partition("/")[2].rpartition("/")[0]
        values["Path"] = f"/{path}/" if path else "/"
    if declared.owner:
        owner = Conditional.parse(declared.owner)
        values[owner.path.rpartition(".")[2]] = ACCOUNT
        values |= _met(owner.condition) if owner.condition else {}
    if declared.arn_member:
        arn = ARNS[declared.type].format(account=ACCOUNT, region=REGION, name="one")
        values[declared.arn_member.rpartition(".")[2]] = arn
    calls = [call for call in calls_of(declared) if isinstance(call, Call)]
    for condition in filter(None, [declared.where, *(call.when for call in calls)]):
        values = _met(Condition.parse(condition)) | values
    if declared.home:
        home = Conditional.parse(declared.home)
        values[home.path.rpartition(".")[2]] = REGION
        values |= _met(home.condition) if home.condition else {}
    for call in calls:
        if call.operation == operation and call.match:
            values[call.match] = _named(client, declared, call, values)
    if operation == declared.listing.operation and ITSELF in values:
        values[result_path(service, declared)] = [values[ITSELF]]  # names alone
    answer = full_answer(client, operation, values)
    paging = paging_of(client, operation)
    if paging:
        for path in [path for paths in paging.outputs for path in paths]:
            _around(path, answer).pop(path.rpartition(".")[2], None)
        if paging.flag:
            _around(paging.flag, answer)[paging.flag.rpartition(".")[2]] = False
    return answer


def _met(condition: Condition) -> dict[str, str]:
    """Return a member's value that satisfies a condition."""
    if not condition.values or condition.path.startswith("$"):
        return {}
    value = "other" if condition.is_not else min(condition.values).removesuffix("*")
    return {condition.path.rpartition(".")[2]: value}


def _around(path: str, answer: dict[str, Any]) -> dict[str, Any]:
    return at(path.rpartition(".")[0] or ITSELF, answer) or {}


def _named(client: str, declared: ResourceType, call: Call, values: Mapping[str, Any]) -> Any:
    """Return the entry that names a resource in a batch, in its listing's form."""
    path = call.by[batched_argument(client, call)]
    if path == "$arn":
        return ARNS[declared.type].format(account=ACCOUNT, region=REGION, name="one")
    return values[path.rstrip("/:").rpartition(".")[2]]


def reading_of(
    service: ServiceTypes, declared: ResourceType, answers: Mapping[str, Any]
) -> Reading:
    """Return a reading of a type, given responses by operation."""
    given = {xform_name(name): _each_time(answer) for name, answer in answers.items()}
    return Reading(service, declared.type, given)


def _each_time(answer: Any) -> Callable[..., Any]:
    packed = pickle.dumps(answer)  # five times as fast as deepcopy
    return lambda **_: pickle.loads(packed)


def members(value: Any, place: Place = ()) -> Iterator[Place]:
    """Yield the places of all members of a response; of lists, those of the first entry."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield (*place, name)
            yield from members(inner, (*place, name))
    elif isinstance(value, list) and value:
        yield from members(value[0], (*place, 0))


def thinned(value: Any) -> Any:
    """Return a response with one entry in each list, to make it smaller."""
    if isinstance(value, dict):
        return {name: thinned(inner) for name, inner in value.items()}
    return [thinned(inner) for inner in value[:1]] if isinstance(value, list) else value


def enclosing(answer: Any, place: Place) -> Any:
    """Return the structure that contains the member at a place."""
    for name in place[:-1]:
        answer = answer[name]
    return answer


def without(answer: Mapping[str, Any], *places: Place) -> dict[str, Any]:
    """Return a response without some members; none may be nested in another."""
    copy: dict[str, Any] = pickle.loads(pickle.dumps({**answer}))
    for place in places:
        del enclosing(copy, place)[place[-1]]
    return copy


def with_secrets(
    service: ServiceTypes, declared: ResourceType, answers: Mapping[str, Any]
) -> tuple[dict[str, Any], int]:
    """Return responses with a secret in each possible place, and the number of secrets."""
    planted = deepcopy({**answers})
    client = service.client_of(declared.listing)
    calls: list[tuple[Any, str, str]] = [
        (declared, declared.listing.operation, result_path(service, declared))
    ]
    for call in calls_of(declared):
        if call is declared.tags:
            continue
        taken = call.take if isinstance(call, Call) and call.batch == 1 else ""
        if isinstance(call, Lookup) or call.batch > 1:
            result = getattr(call, "result", "") or result_of(client, call.operation)
            taken = ".".join(filter(None, [result, call.take]))
        calls.append((call, call.operation, taken))
    for content, operation, taken in calls:
        _by_trait(output_of(client, operation), planted[operation])
        for path in content.keep:
            _restore(planted[operation], answers[operation], _names(taken, path))
        for text in content.secret:
            path, condition = secret_path(text)
            if path.startswith(ANYWHERE):
                _anywhere(planted[operation], path.removeprefix(ANYWHERE))
            else:
                _by_path(planted[operation], _names(taken, path), condition)
    return planted, repr(planted).count(SECRET)


def _names(taken: str, path: str) -> list[str]:
    return [*filter(None, [*taken.split("."), *path.split(".")])]


def _restore(value: Any, original: Any, names: list[str]) -> None:
    """Restore the members that are stored although their shape is sensitive."""
    if isinstance(value, list):
        for inner, former in zip(value, original, strict=True):
            _restore(inner, former, names)
    elif isinstance(value, dict) and names[0] in value:
        if names[1:]:
            _restore(value[names[0]], original[names[0]], names[1:])
        else:
            value[names[0]] = deepcopy(original[names[0]])


def result_path(service: ServiceTypes, declared: ResourceType) -> str:
    """Return the path of a type's entries in its listing's response."""
    call: ListingCall = declared.listing
    return declared.result or result_of(service.client_of(call), call.operation)


def _by_trait(shape: Shape, value: Any) -> None:
    """Replace all sensitive shapes by secrets."""
    for key, inner_shape in _inner(shape, value):
        if inner_shape.metadata.get("sensitive"):
            value[key] = _secret_like(value[key])
        else:
            _by_trait(inner_shape, value[key])


def _inner(shape: Shape, value: Any) -> Iterator[tuple[Any, Shape]]:
    if isinstance(shape, StructureShape):
        yield from ((name, shape.members[name]) for name in [*value])
    elif isinstance(shape, ListShape):
        yield from ((number, shape.member) for number in range(len(value)))
    elif isinstance(shape, MapShape):
        yield from ((name, shape.value) for name in [*value])


def _by_path(value: Any, names: list[str], condition: Condition | None) -> None:
    """Replace the values at a path by secrets, and satisfy its condition."""
    if isinstance(value, list):
        for inner in value:
            _by_path(inner, names, condition)
    elif isinstance(value, dict):
        for name in [name for name in value if names[0] in (name, EACH)]:
            if names[1:]:
                _by_path(value[name], names[1:], condition)
                continue
            value[name] = _secret_like(value[name])
            if condition:
                value[condition.path] = "other" if condition.is_not else min(condition.values)


def _anywhere(value: Any, name: str) -> None:
    """Replace all members with a name by secrets."""
    if isinstance(value, list):
        for inner in value:
            _anywhere(inner, name)
    elif isinstance(value, dict):
        for each in value:
            if each == name:
                value[name] = _secret_like(value[name])
            else:
                _anywhere(value[each], name)


def _secret_like(value: Any) -> Any:
    if isinstance(value, dict):
        return {f"{SECRET} {name}": _secret_like(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_secret_like(inner) for inner in value]
    return SECRET

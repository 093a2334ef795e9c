"""Checks the arguments and results of declared calls against botocore's models."""

from collections.abc import Callable
from typing import Any

from botocore.model import ListShape, Shape
from botocore.validate import ParamValidator

from cidb2.types.conditions import Condition
from cidb2.types.declaration import Call, ListingCall, Lookup, ResourceType, ServiceTypes
from cidb2.types.models import (
    ModelError,
    batched_argument,
    entries_of,
    inputs_of,
    operation_model,
    output_of,
    result_of,
    shape_at,
)
from cidb2.types.paths import ITSELF
from tests.support.declaration_faults import Fault
from tests.support.shapes import dummy_of, entry_shape, exactly_at

OF_RESOURCE = {"$arn", "$account", "$region"}


class CallChecker:
    """Checks the calls of one type of a service."""

    def __init__(self, service: ServiceTypes, declared: ResourceType) -> None:
        self._service = service
        self._client = service.client_of(declared.listing)
        self._type = declared
        self._found: list[Fault] = []

    def _try(self, part: str, text: str, check: Callable[..., Any], *arguments: Any) -> Any:
        """Return a check's result; record its failure for this part and text."""
        try:
            return check(*arguments)
        except (ModelError, AssertionError) as error:
            self._found.append(Fault(self._type.type, part, str(error), text))
            return None

    def _check_arguments(
        self, operation: str, arguments: dict[str, Any] | Any, by: Any, entry: Shape | None
    ) -> None:
        model = operation_model(self._client, operation).input_shape
        known = inputs_of(self._client, operation)
        for name in {**arguments, **by}:
            assert name in known, f"{operation} has no argument {name!r}"
        for path in by.values():
            if path not in OF_RESOURCE and entry is not None:
                self._resolve(path, entry)
        given = {**arguments, **{name: dummy_of(known[name]) for name in by}}
        if model is not None:
            report = ParamValidator().validate(given, model)
            assert not report.has_errors(), f"{operation}: {report.generate_report()}"

    def _parent(self) -> Shape | None:
        for each in self._service.types:
            if each.type == self._type.listing.parent:
                client = self._service.client_of(each.listing)
                assert client == self._client, f"{each.type} is listed by {client}"
                return entry_shape(client, each)
        return None

    def _resolve(self, path: str, entry: Shape) -> Shape | None:
        if path in OF_RESOURCE:
            return None
        if path.startswith("$parent."):
            parent = self._parent()
            assert parent, f"{path!r}: the type has no parent"
            path = path.removeprefix("$parent.")
            return None if path in OF_RESOURCE else shape_at(parent, path)
        if path.startswith("$listing."):
            asked = {**self._type.listing.arguments, **self._type.listing.by}
            assert path.removeprefix("$listing.") in asked, (
                f"{path!r}: the listing has no such argument"
            )
            return None
        if path.startswith("$described."):
            assert self._type.describe, f"{path!r}: the type has no `describe`"
            return shape_at(self._taken(self._type.describe), path.removeprefix("$described."))
        return shape_at(entry, path)

    def _taken(self, call: Call) -> Shape:
        answer = output_of(self._client, call.operation)
        return exactly_at(answer, call.take) if call.take else answer

    def _check_text(self, path: str, entry: Shape) -> None:
        shape = self._resolve(path, entry)
        is_text = shape is None or shape.type_name in {"string", "integer", "long"}
        assert is_text, f"{path!r} is a {shape and shape.type_name}"

    def _check_lookup(self, part: str, call: Lookup, entry: Shape) -> Shape | None:
        def resolve() -> Shape:
            self._check_arguments(call.operation, call.arguments, {}, None)
            shape = shape_at(
                output_of(self._client, call.operation), result_of(self._client, call.operation)
            )
            self._check_text(call.of, entry)
            self._check_text(call.match, shape)
            return shape_at(shape, call.take or ITSELF)

        shape: Shape | None = self._try(part, call.operation, resolve)
        return shape

    def _check_call(self, part: str, call: Call, entry: Shape) -> Shape | None:
        def resolve() -> Shape:
            named = self._part(call) if call.each else entry
            self._check_arguments(call.operation, call.arguments, call.by, named)
            answer: Shape = output_of(self._client, call.operation)
            if call.batch > 1:
                result = call.result or result_of(self._client, call.operation)
                answer = entries_of(exactly_at(answer, result))
                self._check_text(call.match, answer)
                argument = batched_argument(self._client, call)
                largest = inputs_of(self._client, call.operation)[argument].metadata.get("max")
                assert not largest or call.batch <= largest, f"at most {largest} in a batch"
            return exactly_at(answer, call.take) if call.take else answer

        if call.when:
            path = Condition.parse(call.when).path
            self._try(f"{part}.when", call.when, self._resolve, path, entry)
        self._check_codes(f"{part}.absent", call)
        shape: Shape | None = self._try(part, call.operation, resolve)
        return shape

    def _part(self, call: Call) -> Shape:
        """Return the shape of a call's parent, an entry of another field."""
        parts = self._type.fields[call.each]
        assert isinstance(parts, Call), f"{call.each} is no call"
        shape = self._taken(parts)
        assert isinstance(shape, ListShape), f"{call.each} is no list"
        return entries_of(shape)

    def _check_codes(self, part: str, call: Call | ListingCall) -> None:
        for code in call.absent:
            self._try(part, code, self._check_code, call, code)

    def _check_code(self, call: Call | ListingCall, text: str) -> None:
        code, _, _ = text.partition(" ")
        codes = {
            name
            for shape in operation_model(self._client, call.operation).error_shapes
            for name in (shape.name, shape.metadata.get("error", {}).get("code", shape.name))
        }
        assert not codes or code in codes, f"{call.operation} does not answer {code}"

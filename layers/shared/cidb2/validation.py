"""Validates input against its JSON Schema, with an error message that names the field.

Valid input is recognised by a function that fastjsonschema compiles from the schema. If that
rejects a document, jsonschema decides and produces the message. It is imported only then, because
its import is slow and its checks take a dozen times as long.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from importlib.resources import files
from threading import Lock
from typing import TYPE_CHECKING, Any

import fastjsonschema

from cidb2 import services
from cidb2.errors import InvalidInputError

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import ValidationError
    from referencing.jsonschema import Schema

_MAKING = Lock()
"""Held while a recogniser is compiled, so that other threads wait for it."""


def check(schema: str, document: Any, name: str, *, quoting: bool = True) -> None:
    """Raise InvalidInputError if `document`, called `name`, violates its schema.

    The message names the field, what is wrong, and what is allowed: the schema's `description`
    nearest to the field. Without `quoting` it quotes nothing of the document, which may be
    confidential.
    """
    with _MAKING:
        recognise = recogniser(schema)
    try:
        recognise(document)
    except fastjsonschema.JsonSchemaValueException:
        _explain(schema, document, name, quoting=quoting)


@cache
def recogniser(schema: str) -> Callable[[Any], Any]:
    """Return a function that raises JsonSchemaValueException for whatever `validator` rejects.

    It may also raise for documents that `validator` accepts, but not the other way round.
    """
    return fastjsonschema.compile(
        _load(schema), handlers={"": lambda _: services.SCHEMA}, use_default=False
    )


@cache
def validator(schema: str) -> "Draft202012Validator":
    """Return the validator of `schemas/<schema>.json`."""
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import ValidationError
    from jsonschema.validators import extend
    from referencing import Registry
    from referencing.jsonschema import DRAFT202012

    def pattern(checker: Any, wanted: str, found: Any, _: Any) -> Iterator[ValidationError]:
        """Match as ECMA-262, which JSON Schema refers to: `$` is not before a trailing newline."""
        if checker.is_type(found, "string") and not re.search(wanted.replace("$", r"\Z"), found):
            yield ValidationError(f"{found!r} does not match {wanted!r}")

    known: Registry[Schema] = Registry().with_resource(
        "services", DRAFT202012.create_resource(services.SCHEMA)
    )
    strict: Any = extend(Draft202012Validator, {"pattern": pattern})  # type: ignore[no-untyped-call]
    checker: Draft202012Validator = strict(_load(schema), registry=known)
    return checker


def _load(schema: str) -> Any:
    text = files("cidb2").joinpath("schemas", f"{schema}.json").read_text(encoding="utf-8")
    return json.loads(text)


def _explain(schema: str, document: Any, name: str, *, quoting: bool) -> None:
    from jsonschema.exceptions import relevance

    error = max(validator(schema).iter_errors(document), key=relevance, default=None)
    if error is not None:
        problem = error.message if quoting else f"breaks '{error.validator}' of its schema"
        path = list(error.absolute_path)
        field = _path(path if quoting else path[:1])
        raise InvalidInputError(field or name, problem + _allowed(error))


def _path(parts: Iterable[str | int]) -> str:
    path = ""
    for part in parts:
        path += f"[{part}]" if isinstance(part, int) else f".{part}"
    return path.removeprefix(".")


def _allowed(error: "ValidationError") -> str:
    allowed = error.schema.get("description") if isinstance(error.schema, dict) else None
    return f" (allowed: {allowed})" if allowed else ""

"""Checking what comes in against its JSON Schema, with one message that names the field."""

import json
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, relevance
from referencing import Registry
from referencing.jsonschema import DRAFT202012, Schema

from cidb2 import services
from cidb2.errors import InvalidInputError

_REGISTRY: Registry[Schema] = Registry().with_resource(
    "services", DRAFT202012.create_resource(services.SCHEMA)
)
"""What schemas refer to and code knows."""


@cache
def validator(schema: str) -> Draft202012Validator:
    """Return the validator of `schemas/<schema>.json`."""
    text = files("cidb2").joinpath("schemas", f"{schema}.json").read_text(encoding="utf-8")
    return Draft202012Validator(json.loads(text), registry=_REGISTRY)


def check(schema: str, document: Any, name: str, *, quoting: bool = True) -> None:
    """Raise InvalidInputError where `document`, called `name`, breaks its schema.

    The message says which field it is, what is wrong, and what is allowed: the `description`
    nearest to the field in the schema. Without `quoting` it repeats nothing of the document,
    for what must not reach a log.
    """
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


def _allowed(error: ValidationError) -> str:
    allowed = error.schema.get("description") if isinstance(error.schema, dict) else None
    return f" (allowed: {allowed})" if allowed else ""

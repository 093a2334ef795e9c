"""What a call told, made fit to be kept: without secrets, its policies as JSON."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any
from urllib.parse import unquote

from botocore.model import Shape

from cidb2.collecting.fields import document
from cidb2.types.declaration import Call, Lookup, ResourceType
from cidb2.types.models import output_of, result_of, shape_at
from cidb2.types.paths import ITSELF
from cidb2.types.secrets import Secrets
from cidb2.types.tagging import tags_member


class Content:
    """Treats the content of one call, as its declaration and AWS's model want it."""

    def __init__(self, declared: Call | Lookup | ResourceType, shape: Shape) -> None:
        self._secrets = Secrets(shape, declared.secret, declared.keep)
        self._documents = [path.split(".") for path in declared.documents]
        self.tags = tags_member(shape)

    def fit(self, value: Any, name: str, omitted: set[str]) -> Any:
        """Return a content as it is kept; `name` is the field's, for what is `omitted` of it."""
        kept = self._secrets.drop(value, name, omitted)
        for path in self._documents:
            kept = _with_documents(kept, [] if path == [ITSELF] else path)
        return kept


@cache
def content_of(client: str, declared: Call | Lookup | ResourceType) -> Content:
    """Return how to treat what a type's listing, or one of its calls, tells."""
    call = declared.listing if isinstance(declared, ResourceType) else declared
    shape: Shape = output_of(client, call.operation)
    if isinstance(declared, ResourceType):
        shape = shape_at(shape, declared.result or result_of(client, call.operation))
    elif isinstance(declared, Lookup):
        shape = shape_at(shape, result_of(client, call.operation))
    elif declared.batch > 1:
        shape = shape_at(shape, declared.result or result_of(client, call.operation))
    take = "" if isinstance(declared, ResourceType) else declared.take
    return Content(declared, shape_at(shape, take or ITSELF))


def _with_documents(value: Any, names: Sequence[str]) -> Any:
    if isinstance(value, list):
        return [_with_documents(inner, names) for inner in value]
    if not names:
        return document(_decoded(value)) if isinstance(value, str) else value
    if not isinstance(value, Mapping) or names[0] not in value:
        return value
    return {**value, names[0]: _with_documents(value[names[0]], names[1:])}


def _decoded(text: str) -> str:
    """Return a policy as it was before IAM URL-encoded it; no JSON begins with a percent sign."""
    return unquote(text) if text.startswith("%") else text

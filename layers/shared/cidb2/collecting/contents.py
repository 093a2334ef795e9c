"""What a call told, made fit to be kept: without secrets, its policies as JSON."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any
from urllib.parse import unquote_to_bytes

from botocore.model import Shape

from cidb2.collecting.fields import document
from cidb2.types.declaration import Call, Lookup, ResourceType
from cidb2.types.models import output_of, result_of, shape_at
from cidb2.types.paths import EACH, ITSELF
from cidb2.types.secrets import Secrets
from cidb2.types.tagging import tags_member

UNQUOTED_AT_ONCE = 4_096
"""Characters of a document that are decoded at once: up to 80 bytes each, per thread."""


class Content:
    """Treats the content of one call, as its declaration and AWS's model want it."""

    def __init__(self, declared: Call | Lookup | ResourceType, shape: Shape) -> None:
        self._secrets = Secrets(shape, declared.secret, declared.keep)
        self._documents = [path.split(".") for path in declared.documents]
        self.tags = tags_member(shape)

    def fit(self, value: Any, name: str, omitted: set[str]) -> Any:
        """Return content without secrets and with its documents as JSON.

        Adds the path of each secret, after the field's `name`, to `omitted`.
        """
        kept = self._secrets.drop(value, name, omitted)
        for path in self._documents:
            kept = _with_documents(kept, [] if path == [ITSELF] else path)
        return kept


@cache
def content_of(client: str, declared: Call | Lookup | ResourceType) -> Content:
    """Return how to treat what a type's listing, or one of its calls, tells."""
    call = declared.listing if isinstance(declared, ResourceType) else declared
    shape: Shape = output_of(client, call.operation)
    if not isinstance(declared, Call) or declared.batch > 1:
        result = "" if isinstance(declared, Lookup) else declared.result
        shape = shape_at(shape, result or result_of(client, call.operation))
    take = "" if isinstance(declared, ResourceType) else declared.take
    return Content(declared, shape_at(shape, take or ITSELF))


def _with_documents(value: Any, names: Sequence[str]) -> Any:
    if isinstance(value, list):
        return [_with_documents(inner, names) for inner in value]
    if not names:
        return document(_decoded(value)) if isinstance(value, str) else value
    if not isinstance(value, Mapping):
        return value
    return {
        name: _with_documents(inner, names[1:]) if names[0] in (name, EACH) else inner
        for name, inner in value.items()
    }


def _decoded(text: str) -> str:
    """Return a policy as it was before IAM URL-encoded it, or API Gateway escaped its quotes.

    No JSON begins with a percent sign, or has a backslash outside of a text.
    """
    if text.startswith("%"):
        return _unquoted(text)
    return text.replace('\\"', '"').replace("\\\\", "\\") if text.startswith('{\\"') else text


def _unquoted(text: str) -> str:
    """Decode a URL-encoded text, in a thirtieth of the memory of `urllib.parse.unquote`."""
    decoded, start = bytearray(), 0
    while start < len(text):
        end = start + UNQUOTED_AT_ONCE
        escape = text.rfind("%", end - 2, end)  # one that would be cut off
        end = escape if escape > start else end
        decoded += unquote_to_bytes(text[start:end])
        start = end
    return decoded.decode(errors="replace")

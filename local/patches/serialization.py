"""Speeds up the serialization of moto 5.2.5's responses, half of its time. Responses do not change.

moto looks up each member of a shape under several names, and builds XML from SAX events.
"""

from collections.abc import Callable, Iterator
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import xmltodict
from moto.core import serialize
from moto.core.serialize import (
    AttributePicker,
    AttributePickerContext,
    ResponseSerializer,
)
from moto.core.utils import get_value

from local.patches.replacement import Replacement

Write = Callable[[str], Any]

ATTRIBUTE, TEXT = "@", "#text"
DECLARATION = '<?xml version="1.0" encoding="utf-8"?>\n'
MOTOS_OPTIONS = {"full_document", "pretty", "short_empty_elements"}

_picked: Any = ResponseSerializer.get_value
_keys: dict[tuple[type, type, Any, str], tuple[str, ...]] = {}
_unparse: Any = xmltodict.unparse
_missing = object()
_valid_names: set[str] = set()


def replacements() -> Iterator[Replacement]:
    """Yield the replacements, in the form that `local/patches` applies."""
    yield ResponseSerializer, "get_value", _member
    yield serialize, "xmltodict", FasterXml


def _member(self: Any, obj: Any, key: str, shape: Any) -> Any:
    """Members of a response: the names to try are the same for all objects of a class."""
    picker = self._value_picker
    if not isinstance(picker, AttributePicker):
        return _picked(self, obj, key, shape)
    about = (type(picker), type(obj), shape, key)
    names = _keys.get(about)
    if names is None:
        context = AttributePickerContext(
            obj, key, shape, self.operation_model, self.operation_model.service_model
        )
        names = _keys[about] = tuple(dict.fromkeys(picker.get_possible_keys(context)))
    value = _first_of(obj, names)
    if picker.response_transformers:
        path = ".".join((*self.path, key))
        for suffix, transform in picker.response_transformers.items():
            if path.endswith(suffix):
                return transform(value)
    return value


def _first_of(obj: Any, names: tuple[str, ...]) -> Any:
    if type(obj) is dict:
        for name in names:
            if name in obj:
                return obj[name]
        return None
    for name in names:
        value = get_value(obj, name, _missing)
        if value is not _missing:
            return value
    return None


class FasterXml:
    """xmltodict, with an `unparse` that writes text at once."""

    @staticmethod
    def unparse(document: dict[str, Any], **options: Any) -> str:
        """Return a document as xmltodict does; any but moto's options are left to xmltodict."""
        if options.get("pretty") or options.keys() - MOTOS_OPTIONS:
            text: str = _unparse(document, **options)
            return text
        parts = [DECLARATION] if options["full_document"] else []
        [[root, value]] = document.items()
        _write(parts.append, root, value, short=options["short_empty_elements"])
        return "".join(parts)


def _write(write: Write, name: str, values: Any, *, short: bool) -> None:
    """Write an element, once for each value of a list."""
    if name not in _valid_names:
        xmltodict._validate_name(name, "element")
        _valid_names.add(name)
    for value in values if _is_many(values) else (values,):
        if isinstance(value, dict):
            _write_structure(write, name, value, short=short)
            continue
        text = "" if value is None else _text(value)
        write(f"<{name}>{text}</{name}>" if text or not short else f"<{name}/>")


def _is_many(value: Any) -> bool:
    return not isinstance(value, str | dict | bytes) and hasattr(value, "__iter__")


def _write_structure(write: Write, name: str, members: dict[str, Any], *, short: bool) -> None:
    attributes = [
        f" {key[1:]}={quoteattr('' if value is None else str(value))}"
        for key, value in members.items()
        if key[:1] == ATTRIBUTE
    ]
    parts: list[str] = []
    for key, value in members.items():
        if key != TEXT and key[:1] != ATTRIBUTE:
            _write(parts.append, key, value, short=short)
    if members.get(TEXT) is not None:
        parts.append(_text(members[TEXT]))
    inner, start = "".join(parts), f"<{name}{''.join(attributes)}"
    write(f"{start}>{inner}</{name}>" if inner or not short else f"{start}/>")


def _text(value: Any) -> str:
    if isinstance(value, str):
        return escape(value)
    text: str = xmltodict._convert_value_to_string(value)
    return escape(text)

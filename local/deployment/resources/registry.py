"""Registry of resource handlers, and their common helpers."""

from collections.abc import Callable
from typing import Any

from local.deployment.stack import Create, Handler, Properties

HANDLERS: dict[str, Handler] = {}


def resource(resource_type: str, properties: str) -> Callable[[Create], Create]:
    """Register the decorated function as a type's handler; `properties` lists all it supports."""

    def register(create: Create) -> Create:
        HANDLERS[resource_type] = Handler(frozenset(properties.split()), create)
        return create

    return register


def only(properties: Properties, names: str) -> Properties:
    """Return the named properties that are present."""
    return {name: properties[name] for name in names.split() if name in properties}


def is_true(value: Any) -> bool:
    """Return a boolean property, which templates may also write as a string."""
    return str(value).lower() == "true"


def tag_map(properties: Properties) -> dict[str, str]:
    """Return the tags as a dict, from the template's list or map."""
    tags: Any = properties.get("Tags", {})
    return tags if isinstance(tags, dict) else {tag["Key"]: tag["Value"] for tag in tags}


def tag_list(
    properties: Properties, key: str = "Key", value: str = "Value"
) -> list[dict[str, str]]:
    """Return the tags as a list of pairs, with the service's key and value names."""
    return [{key: name, value: text} for name, text in tag_map(properties).items()]

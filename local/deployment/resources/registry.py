"""How resource handlers register themselves, and what they have in common."""

from collections.abc import Callable
from typing import Any

from local.deployment.stack import Create, Handler, Properties

HANDLERS: dict[str, Handler] = {}


def resource(resource_type: str, properties: str) -> Callable[[Create], Create]:
    """Register the decorated function as what creates a type; `properties` names all it knows."""

    def register(create: Create) -> Create:
        HANDLERS[resource_type] = Handler(frozenset(properties.split()), create)
        return create

    return register


def only(properties: Properties, names: str) -> Properties:
    """Return the named properties that are there."""
    return {name: properties[name] for name in names.split() if name in properties}


def is_true(value: Any) -> bool:
    """Return a boolean property, which templates may write as text too."""
    return str(value).lower() == "true"


def tag_map(properties: Properties) -> dict[str, str]:
    """Return the tags as a map, from the template's list or map."""
    tags: Any = properties.get("Tags", {})
    return tags if isinstance(tags, dict) else {tag["Key"]: tag["Value"] for tag in tags}


def tag_list(
    properties: Properties, key: str = "Key", value: str = "Value"
) -> list[dict[str, str]]:
    """Return the tags as a list of pairs, in the names that the service gives them."""
    return [{key: name, value: text} for name, text in tag_map(properties).items()]

"""How resource handlers register themselves, and what they have in common."""

from collections.abc import Callable
from typing import Any

from local.stack import Created, Deployment, Handler, Properties, StackResource

Create = Callable[[Deployment, Properties], Created]
Delete = Callable[[Deployment, StackResource], None]
Change = Callable[[Deployment, StackResource, Properties], object]

HANDLERS: dict[str, Handler] = {}


def resource(
    resource_type: str,
    properties: str,
    delete: Delete,
    *,
    changeable: str = "",
    change: Change | None = None,
) -> Callable[[Create], Create]:
    """Register the decorated function as what creates a type; `properties` names all it knows.

    `change` changes in place those named in `changeable`; without it, creating again does.
    """

    def register(create: Create) -> Create:
        def create_again(deployment: Deployment, _: StackResource, new: Properties) -> None:
            create(deployment, new)

        HANDLERS[resource_type] = Handler(
            frozenset(properties.split()),
            create,
            delete,
            frozenset(changeable.split()),
            change or create_again,
        )
        return create

    return register


def nothing(_: Deployment, __: StackResource) -> None:
    """Delete nothing: the resource goes with the one that it belongs to."""


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

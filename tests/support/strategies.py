"""What hypothesis draws: JSON as AWS may answer it."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from hypothesis import strategies as st

from tests.support.builders import a_resource

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
"""Any Unicode but lone surrogates, which no AWS answer can carry."""

scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, width=32) | texts

json_values: st.SearchStrategy[Any] = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)

json_objects = st.dictionaries(texts, json_values, max_size=5)

resources = st.builds(
    a_resource,
    configuration=st.none() | json_objects,
    supplementary=json_objects,
    tags=st.none() | st.dictionaries(texts, texts, max_size=3),
    resource_name=st.none() | texts,
    unreadable=st.dictionaries(texts, texts, max_size=2),
)
"""Keys of which AWS says anything at all."""


def places(document: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every place inside a document, as a container and a key or position."""
    pairs: list[Any] = []
    if isinstance(document, dict):
        pairs = [*document.items()]
    elif isinstance(document, list):
        pairs = [*enumerate(document)]
    for key, inner in pairs:
        yield document, key
        yield from places(inner)


@st.composite
def damaged(draw: st.DrawFn, sound: Any, replacements: st.SearchStrategy[Any] = json_values) -> Any:
    """Draw a sound document with one to three of its places removed, replaced or added to."""
    document = deepcopy(sound)
    for _ in range(draw(st.integers(1, 3))):
        found = [*places(document)]
        if not found:
            break
        container, key = draw(st.sampled_from(found))
        match draw(st.sampled_from(["remove", "replace", "add"])):
            case "remove":
                del container[key]
            case "replace":
                container[key] = draw(replacements)
            case _ if isinstance(container, dict):
                container[draw(st.text(max_size=8))] = draw(replacements)
            case _:
                container.append(draw(replacements))
    return document

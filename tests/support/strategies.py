"""hypothesis strategies for JSON in AWS's responses."""

import json
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from hypothesis import strategies as st

from tests.support.builders import a_resource

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
"""Any Unicode except lone surrogates, which UTF-8 cannot encode."""

numbers = st.integers() | st.floats(allow_nan=False, allow_infinity=False, width=32)
scalars = st.none() | st.booleans() | numbers | texts

json_values: st.SearchStrategy[Any] = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)

json_objects = st.dictionaries(texts, json_values, max_size=5)

any_texts = texts | st.text(st.characters(categories=["Cs", "Cc"]), max_size=3)
"""Texts as JSON can escape them, including lone surrogates and control characters."""

any_json = json_values | st.recursive(
    any_texts, lambda inner: st.lists(inner, max_size=2), max_leaves=3
)


@st.composite
def policies(draw: st.DrawFn) -> str:
    """Draw the text of a policy in an account: valid, unusual, deeply nested, or invalid JSON."""
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": ["*"]},
        "Action": ["*"],
        "Resource": "*",
        "Condition": {"StringEquals": {"lambda:FunctionUrlAuthType": "NONE"}},
    }
    odd = any_json | st.floats() | st.integers(10**18, 10**30).map(lambda n: n**9)
    document = draw(damaged({"Statement": [statement]}, odd) | odd)
    text = json.dumps(document)
    depth = draw(st.just(0) | st.sampled_from((90, 99, 100, 101, 480, 500, 990, 1_000, 5_000)))
    opening, closing = draw(st.sampled_from([("[", "]"), ('{"Statement":', "}")]))
    return draw(st.just(opening * depth + text + closing * depth) | st.text(max_size=10))


resources = st.builds(
    a_resource,
    configuration=st.none() | json_objects,
    supplementary=json_objects,
    tags=st.none() | st.dictionaries(texts, texts, max_size=3),
    resource_name=st.none() | texts,
    unreadable=st.dictionaries(texts, texts, max_size=2),
)
"""Keys with arbitrary responses from AWS."""


def places(document: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every place in a document, as a container and its key or index."""
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
    """Draw a valid document with one to three changes: values removed, replaced or added."""
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

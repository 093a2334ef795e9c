"""What hypothesis draws: JSON as AWS may answer it."""

from typing import Any

from hypothesis import strategies as st

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
"""Any Unicode but lone surrogates, which no AWS answer can carry."""

scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, width=32) | texts

json_values: st.SearchStrategy[Any] = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)

json_objects = st.dictionaries(texts, json_values, max_size=5)

"""Responses of the embedded AWS are written faster than by moto, with the same result."""

from typing import Any

import pytest
import xmltodict
from hypothesis import given
from hypothesis import strategies as st

from local.patches.serialization import FasterXml

NAMES = st.sampled_from(["Name", "tagSet", "item", "ns:Id"])
SCALARS = st.none() | st.booleans() | st.integers() | st.text() | st.binary()
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(NAMES, inner, max_size=3)
        | st.tuples(st.text(), inner).map(lambda two: {"@xmlns": two[0], "item": two[1]})
        | st.text().map(lambda text: {"@kind": None, "#text": text})
    ),
    max_leaves=12,
)


@given(value=st.dictionaries(NAMES, VALUES) | SCALARS, full=st.booleans(), short=st.booleans())
def test_a_document_is_written_as_by_xmltodict(value: Any, *, full: bool, short: bool) -> None:
    document = {"Response": value}
    options = {"full_document": full, "short_empty_elements": short, "pretty": False}
    assert FasterXml.unparse(document, **options) == xmltodict.unparse(document, **options)


@pytest.mark.parametrize("name", ["a b", "a<b", "!a", 'a"b'])
def test_names_that_would_break_a_document_are_refused_as_by_xmltodict(name: str) -> None:
    options = {"full_document": True, "short_empty_elements": True, "pretty": False}
    for unparse in (FasterXml.unparse, xmltodict.unparse):
        with pytest.raises(ValueError, match="Invalid element name"):
            unparse({"Response": {name: "text"}}, **options)

"""The replacement of a part of moto or botocore."""

from collections.abc import Iterable
from contextlib import ExitStack
from typing import Any
from unittest import mock

Replacement = tuple[Any, str, Any]
"""The owner, the name that it has for what is replaced, and what takes its place."""


def put_in_place(replacements: Iterable[Replacement], until: ExitStack) -> None:
    """Replace one after the other, each in sight of those before it, until a stack is closed."""
    for owner, name, replacement in replacements:
        until.enter_context(mock.patch.object(owner, name, replacement, create=True))

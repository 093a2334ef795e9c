"""Replaces a part of moto or botocore."""

from collections.abc import Iterable
from contextlib import ExitStack
from typing import Any
from unittest import mock

Replacement = tuple[Any, str, Any]
"""The owner, the attribute's name, and its new value."""


def put_in_place(replacements: Iterable[Replacement], until: ExitStack) -> None:
    """Apply the replacements in order until the stack is closed; each sees the earlier ones."""
    for owner, name, replacement in replacements:
        until.enter_context(mock.patch.object(owner, name, replacement, create=True))

"""A scope has one text, and comes back from it."""

import pytest

from cidb2.scope import GLOBAL, Scope


def test_a_scope_reads_account_service_region_and_comes_back() -> None:
    scope = Scope("234567890123", "iam", GLOBAL)
    assert str(scope) == "234567890123/iam/global"
    assert Scope.parse(str(scope)) == scope


@pytest.mark.parametrize("text", ["", "234567890123/iam", "a/b/c/d"])
def test_what_has_not_three_parts_is_no_scope(text: str) -> None:
    with pytest.raises(ValueError, match="unpack"):
        Scope.parse(text)

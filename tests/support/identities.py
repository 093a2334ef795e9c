"""Pages of GetAccountAuthorizationDetails: all four lists are on each, empty or not."""

from typing import Any

_LISTS = ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")


def identities(**lists: list[dict[str, Any]]) -> dict[str, Any]:
    """Return a page with only these identities."""
    return {name: lists.get(name, []) for name in _LISTS}

"""Judges whom the policy of a resource lets in."""

import re
from collections.abc import Collection, Mapping
from functools import partial
from typing import Any

from cidb2.items.findings.content import any_entry, listed
from cidb2.items.findings.verdicts import Verdict, and_, not_

_EVERYBODY = "*"
_ALL = frozenset({"*", "0.0.0.0/0", "::/0"})
"""Values that every caller has; one of them in a list is enough."""
_ASKS_NOT_WHO = frozenset({"aws:securetransport"})
"""Condition keys, in lower case, that everybody can satisfy."""

_LETS_OTHERS_IN = re.compile(r"forallvalues:.*|.*not.*|.*ifexists|null", re.IGNORECASE)
"""Operators that a caller without the key, or with any other value, satisfies (IAM User Guide, 'IAM
JSON policy elements: Condition operators')."""


def lets_everybody_in(document: Mapping[str, Any], keys: Collection[str] = frozenset()) -> Verdict:
    """Tell whether a statement of a policy allows anything to everybody.

    A condition that only some callers can satisfy makes it a statement for those. `keys` are
    further condition keys, in lower case, that everybody can satisfy.
    """
    vain = _ASKS_NOT_WHO.union(keys)
    return any_entry(partial(_is_for_everybody, vain=vain), document.get("Statement", []))


def _is_for_everybody(statement: Any, vain: Collection[str]) -> Verdict:
    if not isinstance(statement, Mapping):
        return None
    return and_(
        statement.get("Effect") == "Allow",
        "NotPrincipal" in statement or _names_everybody(statement.get("Principal", [])),
        not_(_asks_who(statement.get("Condition", {}), vain)),
    )


def _names_everybody(principal: Any) -> Verdict:
    who = principal.get("AWS", []) if isinstance(principal, Mapping) else principal
    return any_entry(lambda one: one == _EVERYBODY if isinstance(one, str) else None, who)


def _asks_who(condition: Any, vain: Collection[str]) -> Verdict:
    """Tell whether a condition excludes anybody; all its tests have to be satisfied."""
    tests = condition.items() if isinstance(condition, Mapping) else [("", None)]
    return any_entry(partial(_excludes, vain=vain), [*tests])


def _excludes(test: tuple[str, Any], vain: Collection[str]) -> Verdict:
    operator, wanted = test
    if not isinstance(wanted, Mapping):
        return None
    return not _LETS_OTHERS_IN.fullmatch(operator) and any(
        key.lower() not in vain and not _ALL.intersection(_texts(values))
        for key, values in wanted.items()
    )


def _texts(values: Any) -> Collection[str]:
    return [one for one in listed(values) if isinstance(one, str)]

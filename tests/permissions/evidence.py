"""Why each action of each statement is there: the runs and pages that ask for it, on file.

The page docs/iam-permissions.md is made from this file and the templates.
"""

from collections.abc import Iterable
from pathlib import Path

from tests.permissions.judging import Outcome
from tests.permissions.policies import is_given

RECORD = Path(__file__).with_name("evidence.txt")
HEAD = (
    "# policy | statement | action | who asks: written by CIDB2_RECORD=1 pytest tests/permissions\n"
)

BY_CHANCE = {"apigateway:GET": "every read"}
"""Actions of several operations that threads call at once: which came first is chance."""


def lines(outcomes: Iterable[Outcome]) -> list[str]:
    """Return a line for each action of each statement and each that asks for it."""
    found = set()
    for outcome in outcomes:
        for (policy, statement, action, _), request in outcome.used:
            if policy.startswith("{") or is_given(policy) or not request.allowed:
                continue
            if request.session and policy == "DataKey":
                continue  # which key of an account was asked about first, is chance
            operation = BY_CHANCE.get(action, request.operation)
            asked = operation and f"{operation}, {request.source}"
            found.add(f"{policy} | {statement} | {action} | {asked or request.source}")
    return sorted(line for line in found if not line.endswith("| "))


def record(outcomes: Iterable[Outcome]) -> None:
    RECORD.write_text(HEAD + "".join(f"{line}\n" for line in lines(outcomes)))


def recorded() -> list[str]:
    """Return the lines on file."""
    return RECORD.read_text().splitlines()[1:]

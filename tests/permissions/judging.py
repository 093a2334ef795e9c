"""Judges requests by policies with an evaluator that is not this project's, and finds leftovers.

The evaluator is @cloud-copilot/iam-simulate, run by `tools/policy-simulator/simulate.mjs`. It also
refuses actions that AWS does not know and resources that do not fit them.
"""

import json
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tests.permissions.policies import Document, Policies, is_given
from tests.permissions.requests import Request
from tests.support.template import ROOT

NODE = ROOT / ".venv" / "bin" / "node"
SIMULATOR = ROOT / "tools" / "policy-simulator" / "simulate.mjs"
LONGEST_SECONDS = 300
STAND_IN = {"kms:EncryptionContext:aws:logs:arn": "aws:SourceArn"}
"""A condition key that the evaluator drops, as no key of the action's, and one like it."""

Part = tuple[str, str, str, str]
"""Policy, statement, action and resource; the resource is empty where a policy states none."""


@dataclass(frozen=True)
class Mutant:
    """A policy with one thing changed; `change` says what."""

    policy: str
    document: Document
    change: str


@dataclass(frozen=True)
class Outcome:
    """What the check says of one set of policies: wrong verdicts, and what nobody used."""

    wrong: list[str]
    unused: set[Part]
    used: tuple[tuple[Part, Request], ...] = ()

    @property
    def fails(self) -> bool:
        return bool(self.wrong or self.unused)


def judge(
    policies: Policies, requests: Sequence[Request], mutants: Sequence[Mutant] = ()
) -> tuple[Outcome, list[Outcome]]:
    """Return what the check says of the policies, and of each mutant in place of its policy."""
    told = [_told(one, policies) for one in requests]
    sessions = {one.session: json.loads(one.session) for one in requests if one.session}
    documents = policies.documents | sessions
    asked = {
        "policies": documents,
        "requests": told,
        "mutants": [{"policy": one.policy, "document": one.document} for one in mutants],
    }
    done = subprocess.run(
        [NODE, SIMULATOR],
        input=_with_stand_ins(json.dumps(asked)),
        capture_output=True,
        text=True,
        timeout=LONGEST_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    return (
        _outcome(documents, requests, answer["requests"]),
        [
            _mutated(one, requests, found)
            for one, found in zip(mutants, answer["mutants"], strict=True)
        ],
    )


def _with_stand_ins(text: str) -> str:
    for key, other in STAND_IN.items():
        text = text.replace(key, other)
    return text


def _told(request: Request, policies: Policies) -> dict[str, Any]:
    principal, context = request.principal, dict(request.context)
    if principal.startswith("arn:"):  # a session of the role
        context["aws:PrincipalArn"] = principal
        role = principal.rpartition("/")[2]
        principal = f"arn:aws:sts::{principal.split(':')[4]}:assumed-role/{role}/session"
    return {
        "principal": principal,
        "action": request.action,
        "resource": request.resource,
        "account": request.account,
        "context": context,
        "allowed": request.allowed,
        **policies.judging(request),
    }


def _outcome(
    documents: dict[str, Document], requests: Sequence[Request], verdicts: list[dict[str, Any]]
) -> Outcome:
    wrong: list[str] = []
    used: list[tuple[Part, Request]] = []
    for request, verdict in zip(requests, verdicts, strict=True):
        if verdict["error"]:
            wrong.append(f"{request}: {verdict['error']}")
        elif verdict["allowed"] != request.allowed:
            wrong.append(str(request))
        used += [(tuple(part), request) for part in verdict["used"]]
    stated = {part for name in documents for part in parts(name, documents)}
    return Outcome(wrong, stated - {part for part, _ in used}, tuple(used))


def _mutated(mutant: Mutant, requests: Sequence[Request], found: dict[str, Any]) -> Outcome:
    wrong = [] if found["failed"] is None else [str(requests[found["failed"]])]
    stated = {*parts(mutant.policy, {mutant.policy: mutant.document})}
    # What was left to judge after the first wrong verdict, nobody judged.
    unused = set() if wrong else stated - set(map(tuple, found["used"]))
    return Outcome(wrong, unused)


def parts(name: str, documents: dict[str, Document]) -> Iterator[Part]:
    """Yield every action on every resource that a policy states."""
    if is_given(name):
        return
    for number, statement in enumerate(documents[name]["Statement"], start=1):
        for action in as_list(statement["Action"]):
            for resource in as_list(statement.get("Resource", "")):
                yield name, statement.get("Sid", str(number)), action, resource


def as_list(value: Any) -> list[Any]:
    """Return what a policy states as a list, though it be one."""
    return value if isinstance(value, list) else [value]

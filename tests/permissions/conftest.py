"""What the permission tests share: one embedded AWS, its recording, and the policies in it."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import pytest

from tests.permissions.policies import Policies
from tests.permissions.recording import Recording, recording
from tests.permissions.refusals import refusals
from tests.permissions.requests import Request, shape
from tests.permissions.rules import Rules
from tests.support.world import World

ELSEWHERE = "210987654321"
"""Where the organisation's role is in earnest; the embedded AWS has all in the hub's account."""


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print how many mutations of policies were tried, and how many caught."""
    tried, caught = Counter[str](), Counter[str]()
    for outcome in ("passed", "failed"):
        for report in terminalreporter.getreports(outcome):
            if report.when == "call" and report.nodeid.startswith("tests/permissions/"):
                for change, (number, found) in report.user_properties:
                    tried[change] += number
                    caught[change] += found
    if not tried:
        return
    terminalreporter.section("policies with one thing changed: caught / tried")
    for change, number in tried.items():
        terminalreporter.line(f"{change}: {caught[change]} / {number}")
    terminalreporter.line(f"all: {caught.total()} / {tried.total()}")


@dataclass(frozen=True)
class Evidence:
    """Policies, and the requests that they are judged by."""

    policies: Policies
    requests: tuple[Request, ...]


@pytest.fixture(scope="module")
def recorded() -> Iterator[tuple[World, Recording]]:
    with recording() as made:
        yield made


@pytest.fixture(scope="module")
def hub(recorded: tuple[World, Recording]) -> Evidence:
    """The hub's stack and the role in a member account, by what three runs and AWS ask."""
    _, found = recorded
    policies = Policies()
    for stack in (found.stack, *found.members):
        policies.add(stack)
    seen = [*found.requests, *_in_wider_sessions(found.requests)]
    needed = _distinct(found, [*seen, *Rules(found.stack).derive(seen)])
    return Evidence(policies, (*needed, *dict.fromkeys(refusals(needed, found.stack, policies))))


@pytest.fixture(scope="module")
def organization(recorded: tuple[World, Recording]) -> Evidence:
    """What differs where the organisation is read by a role."""
    _, found = recorded
    policies = Policies()
    policies.add(found.second, only=("InitializerRole/InitializerOrganizationsRolePolicy",))
    policies.add(found.organization)
    needed = [
        replace(one, account=ELSEWHERE) if one.action == "sts:AssumeRole" else one
        for one in dict.fromkeys(found.asked_by_second)
        if one.action.startswith(("sts:", "organizations:"))
    ]
    return Evidence(policies, (*needed, *refusals(needed, found.second, policies)))


def _in_wider_sessions(requests: Iterable[Request]) -> Iterator[Request]:
    """Yield what is asked in sessions without Organizations as it is asked where they have it.

    Of most types, only the first member account has any; the hub alone reads the organisation.
    """
    sessions = {one.session for one in requests if one.session}
    actions = {one: {*json.loads(one)["Statement"][0]["Action"]} for one in sessions}
    of_others = {
        frozenset(each for each in actions[one] if not each.startswith("organizations:")): one
        for one in sessions
        if any(each.startswith("organizations:") for each in actions[one])
    }
    for one in requests:
        if one.session and (wider := of_others.get(frozenset(actions[one.session]))):
            yield replace(one, session=wider)


def _distinct(found: Recording, requests: list[Request]) -> list[Request]:
    """Return one request of each kind: the same but for names that differ from run to run."""
    kinds: dict[Request, Request] = {}
    for one in requests:
        own = () if one.session else (found.stack, *found.members)
        resource = shape(one.resource, *own)
        page = "" if one.operation else one.source
        kinds.setdefault(replace(one, resource=resource, source=page, operation=""), one)
    return [*kinds.values()]

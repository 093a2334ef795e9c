"""Least privilege, proved: every action used is allowed, everything allowed is used.

By what runs ask of AWS on the embedded AWS, and what AWS asks by itself, in the judgement of an
evaluator that is not this project's.
"""

import os
from collections import Counter
from collections.abc import Callable

import pytest

from tests.permissions.conftest import Evidence
from tests.permissions.evidence import lines, record, recorded
from tests.permissions.judging import judge
from tests.permissions.mutations import mutants

every_stack = pytest.mark.parametrize("which", ["hub", "organization"])


@every_stack
def test_what_is_asked_is_allowed_what_is_allowed_is_asked_and_nothing_beside_it(
    which: str, request: pytest.FixtureRequest
) -> None:
    evidence: Evidence = request.getfixturevalue(which)
    outcome, _ = judge(evidence.policies, evidence.requests)
    assert outcome.wrong == []
    assert outcome.unused == set()
    assert sum(one.allowed for one in evidence.requests) > 3


@every_stack
def test_no_policy_can_be_changed_without_being_caught(
    which: str,
    request: pytest.FixtureRequest,
    record_property: Callable[[str, object], None],
) -> None:
    evidence: Evidence = request.getfixturevalue(which)
    tried = [*mutants(evidence.policies, evidence.requests)]
    _, outcomes = judge(evidence.policies, evidence.requests, tried)
    survivors = [
        (one.policy, one.change)
        for one, outcome in zip(tried, outcomes, strict=True)
        if not outcome.fails
    ]
    for change, number in Counter(one.change for one in tried).items():
        caught = number - sum(each == change for _, each in survivors)
        record_property(change, (number, caught))
    assert survivors == []


def test_the_evidence_on_file_is_what_was_found(hub: Evidence, organization: Evidence) -> None:
    outcomes = [judge(one.policies, one.requests)[0] for one in (hub, organization)]
    if "CIDB2_RECORD" in os.environ:
        record(outcomes)
    assert lines(outcomes) == recorded(), "run it with CIDB2_RECORD=1, then make docs"

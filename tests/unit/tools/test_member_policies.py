"""The policies of the collector role, written from the declarations, within IAM's limits."""

from itertools import chain
from pathlib import Path

import pytest

from cidb2.aws.sts import session_policy
from cidb2.collecting.service import session_actions
from cidb2.services import COLLECTORS, SERVICES
from tests.support.template import MEMBER_TEMPLATE, parsed
from tools.member_policies import (
    INLINE_CHARACTERS,
    MANAGED_CHARACTERS,
    MANAGED_POLICIES,
    Statement,
    characters,
    split,
    statements,
    with_policies,
)
from tools.services import collector, declared

SESSION_POLICY_CHARACTERS = 2_048
"""https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html"""

MANY = [
    Statement(f"service{number}", [f"service{number}:Describe{'X' * 500}"] * 3, f"Reason {number}.")
    for number in range(20)
]
"""More than an inline policy takes."""


def test_the_template_has_the_policies_of_the_declarations() -> None:
    template = MEMBER_TEMPLATE.read_text("utf-8")
    assert template == with_policies(template, split(statements())), "make docs"


def test_the_role_allows_exactly_what_the_collectors_need() -> None:
    allowed = [*chain.from_iterable(each.actions for each in statements())]
    assert sorted(allowed) == sorted({*chain(*(declared(each).actions for each in SERVICES))})
    for each in statements():
        assert {action.partition(":")[0] for action in each.actions} == {each.service}


def test_the_policies_fit_into_the_limits_of_a_role() -> None:
    inline, *managed = split(statements())
    assert characters(inline) <= INLINE_CHARACTERS
    assert all(characters(each) <= MANAGED_CHARACTERS for each in managed)
    assert len(managed) <= MANAGED_POLICIES


@pytest.mark.parametrize("name", COLLECTORS)
def test_the_actions_of_a_collector_fit_into_a_session_policy(name: str) -> None:
    actions = session_actions(collector(name).services)
    assert len(session_policy(actions)) <= SESSION_POLICY_CHARACTERS


def test_what_the_inline_policy_has_no_space_for_goes_into_managed_policies() -> None:
    inline, *managed = split(MANY)
    assert [*chain(inline, *managed)] == MANY
    assert INLINE_CHARACTERS - 2_000 < characters(inline) <= INLINE_CHARACTERS
    assert [characters(each) <= MANAGED_CHARACTERS for each in managed] == [True] * len(managed)
    assert len(managed) > 1


def test_managed_policies_are_resources_of_their_own_and_go_when_they_are_not_needed(
    tmp_path: Path,
) -> None:
    template = MEMBER_TEMPLATE.read_text("utf-8")
    inline, *managed = split(MANY)
    large = with_policies(template, [inline, *managed])
    (tmp_path / "large.yaml").write_text(large, "utf-8")
    resources = parsed(tmp_path / "large.yaml")["Resources"]
    assert len(resources) == 1 + len(managed)
    for number, policy in enumerate(managed, 2):
        resource = resources[f"CollectorPolicy{number}"]
        assert resource["Properties"]["Roles"] == [{"Ref": "CollectorRole"}]
        stated = resource["Properties"]["PolicyDocument"]["Statement"]
        assert stated == [each.document for each in policy]
    assert with_policies(large, split(statements())) == template

"""The templates and state machines, parsed for tests."""

from functools import cache
from pathlib import Path
from typing import Any

from local.deployment.template import read_template

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = ROOT / "template.yaml"
MEMBER_TEMPLATE = ROOT / "member-account" / "template.yaml"
ORGANIZATION_TEMPLATE = ROOT / "member-account" / "organization.yaml"
PIPELINE_TEMPLATE = ROOT / "delivery" / "pipeline-roles.yaml"
STATE_MACHINES = {
    "InventoryStateMachine": ROOT / "statemachine" / "inventory.asl.yaml",
    "CollectStateMachine": ROOT / "statemachine" / "collect.asl.yaml",
}
"""State machine definitions by logical id."""


@cache
def parsed(path: Path) -> dict[str, Any]:
    """Return a template or an ASL with its includes, with intrinsics in long form."""
    return read_template(path)


def function_variables(function: str) -> dict[str, Any]:
    """Return the environment variables that the template declares for `functions/<function>`."""
    template = parsed(TEMPLATE)
    [resource] = (
        resource["Properties"]
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::Serverless::Function"
        and resource["Properties"]["CodeUri"] == f"functions/{function}"
    )
    common: dict[str, Any] = template["Globals"]["Function"]["Environment"]["Variables"]
    return {**common, **resource["Environment"]["Variables"]}

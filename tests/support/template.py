"""The templates and the state machine, as tests look at them."""

from functools import cache
from pathlib import Path
from typing import Any

from samtranslator.yaml_helper import yaml_parse

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = ROOT / "template.yaml"
MEMBER_TEMPLATE = ROOT / "member-account" / "template.yaml"
ORGANIZATION_TEMPLATE = ROOT / "member-account" / "organization.yaml"
PIPELINE_TEMPLATE = ROOT / "delivery" / "pipeline-roles.yaml"
STATE_MACHINE = ROOT / "statemachine" / "inventory.asl.yaml"


@cache
def parsed(path: Path) -> dict[str, Any]:
    """Return a template or an ASL as written, its short intrinsic functions in their long form."""
    document: dict[str, Any] = yaml_parse(path.read_text(encoding="utf-8"))
    return document


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

"""The built template as MiniStack takes it: what it is not, or not yet, is taken out, and why.

Nothing is added that AWS would refuse, and nothing is taken out that a run needs on AWS.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from samcli.yamlhelper import yaml_dump, yaml_parse

PYTHON = f"python{sys.version_info.major}.{sys.version_info.minor}"
UNKNOWN = {
    "AWS::Athena::NamedQuery",  # MiniStack's CloudFormation does not know it
    "AWS::XRay::ResourcePolicy",  # nor this, and its SNS writes no traces that would need it
}
Document = dict[str, Any]


def trimmed(build: Path) -> Path:
    """Write the template that `sam build` left in a folder as MiniStack takes it; return it."""
    template = yaml_parse((build / "template.yaml").read_text())
    resources: Document = template["Resources"]
    included = resources.pop("Fn::Transform")
    _drop_unknown(resources)
    _run_on_this_machine(template)
    for machine in _of_type(resources, "AWS::Serverless::StateMachine"):
        _write_as_json(machine, build)
    for statements in _statements(resources):
        statements[:] = [each for each in statements if not _would_deny_all(each)]
        for statement in statements:
            _allow_batches(statement)
    _trim_snippet(included["Parameters"], build)
    resources["Fn::Transform"] = included
    written = build / "trimmed.yaml"
    written.write_text(yaml_dump(template))
    return written


def _trim_snippet(include: Document, build: Path) -> None:
    source = build / include["Location"]
    resources: Document = yaml.safe_load(source.read_text())
    _drop_unknown(resources)
    written = build / source.name
    written.write_text(yaml_dump(resources))
    include["Location"] = str(written)


def _drop_unknown(resources: Document) -> None:
    for name in [name for name, each in resources.items() if _is_unknown(each)]:
        del resources[name]


def _is_unknown(resource: Document) -> bool:
    """Alarms over metric math are unknown too."""
    is_math = resource["Type"] == "AWS::CloudWatch::Alarm" and "Metrics" in resource["Properties"]
    return is_math or resource["Type"] in UNKNOWN


def _run_on_this_machine(template: Document) -> None:
    """Functions run as processes of this machine, with its Python, not as AWS's on arm64."""
    template["Globals"]["Function"] |= {"Runtime": PYTHON}
    for layer in _of_type(template["Resources"], "AWS::Serverless::LayerVersion"):
        layer["CompatibleRuntimes"] = [PYTHON]


def _write_as_json(machine: Document, build: Path) -> None:
    """MiniStack reads no YAML from S3, and counts no redrives."""
    source = (build / machine["DefinitionUri"]).resolve()
    written = build / f"{source.stem}.json"
    definition = source.read_text().replace("$$.Execution.RedriveCount", "'0'")
    written.write_text(json.dumps(yaml.safe_load(definition)))
    machine["DefinitionUri"] = str(written)


def _would_deny_all(statement: Any) -> bool:
    """Tell whether a statement denies on MiniStack what it allows on AWS.

    MiniStack serves plain HTTP, and its requests have no aws:PrincipalArn.
    """
    condition = statement.get("Condition", {}) if isinstance(statement, dict) else {}
    return "aws:SecureTransport" in condition.get("Bool", {}) or (
        "aws:PrincipalArn" in condition.get("ArnNotEquals", {})
    )


def _allow_batches(statement: Document) -> None:
    """MiniStack asks for sns:PublishBatch; AWS's action for PublishBatch is sns:Publish.

    https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsns.html
    """
    if statement.get("Action") == "sns:Publish":
        statement["Action"] = ["sns:Publish", "sns:PublishBatch"]


def _of_type(resources: Document, kind: str) -> Iterator[Document]:
    yield from (each["Properties"] for each in resources.values() if each["Type"] == kind)


def _statements(node: Any) -> Iterator[list[Document]]:
    if isinstance(node, dict):
        if isinstance(node.get("Statement"), list):
            yield node["Statement"]
        for value in node.values():
            yield from _statements(value)
    elif isinstance(node, list):
        for value in node:
            yield from _statements(value)

"""Write docs/iam-permissions.md from the templates and the recorded evidence of their use.

Statements and their reasons (the comments above them) come from the templates. A statement without
a comment has the reason of the first one with its Sid. tests/permissions/evidence.txt records where
each is used. `python -m tools.permissions_page` writes the page.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cidb2.collecting.service import session_actions
from cidb2.services import COLLECTORS, TITLES, collector_title
from local.deployment.template import read_template
from tools.services import collector

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "iam-permissions.md"
TEXT = ROOT / "tools" / "permissions_page.md"
EVIDENCE = ROOT / "tests" / "permissions" / "evidence.txt"
TEMPLATES = {
    "hub": ROOT / "template.yaml",
    "member": ROOT / "member-account" / "template.yaml",
    "organization": ROOT / "member-account" / "organization.yaml",
}
ON_RESOURCES = (
    *("AWS::KMS::Key", "AWS::S3::BucketPolicy"),
    *("AWS::SNS::TopicPolicy", "AWS::SQS::QueuePolicy", "AWS::XRay::ResourcePolicy"),
)
SID = re.compile(r"^ *(?:- Sid: |\"Sid\": \")(\w+)(?:\",)?$")
JSON_LINE = re.compile(r"^ *(?:PolicyDocument: !Sub \||[{}\[\]\"])")
"""A line of a policy in text form; the comment is above the whole policy."""
REFERENCES = {
    r"\$\{AWS::Partition\}": "aws",
    r"\$\{AWS::Region\}": "<region>",
    r"\$\{AWS::AccountId\}": "<account>",
    r"\$\{AWS::StackName\}": "<stack>",
    r"\$\{(\w+)\.Arn\}": r"\1",
    r"\$\{(\w+)(?:\.\w+)?\}": r"<\1>",
}

Statement = dict[str, Any]


@dataclass(frozen=True)
class Row:
    """A statement on the page; `policy` is its policy's name within the owner.

    `policy` is empty for a resource-based policy.
    """

    owner: str
    policy: str
    statement: Statement
    reason: str


def page() -> str:
    """Return the whole page."""
    templates = {name: read_template(path) for name, path in TEMPLATES.items()}
    rows = {
        name: list(_rows(templates[name], _reasons(path.read_text("utf-8"))))
        for name, path in TEMPLATES.items()
    }
    evidence = _evidence()
    made = {
        "trust": _trust(templates),
        "sessions": _sessions(),
        "hub": _sections(rows["hub"], evidence),
        "resources": _resources(rows["hub"], evidence),
        "member": _table([r for r in rows["member"] if r.policy != "trust"], evidence),
        "organization": _table([r for r in rows["organization"] if r.policy != "trust"], evidence),
    }
    return re.sub(r"<!-- (\w+) -->", lambda match: made[match[1]], TEXT.read_text("utf-8"))


def _reasons(text: str) -> Iterator[str]:
    """Yield the reason of each statement with a Sid, in their order."""
    first: dict[str, str] = {}
    said: list[str] = []
    for line in text.splitlines():
        if sid := SID.match(line):
            reason = " ".join(said) or first.get(sid[1], "")
            first.setdefault(sid[1], reason)
            yield reason
        stripped = line.strip()
        if not JSON_LINE.match(line):
            said = [*said, stripped.removeprefix("# ")] if stripped.startswith("# ") else []


def _rows(template: dict[str, Any], reasons: Iterator[str]) -> Iterator[Row]:
    for name, resource in template["Resources"].items():
        properties = resource.get("Properties", {})
        kind, owners, policies = resource["Type"], [name], list[tuple[str, Any]]()
        if kind == "AWS::IAM::Role":
            policies = [("trust", properties["AssumeRolePolicyDocument"])]
            inline = properties.get("Policies", [])
            policies += [("run", policy["PolicyDocument"]) for policy in inline]
        elif kind in ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"):
            owners = [role["Ref"] for role in properties["Roles"]]
            policies = [(name, properties["PolicyDocument"])]
        elif kind in ON_RESOURCES:
            policies = [("", properties.get("KeyPolicy") or properties["PolicyDocument"])]
        for policy, document in policies:
            for statement in _parsed(document)["Statement"]:
                if "Sid" in statement:
                    reason = next(reasons)
                    for owner in owners:
                        yield Row(owner, policy, statement, reason)


def _parsed(document: dict[str, Any]) -> dict[str, Any]:
    """Return a policy as an object, even if the template has it as text."""
    if "Fn::Sub" not in document:
        return document
    text = re.sub(r'"\$\{([\w:]+)\}"', r'{"Ref": "\1"}', document["Fn::Sub"])
    return dict(json.loads(text))


def _evidence() -> dict[tuple[str, str], list[str]]:
    found: dict[tuple[str, str], list[str]] = {}
    for line in EVIDENCE.read_text("utf-8").splitlines()[1:]:
        policy, statement, _, asked = line.split(" | ")
        found.setdefault((policy, statement), []).append(asked)
    return found


def _asked(row: Row, evidence: dict[tuple[str, str], list[str]]) -> str:
    """Return the test runs that used a statement, or the AWS pages that require it."""
    policy = "/".join(filter(None, (row.owner, row.policy)))
    asked = evidence.get((policy, row.statement["Sid"]), [])
    pages = sorted({one for one in asked if one.startswith("https://")})
    runs = sorted({one.partition(", ")[2] for one in asked} - {""})
    return ", ".join([*runs, *(f"[{link.split('/')[3]}]({link})" for link in pages)])


def _sections(rows: list[Row], evidence: dict[tuple[str, str], list[str]]) -> str:
    """Return a section for each role; roles with identical statements share one."""
    owners = dict.fromkeys(row.owner for row in rows if row.owner.endswith("Role"))
    tables: dict[str, list[str]] = {}
    for owner in owners:
        own = [row for row in rows if row.owner == owner and row.policy != "trust"]
        own_log = owner.removesuffix("Role") + "LogGroup"
        text = _table(own, evidence).replace(f"`{own_log}`", "its own log group")
        tables.setdefault(text, []).append(owner)
    return "\n\n".join(f"### {', '.join(names)}\n\n{text}" for text, names in tables.items())


def _table(rows: list[Row], evidence: dict[tuple[str, str], list[str]]) -> str:
    head = "| statement | actions | resource | reason | needed by |\n|---|---|---|---|---|\n"
    return head + "\n".join(
        f"| `{row.statement['Sid']}` | {_code(row.statement['Action'])} "
        f"| {_code(row.statement['Resource'])} | {row.reason} | {_asked(row, evidence)} |"
        for row in rows
    )


def _resources(rows: list[Row], evidence: dict[tuple[str, str], list[str]]) -> str:
    head = (
        "| policy | statement | effect | principal | actions | condition | reason | needed by |\n"
    )
    head += "|---|---|---|---|---|---|---|---|\n"
    return head + "\n".join(
        f"| `{row.owner}` | `{one['Sid']}` | {one['Effect']} | {_principal(one['Principal'])} "
        f"| {_code(one['Action'])} | {_condition(one)} | {row.reason} | {_asked(row, evidence)} |"
        for row in rows
        if not row.policy
        for one in [row.statement]
    )


def _trust(templates: dict[str, Any]) -> str:
    """Return the trust relationships; roles with the same trust share a row."""
    alike: dict[str, list[str]] = {}
    for template in templates.values():
        for name, resource in template["Resources"].items():
            if resource["Type"] == "AWS::IAM::Role":
                [one] = resource["Properties"]["AssumeRolePolicyDocument"]["Statement"]
                trust = f"{_principal(one['Principal'])} | {_condition(one)} |"
                alike.setdefault(trust, []).append(f"`{name}`")
    rows = [f"| {', '.join(names)} | {trust}" for trust, names in alike.items()]
    return "| role | trusted | condition |\n|---|---|---|\n" + "\n".join(rows)


def _sessions() -> str:
    """Return the session policy of each collector."""
    rows = [
        f"| {collector_title(name)} | {', '.join(TITLES[each] for each in services)} "
        f"| {_code([*session_actions(collector(name).services)])} |"
        for name, services in COLLECTORS.items()
    ]
    head = "| collector | services | session policy allows |\n|---|---|---|\n"
    return head + "\n".join(rows)


def _principal(value: Any) -> str:
    return "everyone" if value == "*" else ", ".join(_code(each) for each in value.values())


def _condition(statement: Statement) -> str:
    condition = statement.get("Condition", {})
    if "Fn::If" in condition:
        condition = condition["Fn::If"][1]
    return ", ".join(
        f"`{key}` {'is not' if 'Not' in operator else 'is'} {_value(wanted)}"
        for operator, tests in condition.items()
        for key, wanted in tests.items()
    )


def _value(wanted: Any) -> str:
    if isinstance(wanted, dict) and "Fn::If" in wanted:
        return f"{_code(wanted['Fn::If'][1])}, if set"
    return _code(wanted)


def _code(value: Any) -> str:
    values = value if isinstance(value, list) else [value]
    return ", ".join(f"`{_named(each)}`" for each in values)


def _named(value: Any) -> str:
    """Return the name of the referenced resource or parameter."""
    if isinstance(value, str):
        return value
    [(function, argument)] = value.items()
    if function == "Ref":
        return _shown(f"${{{argument}}}") if argument.startswith("AWS::") else str(argument)
    if function == "Fn::GetAtt":
        return str(argument[0])
    if function == "Fn::Sub":
        return _shown(argument if isinstance(argument, str) else argument[0])
    if function in ("Fn::If", "Fn::Split"):  # the stack's own resource is the default
        return _named(argument[1])
    return json.dumps(value)


def _shown(text: str) -> str:
    for pattern, words in REFERENCES.items():
        text = re.sub(pattern, words, text)
    return text


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")

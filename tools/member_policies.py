"""Write the collector role's policies in member-account/template.yaml, from the declarations.

Each service has one statement: the actions with its prefix, and the reason. IAM does not count
white space. An inline policy is limited to 10,240 characters, a managed one to 6,144. Statements
that exceed the inline policy go into managed policies.

`python -m tools.member_policies` writes the template.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import indent, wrap
from typing import Any

from cidb2.services import SERVICES
from cidb2.types.actions import actions_of
from cidb2.types.catalog import DECLARED
from tools.services import declared

TEMPLATE = Path(__file__).resolve().parent.parent / "member-account" / "template.yaml"
GENERATED = re.compile(r"(?ms)^      Policies:\n.*?(?=^Outputs:\n)")
"""The role's policies and the managed policies, which are the template's last resources."""

INLINE_CHARACTERS = 10_240
MANAGED_CHARACTERS = 6_144
MANAGED_POLICIES = 10
"""Default quota of managed policies per role."""

WIDTH = 84
"""Width of a comment, without the indentation of the inline policy's statements."""


@dataclass(frozen=True)
class Statement:
    """A service's statement: its actions, and the reason."""

    service: str
    actions: Sequence[str]
    reason: str

    @property
    def document(self) -> dict[str, Any]:
        return {
            "Sid": sid_of(self.service),
            "Effect": "Allow",
            "Action": [*self.actions],
            "Resource": "*",
        }

    @property
    def text(self) -> str:
        """The statement in YAML, with its reason as a comment."""
        comment = wrap(self.reason, WIDTH, initial_indent="# ", subsequent_indent="# ")
        actions = (f"    - {action}" for action in self.actions)
        lines = (f"- Sid: {sid_of(self.service)}", "  Effect: Allow", "  Action:")
        return "\n".join([*comment, *lines, *actions, "  Resource: '*'"]) + "\n"


def statements() -> list[Statement]:
    """Return a statement for each service, with the actions of all collectors."""
    needed = sorted({action for service in SERVICES for action in declared(service).actions})
    prefixes = dict.fromkeys([*SERVICES, *map(prefix_of, needed)])
    return [
        Statement(prefix, own, _reason(prefix))
        for prefix in prefixes
        if (own := [action for action in needed if prefix_of(action) == prefix])
    ]


def sid_of(service: str) -> str:
    """Return a statement's Sid: IAM allows only letters and digits."""
    return service.replace("-", "").capitalize()


def prefix_of(action: str) -> str:
    """Return the service prefix of an action."""
    return action.partition(":")[0]


def _reason(prefix: str) -> str:
    """Return the types that need a service's actions, and the remark in its declaration."""
    names: dict[str, list[str]] = {}
    for service in SERVICES:
        for each in declared(service).types:
            if prefix in map(prefix_of, actions_of(DECLARED[service], [each])):
                namespace, _, name = each.type.rpartition("::")
                names.setdefault(namespace, []).append(name)
    types = "; ".join(f"{namespace}: {', '.join(each)}" for namespace, each in names.items())
    return f"{types}. {DECLARED[prefix].access if prefix in DECLARED else ''}".strip()


def characters(policy: Sequence[Statement]) -> int:
    """Return the size of a policy in characters, as IAM counts it."""
    document = {"Version": "2012-10-17", "Statement": [each.document for each in policy]}
    return len(json.dumps(document, separators=(",", ":")))


def split(needed: Sequence[Statement]) -> list[list[Statement]]:
    """Distribute statements over the inline policy and as few managed policies as possible."""
    policies: list[list[Statement]] = [[]]
    for each in needed:
        limit = MANAGED_CHARACTERS if policies[1:] else INLINE_CHARACTERS
        if policies[-1] and characters([*policies[-1], each]) > limit:
            policies.append([])
        policies[-1].append(each)
    return policies


def generated(policies: Sequence[Sequence[Statement]]) -> str:
    """Return the template section with the policies."""
    inline, *managed = policies
    resources = (_managed(number, policy) for number, policy in enumerate(managed, 2))
    return "\n".join([_INLINE + indent(_text(inline), " " * 14), *resources, ""])


def _text(policy: Sequence[Statement]) -> str:
    return "".join(each.text for each in policy)


def _managed(number: int, policy: Sequence[Statement]) -> str:
    return _MANAGED.format(number=number) + indent(_text(policy), " " * 10)


def with_policies(template: str, policies: Sequence[Sequence[Statement]]) -> str:
    """Return the template with its policies replaced."""
    text, count = GENERATED.subn(lambda _: generated(policies), template)
    assert count == 1, "the template has no section of policies"
    return text


_INLINE = """\
      Policies:
        - PolicyName: read
          PolicyDocument:
            Version: '2012-10-17'
            Statement:
              # All statements read configuration, never content, and cover all resources: an
              # inventory cannot name them beforehand. `make docs` writes them from the declarations
              # of resource types.

"""
_MANAGED = """\
  CollectorPolicy{number}:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      Description: Read permissions of CIDB2's collectors that the role has no more space for
      Roles: [!Ref CollectorRole]
      PolicyDocument:
        Version: '2012-10-17'
        Statement:
"""

if __name__ == "__main__":
    TEMPLATE.write_text(with_policies(TEMPLATE.read_text("utf-8"), split(statements())), "utf-8")

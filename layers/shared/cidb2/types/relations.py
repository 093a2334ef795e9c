"""Relations between resources: edges that follow from a resource's configuration."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self

from cidb2.types.conditions import Condition
from cidb2.types.paths import ITSELF, at, check_path, values

ANY_TYPE = "*"
TRUSTS = "trusts"
_TYPE = re.compile(r"AWS::[A-Za-z0-9]+::[A-Za-z0-9]+|\*")

_VERBS = {
    "attached": "Is attached to",
    "associated": "Is associated with",
    "contained": "Is contained in",
    "contains": "Contains",
    TRUSTS: "Trusts",
}
"""AWS Config's terms (Developer Guide, 'Supported resource types', column Relationship), and one of
CIDB2's own for the principals of a policy, which AWS Config does not relate."""

_CONTAINERS = frozenset({"AWS::EC2::Subnet", "AWS::EC2::VPC"})


@dataclass(frozen=True, slots=True)
class Relation:
    """One kind of edge: the path of its targets in the configuration, and their type.

    Written as `VpcId AWS::EC2::VPC`, or with AWS Config's verb if it is not the usual one:
    `Attachments.InstanceId AWS::EC2::Instance attached`. `*` is a target of any type. After the
    verb there may be a condition on the content: `ResourceRecords.Value * associated Type=A,CNAME`.
    With the verb `trusts`, a path to a policy stands for the policy's principals.
    """

    path: str
    target: str
    verb: str
    section: str = ""
    condition: Condition | None = None

    @classmethod
    def parse(cls, text: str, section: str = "") -> Self:
        """Return the relation of a declaration. Raises ValueError if it is invalid.

        `section` is the part of the item into which its path leads.
        """
        path, target, *more = text.split(" ")
        if not _TYPE.fullmatch(target):
            raise ValueError(f"not a type: {target!r} in {text!r}")
        usual = "contained" if target in _CONTAINERS else "associated"
        verb, condition, *_ = [*more, *[usual, ""][len(more) :]]
        if verb not in _VERBS:
            raise ValueError(f"not a verb: {verb!r} in {text!r}")
        check_path(path)
        inner = "" if section and path == ITSELF else path
        return cls(
            path=".".join(filter(None, [section, inner])),
            target=target,
            verb=verb,
            section=section,
            condition=Condition.parse(condition) if condition else None,
        )

    @property
    def name(self) -> str:
        """AWS Config's relationshipName."""
        return relationship_name(self.verb, self.target)

    def targets(self, item: Mapping[str, Any]) -> Iterator[Any]:
        """Yield what an item has at the path, if it meets the condition."""
        content = at(self.section, item) if self.section else item
        if self.condition is None or self.condition.holds(content or {}):
            yield from values(self.path, item)


@dataclass(frozen=True, slots=True)
class Edge:
    """A reference to another resource in a configuration: by its ARN, or by its id or name."""

    name: str
    target_type: str
    target: str


def relationship_name(verb: str, target_type: str) -> str:
    """Return AWS Config's name of a relation to a type."""
    kind = "Resource" if target_type == ANY_TYPE else target_type.rpartition("::")[2]
    return f"{_VERBS[verb]} {kind.title() if kind.isupper() else kind}"


def edges(relations: Iterable[Relation], item: Mapping[str, Any]) -> Iterator[Edge]:
    """Yield each edge of an item once, except those to the principals of policies."""
    seen = set()
    for relation in relations:
        for target in relation.targets(item):
            edge = Edge(relation.name, relation.target, str(target))
            if target and isinstance(target, str) and edge not in seen:
                seen.add(edge)
                yield edge

"""Relations between resources: edges that follow from a resource's configuration."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self

from cidb2.types.paths import check_path, values

ANY_TYPE = "*"
_TYPE = re.compile(r"AWS::[A-Za-z0-9]+::[A-Za-z0-9]+|\*")

_VERBS = {
    "attached": "Is attached to",
    "associated": "Is associated with",
    "contained": "Is contained in",
    "contains": "Contains",
}
"""AWS Config's terms (Developer Guide, 'Supported resource types', column Relationship)."""

_CONTAINERS = frozenset({"AWS::EC2::Subnet", "AWS::EC2::VPC"})


@dataclass(frozen=True, slots=True)
class Relation:
    """One kind of edge: the path of its targets in the configuration, and their type.

    Written as `VpcId AWS::EC2::VPC`, or with AWS Config's verb if it is not the usual one:
    `Attachments.InstanceId AWS::EC2::Instance attached`. `*` is a target of any type.
    """

    path: str
    target: str
    verb: str

    @classmethod
    def parse(cls, text: str, section: str = "") -> Self:
        """Return the relation of a declaration. Raises ValueError if it is invalid.

        `section` is the part of the item into which its path leads.
        """
        path, target, *verb = text.split(" ")
        if not _TYPE.fullmatch(target):
            raise ValueError(f"not a type: {target!r} in {text!r}")
        usual = "contained" if target in _CONTAINERS else "associated"
        [said] = verb or [usual]
        if said not in _VERBS:
            raise ValueError(f"not a verb: {said!r} in {text!r}")
        return cls(".".join(filter(None, [section, check_path(path)])), target, said)

    @property
    def name(self) -> str:
        """AWS Config's relationshipName."""
        kind = "Resource" if self.target == ANY_TYPE else self.target.rpartition("::")[2]
        return f"{_VERBS[self.verb]} {kind.title() if kind.isupper() else kind}"


@dataclass(frozen=True, slots=True)
class Edge:
    """A reference to another resource in a configuration: by its ARN, or by its id or name."""

    name: str
    target_type: str
    target: str


def edges(relations: Iterable[Relation], item: Mapping[str, Any]) -> Iterator[Edge]:
    """Yield each edge of an item once."""
    seen = set()
    for relation in relations:
        for target in values(relation.path, item):
            edge = Edge(relation.name, relation.target, str(target))
            if target and isinstance(target, str) and edge not in seen:
                seen.add(edge)
                yield edge

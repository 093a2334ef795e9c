"""How a resource hangs together with others: edges that follow from its configuration."""

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
"""AWS Config's words (Developer Guide, 'Supported resource types', column Relationship)."""

_CONTAINERS = frozenset({"AWS::EC2::Subnet", "AWS::EC2::VPC"})


@dataclass(frozen=True, slots=True)
class Relation:
    """One kind of edge: where the configuration names its targets, and what they are.

    Written as `VpcId AWS::EC2::VPC`, or with a verb of AWS Config's where it is not the usual one:
    `Attachments.InstanceId AWS::EC2::Instance attached`. A target of any type is a `*`.
    """

    path: str
    target: str
    verb: str

    @classmethod
    def parse(cls, text: str, section: str = "") -> Self:
        """Return the relation that a declaration writes; ValueError where it is none.

        `section` is what of the item its path leads into.
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
    """What a resource's configuration says of one other: its ARN, or its id or name."""

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

"""A graph of relations, and its output as a tree, JSON and Graphviz DOT."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from rich.text import Text
from rich.tree import Tree

from cidb2.visible import visible

FOUND = "FOUND"
STYLES = {"NOWHERE": "red", "UNKNOWN": "yellow"}
_LINES = {"NOWHERE": ", color=red, style=dashed", "UNKNOWN": ", style=dashed"}


@dataclass(frozen=True)
class Hop:
    """A relation in the direction in which it was followed from a resource."""

    arn: str
    name: str
    target_type: str
    target: str
    target_arn: str | None = None
    target_name: str | None = None
    account_id: str | None = None
    region: str | None = None
    answer: str = FOUND
    reason: str | None = None

    @property
    def end(self) -> str:
        """The target: its ARN, or the text that names it."""
        return self.target_arn or self.target

    def to_document(self) -> dict[str, Any]:
        return {
            "arn": self.arn,
            "relationshipName": self.name,
            "resourceType": self.target_type,
            "target": self.end,
            "resourceName": self.target_name,
            "accountId": self.account_id,
            "awsRegion": self.region,
            "answer": self.answer,
            "reason": self.reason,
        }


@dataclass
class Graph:
    """Relations, each once, in the direction in which it was followed first."""

    root: str
    hops: list[Hop] = field(default_factory=list)
    is_cut: bool = False
    _turned: set[tuple[str, str]] = field(default_factory=set)

    def add(self, hop: Hop) -> None:
        """Add a relation, unless its reverse is already in the graph."""
        if (hop.arn, hop.end) in self._turned:
            return
        self.hops.append(hop)
        self._turned.add((hop.end, hop.arn))

    def to_document(self) -> dict[str, Any]:
        relations = [hop.to_document() for hop in self.hops]
        return {"arn": self.root, "relations": relations, "isCut": self.is_cut}


def tree(graph: Graph, root_type: str) -> Tree:
    """Return a graph as a tree; a repeated resource is shown but not expanded again."""
    from_arn: dict[str, list[Hop]] = defaultdict(list)
    for hop in graph.hops:
        from_arn[hop.arn].append(hop)
    root = Tree(Text(visible(f"{root_type}  {graph.root}"), "bold"))
    waiting, followed = [(graph.root, root)], {graph.root}
    while waiting:
        arn, branch = waiting.pop(0)
        for hop in from_arn[arn]:
            twig = branch.add(_label(hop))
            if hop.end not in followed:
                followed.add(hop.end)
                waiting.append((hop.end, twig))
    return root


def dot(graph: Graph) -> str:
    """Return a graph in DOT, with all text quoted."""
    ends = {hop.end: hop for hop in graph.hops}
    nodes = [
        f"  {_quoted(end)} [label={_quoted(_title(hop))}];"
        for end, hop in ends.items()
        if end != graph.root
    ]
    edges = [
        f"  {_quoted(hop.arn)} -> {_quoted(hop.end)}"
        f" [label={_quoted(hop.name)}{_LINES.get(hop.answer, '')}];"
        for hop in graph.hops
    ]
    root = f"  {_quoted(graph.root)} [penwidth=2];"
    return "\n".join(["digraph related {", "  rankdir=LR;", root, *nodes, *edges, "}"])


def _title(hop: Hop) -> str:
    return f"{hop.target_type}\n{hop.target_name or hop.end}"


def _label(hop: Hop) -> Text:
    name = f" ({hop.target_name})" if hop.target_name and hop.target_name not in hop.end else ""
    label = Text(visible(f"{hop.name}  {hop.end}{name}"))
    if hop.answer != FOUND:
        reason = f": {hop.reason}" if hop.reason else ""
        label.append(f"  {hop.answer}{reason}", STYLES[hop.answer])
    return label


def _quoted(text: str) -> str:
    escaped = visible(text, keep="\n").replace("\\", "\\\\").replace('"', '\\"')
    return '"' + escaped.replace("\n", "\\n") + '"'

"""No benchmark imports itself by way of others, not even within a function or for types alone."""

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

from tests.support.template import ROOT

BENCHMARKS = ROOT / "benchmarks"


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("benchmarks."):
            yield str(node.module)


def test_benchmarks_have_no_circle_of_imports() -> None:
    graph = {f"benchmarks.{path.stem}": {*imported(path)} for path in BENCHMARKS.glob("*.py")}
    order = [*TopologicalSorter(graph).static_order()]  # CycleError names the circle
    assert order.index("benchmarks.request") < order.index("benchmarks.front")

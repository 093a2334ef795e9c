"""Relations as a tree, as JSON and in DOT, whatever the names in them are."""

import io

from rich.console import Console

from cli.graph import Graph, Hop, dot, tree
from tests.support.standing_lake import HOSTILE

ROOT, VOLUME, INSTANCE = "arn:key", "arn:volume", "arn:instance"


def hop(arn: str, end: str, name: str = "Is associated with Volume", **more: str | None) -> Hop:
    return Hop(arn, name, "AWS::EC2::Volume", end, target_arn=end, **more)  # type: ignore[arg-type]


def shown(graph: Graph) -> str:
    file = io.StringIO()
    Console(file=file, width=200, markup=False, emoji=False).print(tree(graph, "AWS::KMS::Key"))
    return file.getvalue()


def graph_of(*hops: Hop) -> Graph:
    graph = Graph(ROOT)
    for each in hops:
        graph.add(each)
    return graph


def test_a_relation_is_told_once_and_not_on_its_way_back() -> None:
    graph = graph_of(hop(ROOT, VOLUME), hop(VOLUME, ROOT), hop(VOLUME, INSTANCE))
    assert [(one.arn, one.end) for one in graph.hops] == [(ROOT, VOLUME), (VOLUME, INSTANCE)]


def test_a_resource_may_refer_to_another_in_two_ways() -> None:
    graph = graph_of(hop(ROOT, VOLUME), hop(ROOT, VOLUME, "Is attached to Volume"))
    assert len(graph.hops) == 2


def test_a_tree_follows_each_resource_once() -> None:
    circle = graph_of(hop(ROOT, VOLUME), hop(VOLUME, INSTANCE), hop(INSTANCE, ROOT))
    lines = shown(circle).splitlines()
    assert [line.count(VOLUME) for line in lines] == [0, 1, 0, 0]
    assert lines[0] == "AWS::KMS::Key  arn:key"
    assert lines[3].endswith(f"Is associated with Volume  {ROOT}")


def test_a_tree_tells_what_is_nowhere_or_unknown_and_why() -> None:
    stranger = {"answer": "UNKNOWN", "reason": "OUTSIDE_ORGANIZATION"}
    text = shown(graph_of(hop(ROOT, "vol-1", answer="NOWHERE"), hop(ROOT, "9", **stranger)))
    assert "vol-1  NOWHERE\n" in text
    assert "9  UNKNOWN: OUTSIDE_ORGANIZATION\n" in text


def test_what_a_terminal_would_obey_is_written_out() -> None:
    evil = graph_of(hop(ROOT, VOLUME, target_name="\x1b[31m\u202e[bold]x[/bold]"))
    assert "‹U+001B›[31m‹U+202E›[bold]x[/bold]" in shown(evil)
    assert "\x1b" not in dot(evil)


def test_no_name_ends_a_text_of_dot() -> None:
    lines = dot(graph_of(hop(ROOT, VOLUME, target_name=HOSTILE + '"; evil -> x; "'))).splitlines()
    assert lines[0] == "digraph related {"
    assert lines[-1] == "}"
    [node] = [line for line in lines if line.startswith('  "arn:volume" [label=')]
    bare = node.replace("\\\\", "").replace('\\"', "")
    assert bare.count('"') == 4
    assert len(lines) == 6


def test_json_has_ends_and_answers() -> None:
    [relation] = graph_of(hop(ROOT, VOLUME, target_name="data")).to_document()["relations"]
    assert relation["target"] == VOLUME
    assert relation["resourceName"] == "data"
    assert relation["answer"] == "FOUND"

"""`cidb2 related`: shows relations of a resource in both directions."""

from collections.abc import Iterator, Sequence
from typing import Annotated

import typer

from cidb2.chunks import chunks
from cidb2.types.catalog import SERVICE_OF
from cli.ask import document_of, show_basis
from cli.errors import CliError, ExitCode
from cli.graph import Graph, Hop, dot, tree
from cli.options import CommandContext
from cli.queries import EngineName, engine_of, with_relations
from cli.resources import Arn, known_item
from cli.sql import Engine, Since
from lake.answer import Engine as Answering
from lake.basis import Basis, split
from lake.relations import gaps_sql
from lake.saved import AN_ARGUMENT

AT_ONCE = 50
"""Maximum resources in one query; each is a parameter."""

_COLUMNS = (
    "arn, relationshipname, targettype, targetname, targetaccountid, targetregion, answer, reason, "
    "target, targetarn"
)


def related(
    asked: CommandContext,
    arn: Arn,
    depth: Annotated[
        int, typer.Option(min=1, max=5, help="How many relations to follow from the resource.")
    ] = 1,
    limit: Annotated[int, typer.Option(min=1, help="Maximum number of relations to follow.")] = 500,
    engine: Engine = EngineName.AUTO,
    since: Since = None,
    *,
    as_dot: Annotated[
        bool, typer.Option("--dot", help="Output a graph in the DOT language of Graphviz.")
    ] = False,
) -> ExitCode:
    """Show what a resource refers to and what refers to it. Exits with 1 if nothing does."""
    if as_dot and asked.output.as_json:
        raise CliError(ExitCode.USAGE, "--dot and --json exclude each other.", "Choose one.")
    root = known_item(asked, arn)
    with engine_of(asked, engine, None, since) as chosen, with_relations(chosen) as answering:
        graph = follow(answering, arn, depth, limit)
        basis = basis_of(answering, root["resourceType"], depth)
    if asked.output.as_json:
        asked.output.document({**graph.to_document(), "restsOn": document_of(basis)})
    elif as_dot:
        asked.output.say(dot(graph))
    else:
        asked.output.show(tree(graph, root["resourceType"]))
        if graph.is_cut:
            asked.output.say(f"\nOnly the first {limit:,} relations; set --limit for more.")
        show_basis(basis, asked.output)
    return ExitCode.OK if graph.hops else ExitCode.NO


def follow(engine: Answering, arn: str, depth: int, limit: int) -> Graph:
    """Return the relations of a resource, followed for `depth` steps."""
    graph = Graph(arn)
    reached, edge = {arn}, [arn]
    for _ in range(depth):
        hops = [hop for some in chunks(edge, AT_ONCE) for hop in _hops(engine, some)]
        for hop in hops:
            if len(graph.hops) >= limit:
                graph.is_cut = True
                return graph
            graph.add(hop)
        edge = [one for one in dict.fromkeys(_found(hops)) if one not in reached]
        reached.update(edge)
        if not edge:
            break
    return graph


def basis_of(engine: Answering, resource_type: str, depth: int) -> Basis:
    """Return the basis of a type's relations, or of all relations beyond the first step."""
    is_declared = depth == 1 and resource_type in SERVICE_OF
    rests_on = (resource_type, f"users of {resource_type}") if is_declared else ("everything",)
    _, basis = split(engine.ask(gaps_sql(rests_on)).by_column())
    return basis


def _found(hops: Sequence[Hop]) -> Iterator[str]:
    return (hop.target_arn for hop in hops if hop.target_arn)


def _hops(engine: Answering, arns: Sequence[str]) -> Iterator[Hop]:
    """Yield the relations of resources, in both directions."""
    for row in engine.ask(hops_sql(len(arns)), arns).by_column():
        yield Hop(
            arn=row["arn"],
            name=row["relationshipname"],
            target_type=row["targettype"],
            target=row["target"],
            target_arn=row["targetarn"],
            target_name=row["targetname"],
            account_id=row["targetaccountid"],
            region=row["targetregion"],
            answer=row["answer"],
            reason=row["reason"],
        )


def hops_sql(resources: int) -> str:
    """Return the query for the relations of this many resources; their ARNs are its parameters."""
    arns = ", ".join([f"({AN_ARGUMENT})"] * resources)
    return f"""WITH resources_asked (name) AS (VALUES {arns}),
hops AS (
    SELECT {_COLUMNS} FROM relations
    UNION
    SELECT {_COLUMNS} FROM turned
)
SELECT hops.*
FROM hops
INNER JOIN resources_asked ON hops.arn = resources_asked.name
ORDER BY arn, relationshipname, targettype, target"""  # noqa: S608 - no part of it is anybody's text

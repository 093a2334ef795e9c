"""Resources of DynamoDB, Athena and Glue, read from moto's own objects; the hub's stack has some.

Includes MemoryDB's default subnet group, which exists in every region.
"""

from collections.abc import Iterator

from moto.backends import get_backend

from local.simulation.truth.item import Found, Item, expected_items, tag_map


def read(account: str, region: str) -> Iterator[Item]:
    """Yield the items, with only the fields that moto's objects give."""
    yield from expected_items(account, region, _found(account, region))


def _found(account: str, region: str) -> Iterator[Found]:
    for kind, arn, tags in _standing(account, region):
        name = arn.rpartition("/")[2]
        yield name, arn, kind, name, tags


def _standing(account: str, region: str) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Yield types, ARNs and tags."""
    for table in get_backend("dynamodb")[account][region].tables.values():
        yield "DynamoDB::Table", table.table_arn, tag_map(table.tags)
    for group in get_backend("athena")[account][region].work_groups.values():
        yield "Athena::WorkGroup", group.arn, tag_map(group.tags)
    glue = get_backend("glue")[account][region]
    for name in glue.databases:
        arn = f"arn:aws:glue:{region}:{account}:database/{name}"
        yield "Glue::Database", arn, glue.get_tags(arn)
    yield "MemoryDB::SubnetGroup", f"arn:aws:memorydb:{region}:{account}:subnetgroup/default", {}

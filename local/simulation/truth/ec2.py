"""Instances, asked for as any reader asks, one call for hundreds."""

from collections.abc import Iterator

from moto.backends import get_backend

from local.simulation.truth.item import Client, Item, item, tag_map


def read(client: Client, account: str, region: str) -> Iterator[Item]:
    standing = len(get_backend("ec2")[account][region].all_instances())
    if not standing:
        return
    pages = client("ec2", account=account, region=region).get_paginator("describe_instances")
    reservations = [r for page in pages.paginate() for r in page["Reservations"]]
    described = [(r, instance) for r in reservations for instance in r["Instances"]]
    if len(described) != standing:
        raise RuntimeError(f"{account} {region}: {standing} instances, {len(described)} described")
    for reservation, instance in described:
        tags = tag_map(instance.get("Tags", []))
        own_id = instance["InstanceId"]
        yield item(
            "AWS::EC2::Instance",
            account,
            region,
            (f"arn:aws:ec2:{region}:{account}:instance/{own_id}", own_id, tags.get("Name")),
            configuration=instance,
            supplementaryConfiguration={
                name: reservation.get(name) for name in ("ReservationId", "OwnerId", "RequesterId")
            },
            tags=tags,
        )

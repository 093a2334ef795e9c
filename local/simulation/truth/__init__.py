"""Reads the simulated accounts' actual resources, without CIDB2, to judge inventories."""

from collections.abc import Iterable

from local.simulation.truth import (
    databases,
    ec2,
    iam,
    kms,
    lambda_,
    messages,
    operations,
    organizations,
    s3,
)
from local.simulation.truth.item import VOLATILE, Client, Item, expected_item, plain

__all__ = ["VOLATILE", "Item", "expected_item", "plain", "read"]


def read(client: Client, accounts: Iterable[str], regions: Iterable[str]) -> dict[str, Item]:
    """Return all current resources of `accounts`, by ARN.

    Reads moto's own objects where AWS calls would number thousands and take longer than the run.
    """
    regions, found = tuple(regions), list[Item]()
    for account in accounts:
        found += organizations.read(client, account)
        found += iam.read(client, account)
        found += s3.read(account)
        for region in regions:
            found += databases.read(account, region)
            found += lambda_.read(account, region)
            found += kms.read(account, region)
            found += ec2.read(client, account, region)
            found += messages.read(client, account, region)
            found += operations.read(client, account, region)
    return {item["arn"]: item for item in found}

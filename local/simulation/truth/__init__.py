"""What really stands in the simulated accounts, read without CIDB2: the judge of an inventory."""

from collections.abc import Iterable

from local.simulation.truth import databases, ec2, iam, kms, lambda_, messages, operations, s3
from local.simulation.truth.item import VOLATILE, Client, Item, plain, told

__all__ = ["VOLATILE", "Item", "plain", "read", "told"]


def read(client: Client, accounts: Iterable[str], regions: Iterable[str]) -> dict[str, Item]:
    """Return everything that stands in `accounts` now, by ARN.

    What would take thousands of calls, and so longer than the run, is read from moto's own objects.
    """
    regions, found = tuple(regions), list[Item]()
    for account in accounts:
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

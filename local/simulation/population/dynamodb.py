"""Plants a DynamoDB table that an outside account may read."""

import json
from collections.abc import Iterator

from local.simulation.population.place import STRANGER, TAG_LIST, Place
from local.simulation.population.planted import Planted
from local.simulation.population.site import Client, Site


def plant_each(site: Site, client: Client, _other: str) -> Iterator[Planted]:
    """Create a table with a policy, time to live and point-in-time recovery."""
    place = Place(site, client, "dynamodb")
    dynamodb, arn = place.client("dynamodb"), place.arn("table/orders")
    dynamodb.create_table(
        TableName="orders",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
        Tags=TAG_LIST,
    )
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": STRANGER},
                "Action": "dynamodb:GetItem",
                "Resource": arn,
            }
        ],
    }
    dynamodb.put_resource_policy(ResourceArn=arn, Policy=json.dumps(policy))
    ends = {"Enabled": True, "AttributeName": "ends"}
    dynamodb.update_time_to_live(TableName="orders", TimeToLiveSpecification=ends)
    dynamodb.update_continuous_backups(
        TableName="orders",
        PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
    )
    shows = {
        "supplementaryConfiguration.Policy": policy,
        "supplementaryConfiguration.TimeToLive.AttributeName": "ends",
        "supplementaryConfiguration.ContinuousBackups.PointInTimeRecoveryDescription"
        ".PointInTimeRecoveryStatus": "ENABLED",
    }
    yield place.planted("DynamoDB::Table", arn, shows)

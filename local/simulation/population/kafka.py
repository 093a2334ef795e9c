"""Plants MSK clusters, one open to an outside account."""

import json
from collections.abc import Iterator
from typing import Any

from moto.backends import get_backend

from local.simulation.population.place import STRANGER, TAGS, Place
from local.simulation.population.planted import Planted
from local.simulation.population.site import Client, Site

STATEMENT = {
    "Effect": "Allow",
    "Principal": {"AWS": STRANGER},
    "Action": "kafka:CreateVpcConnection",
}
POLICY = {"Version": "2012-10-17", "Statement": [STATEMENT]}


def plant_each(site: Site, client: Client, _other: str) -> Iterator[Planted]:
    """Create a provisioned and a serverless cluster."""
    place = Place(site, client, "kafka")
    brokers = {"ClientSubnets": place.subnets, "InstanceType": "kafka.m5.large"}
    provisioned = {
        "BrokerNodeGroupInfo": brokers,
        "KafkaVersion": "3.6.0",
        "NumberOfBrokerNodes": 1,
    }
    serverless = {"VpcConfigs": [{"SubnetIds": place.subnets}]}
    shared = _create(place, "clicks", Provisioned=provisioned)
    place.client("kafka").put_cluster_policy(ClusterArn=shared, Policy=json.dumps(POLICY))
    shows: dict[str, Any] = {"supplementaryConfiguration.ClusterPolicy": POLICY}
    yield place.planted("MSK::Cluster", shared, shows, own_id=shared, name="clicks")
    own = _create(place, "orders", Serverless=serverless)
    shows = {"supplementaryConfiguration.ClusterPolicy": None}
    yield place.planted("MSK::ServerlessCluster", own, shows, own_id=own, name="orders")


def _create(place: Place, name: str, **given: Any) -> str:
    """Create a cluster with AWS's form of ARN: moto's lacks the name."""
    kafka = place.client("kafka")
    made = kafka.create_cluster_v2(ClusterName=name, **given)["ClusterArn"]
    clusters = get_backend("kafka")[place.account][place.region].clusters
    cluster, arn = clusters.pop(made), place.arn(f"cluster/{name}/{made.rpartition('/')[2]}")
    cluster.arn, clusters[arn] = arn, cluster
    kafka.tag_resource(ResourceArn=arn, Tags=TAGS)
    return arn

"""Plants one of each of ElastiCache's types: caches, groups and a user."""

from collections.abc import Iterator
from typing import Any

from local.simulation.population.place import PASSWORD, TAG_LIST, Place
from local.simulation.population.planted import Planted
from local.simulation.population.site import Client, Site

NAME = "CacheParameterGroupName"


def plant_each(site: Site, client: Client, _other: str) -> Iterator[Planted]:
    """Create caches, a subnet group, a parameter group, and a user."""
    place = Place(site, client, "elasticache")
    elasticache = place.client("elasticache")
    elasticache.create_cache_subnet_group(
        CacheSubnetGroupName="caches",
        CacheSubnetGroupDescription="without a way to the internet",
        SubnetIds=place.subnets,
        Tags=TAG_LIST,
    )
    yield place.planted("ElastiCache::SubnetGroup", "subnetgroup:caches", {"VpcId": place.vpc})
    group = {NAME: "events", "CacheParameterGroupFamily": "redis7", "Description": "tells of keys"}
    elasticache.create_cache_parameter_group(**group)
    parameter = {"ParameterName": "notify-keyspace-events", "ParameterValue": "AKE"}
    elasticache.modify_cache_parameter_group(**{NAME: "events"}, ParameterNameValues=[parameter])
    shows: dict[str, Any] = {"supplementaryConfiguration.Parameters.0.ParameterValue": "AKE"}
    yield place.planted("ElastiCache::ParameterGroup", "parametergroup:events", shows, tags={})
    elasticache.create_cache_cluster(
        CacheClusterId="sessions",
        Engine="memcached",
        CacheNodeType="cache.t4g.micro",
        NumCacheNodes=1,
        CacheSubnetGroupName="caches",
        Tags=TAG_LIST,
    )
    shows = {"Engine": "memcached", "CacheSubnetGroupName": "caches"}
    yield place.planted("ElastiCache::CacheCluster", "cluster:sessions", shows)
    elasticache.create_replication_group(
        ReplicationGroupId="replicated",
        ReplicationGroupDescription="x",
        Engine="redis",
        AuthToken=PASSWORD,
        TransitEncryptionEnabled=True,
        AtRestEncryptionEnabled=False,
        Tags=TAG_LIST,
    )
    shows = {"AuthTokenEnabled": True, "AtRestEncryptionEnabled": False}
    yield place.planted(
        "ElastiCache::ReplicationGroup",
        "replicationgroup:replicated",
        shows,
        findings=("UNENCRYPTED_CACHE",),
    )
    elasticache.create_user(
        UserId="reader",
        UserName="reader",
        Engine="redis",
        Passwords=[PASSWORD],
        AccessString="on ~* +@read",
    )
    shows = {"AccessString": "on ~* +@read"}
    yield place.planted("ElastiCache::User", "user:reader", shows, tags={})

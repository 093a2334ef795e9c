"""Plants an EKS cluster with an old version and a public endpoint."""

from collections.abc import Iterator
from typing import Any

from local.simulation.population.place import PASSWORD, TAGS, Place
from local.simulation.population.planted import Planted
from local.simulation.population.site import Client, Site


def plant_each(site: Site, client: Client, _other: str) -> Iterator[Planted]:
    """Create a cluster, its compute, and its access entries."""
    place = Place(site, client, "eks")
    eks, role = place.client("eks"), f"arn:aws:iam::{site.account_id}:role/eks"
    eks.create_cluster(
        name="prod",
        version="1.29",
        roleArn=role,
        resourcesVpcConfig={"subnetIds": place.subnets, "endpointPublicAccess": True},
        tags=TAGS,
    )
    shows: dict[str, Any] = {"resourcesVpcConfig.endpointPublicAccess": True, "version": "1.29"}
    yield place.planted("EKS::Cluster", "cluster/prod", shows, findings=("OUT_OF_SUPPORT",))
    nodes = eks.create_nodegroup(
        clusterName="prod",
        nodegroupName="nodes",
        subnets=place.subnets,
        nodeRole=role,
        tags=TAGS,
    )["nodegroup"]["nodegroupArn"]
    yield place.planted("EKS::Nodegroup", nodes, {"clusterName": "prod"}, own_id="nodes")
    profile = eks.create_fargate_profile(
        clusterName="prod",
        fargateProfileName="jobs",
        podExecutionRoleArn=role,
        selectors=[{"namespace": "jobs"}],
        tags=TAGS,
    )["fargateProfile"]["fargateProfileArn"]
    shows = {"selectors.0.namespace": "jobs"}
    yield place.planted("EKS::FargateProfile", profile, shows, own_id="jobs")
    addon = eks.create_addon(
        clusterName="prod", addonName="coredns", configurationValues=PASSWORD, tags=TAGS
    )["addon"]["addonArn"]
    yield place.planted("EKS::Addon", addon, {"clusterName": "prod"}, own_id="coredns")
    groups = ["system:masters"]
    entry = eks.create_access_entry(
        clusterName="prod", principalArn=role, kubernetesGroups=groups, tags=TAGS
    )["accessEntry"]["accessEntryArn"]
    shows = {"kubernetesGroups": groups}
    yield place.planted("EKS::AccessEntry", entry, shows, own_id=entry, name=role)
    association = eks.create_pod_identity_association(
        clusterName="prod", namespace="jobs", serviceAccount="jobs", roleArn=role, tags=TAGS
    )["association"]["associationArn"]
    shows, name = {"roleArn": role}, TAGS["Name"]
    yield place.planted("EKS::PodIdentityAssociation", association, shows, name=name)

"""Plants an ECS cluster, a reachable service, and a container with a password."""

from collections.abc import Iterator

from local.simulation.population.place import LOWER_TAGS, PASSWORD, Place
from local.simulation.population.planted import Planted
from local.simulation.population.site import Client, Site

CONTAINER = "taskDefinition.containerDefinitions.0"


def plant_each(site: Site, client: Client, _other: str) -> Iterator[Planted]:
    """Create a cluster, a service with public addresses, and its task definition."""
    place = Place(site, client, "ecs")
    ecs = place.client("ecs")
    insights = [{"name": "containerInsights", "value": "disabled"}]
    cluster = ecs.create_cluster(clusterName="shop", settings=insights, tags=LOWER_TAGS)
    arn = cluster["cluster"]["clusterArn"]
    yield place.planted("ECS::Cluster", arn, {"settings": insights}, own_id=arn, name="shop")
    logs = {"awslogs-group": "web", "splunk-token": PASSWORD}
    container = {
        "name": "web",
        "image": "nginx",
        "memory": 128,
        "privileged": True,
        "environment": [{"name": "PASSWORD", "value": PASSWORD}],
        "logConfiguration": {"logDriver": "splunk", "options": logs},
    }
    task = ecs.register_task_definition(
        family="web", networkMode="awsvpc", containerDefinitions=[container], tags=LOWER_TAGS
    )["taskDefinition"]["taskDefinitionArn"]
    shows = {
        f"{CONTAINER}.privileged": True,
        f"{CONTAINER}.environment": [{"name": "PASSWORD"}],
        f"{CONTAINER}.logConfiguration.options": {"awslogs-group": "web"},
    }
    yield place.planted("ECS::TaskDefinition", task, shows, own_id=task, name="web:1")
    network = {"subnets": place.subnets, "securityGroups": [], "assignPublicIp": "ENABLED"}
    service = ecs.create_service(
        cluster="shop",
        serviceName="web",
        taskDefinition=task,
        desiredCount=1,
        networkConfiguration={"awsvpcConfiguration": network},
        tags=LOWER_TAGS,
    )["service"]["serviceArn"]
    shows = {"networkConfiguration.awsvpcConfiguration.assignPublicIp": "ENABLED"}
    yield place.planted("ECS::Service", service, shows, own_id=service, name="web")

"""Plants a public ECR repository."""

import json
from collections.abc import Iterator

from local.simulation.population.place import TAG_LIST, Place
from local.simulation.population.planted import Planted
from local.simulation.population.site import Client, Site

POLICY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "ecr:BatchGetImage"}],
}


def plant_each(site: Site, client: Client, _other: str) -> Iterator[Planted]:
    """Create a repository without image scanning."""
    place = Place(site, client, "ecr")
    ecr = place.client("ecr")
    ecr.create_repository(
        repositoryName="team/web",
        imageScanningConfiguration={"scanOnPush": False},
        tags=TAG_LIST,
    )
    ecr.set_repository_policy(repositoryName="team/web", policyText=json.dumps(POLICY))
    shows = {
        "imageScanningConfiguration.scanOnPush": False,
        "supplementaryConfiguration.Policy": POLICY,
        "supplementaryConfiguration.LifecyclePolicy": None,
    }
    yield place.planted(
        "ECR::Repository",
        "repository/team/web",
        shows,
        own_id="team/web",
        findings=("PUBLIC_RESOURCE_POLICY",),
    )

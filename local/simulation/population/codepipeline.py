"""Plants a CodePipeline pipeline that authenticates with a GitHub token."""

import json
from collections.abc import Iterator
from typing import Any

from local.simulation.population.place import LOWER_TAGS, PASSWORD, Place
from local.simulation.population.planted import Planted
from local.simulation.population.site import Client, Site

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "codepipeline.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}


def plant_each(site: Site, client: Client, _other: str) -> Iterator[Planted]:
    """Create a pipeline and the role that it requires."""
    place = Place(site, client, "codepipeline")
    role = place.client("iam").create_role(
        RoleName="pipeline", AssumeRolePolicyDocument=json.dumps(TRUST)
    )["Role"]["Arn"]
    source = _action("Source", "ThirdParty", "GitHub", {"OAuthToken": PASSWORD})
    build = _action("Build", "AWS", "CodeBuild", {"ProjectName": "web"})
    place.client("codepipeline").create_pipeline(
        pipeline={
            "name": "web",
            "roleArn": role,
            "artifactStore": {"type": "S3", "location": "artifacts"},
            "stages": [
                {"name": "Source", "actions": [source | {"outputArtifacts": [{"name": "code"}]}]},
                {"name": "Build", "actions": [build | {"inputArtifacts": [{"name": "code"}]}]},
            ],
        },
        tags=LOWER_TAGS,
    )
    shows = {
        "stages.0.actions.0.configuration": {},
        "stages.1.actions.0.configuration": {"ProjectName": "web"},
    }
    yield place.planted("CodePipeline::Pipeline", "web", shows)


def _action(
    category: str, owner: str, provider: str, configuration: dict[str, str]
) -> dict[str, Any]:
    kind = {"category": category, "owner": owner, "provider": provider, "version": "1"}
    return {"name": provider, "actionTypeId": kind, "configuration": configuration}

"""Plants a CodeBuild project with passwords in a variable and in its buildspec."""

from collections.abc import Iterator

from local.simulation.population.place import LOWER_TAGS, PASSWORD, Place
from local.simulation.population.planted import Planted
from local.simulation.population.site import Client, Site


def plant_each(site: Site, client: Client, _other: str) -> Iterator[Planted]:
    """Create a project with privileged builds."""
    place = Place(site, client, "codebuild")
    variable = {"name": "TOKEN", "value": PASSWORD, "type": "PLAINTEXT"}
    place.client("codebuild").create_project(
        name="web",
        source={"type": "S3", "location": "bucket/path", "buildspec": f"# {PASSWORD}"},
        artifacts={"type": "NO_ARTIFACTS"},
        environment={
            "type": "LINUX_CONTAINER",
            "image": "aws/codebuild/standard:7.0",
            "computeType": "BUILD_GENERAL1_SMALL",
            "privilegedMode": True,
            "environmentVariables": [variable],
        },
        serviceRole=f"arn:aws:iam::{place.account}:role/codebuild",
        tags=LOWER_TAGS,
    )
    shows = {
        "environment.privilegedMode": True,
        "environment.environmentVariables": [{"name": "TOKEN", "type": "PLAINTEXT"}],
    }
    yield place.planted("CodeBuild::Project", "project/web", shows)

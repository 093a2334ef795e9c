"""Plants a stack with a password among its parameters."""

import json
from collections.abc import Iterator

from local.simulation.population.place import PASSWORD, TAG_LIST, Place
from local.simulation.population.planted import Planted
from local.simulation.population.site import Client, Site

TEMPLATE = {
    "Parameters": {"Password": {"Type": "String"}},
    "Resources": {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "of-a-stack"}}},
}


def plant_each(site: Site, client: Client, _other: str) -> Iterator[Planted]:
    """Create a stack with a topic."""
    place = Place(site, client, "cloudformation")
    stack = place.client("cloudformation").create_stack(
        StackName="web",
        TemplateBody=json.dumps(TEMPLATE),
        Parameters=[{"ParameterKey": "Password", "ParameterValue": PASSWORD}],
        Tags=TAG_LIST,
    )["StackId"]
    shows = {"Parameters": [{"ParameterKey": "Password"}]}
    yield place.planted("CloudFormation::Stack", stack, shows, own_id=stack, name="web")

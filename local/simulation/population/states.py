"""Plants a state machine without logging, with a password in its definition."""

import json
from collections.abc import Iterator

from local.simulation.population.place import LOWER_TAGS, PASSWORD, Place
from local.simulation.population.planted import Planted
from local.simulation.population.site import Client, Site

DEFINITION = {"StartAt": "End", "Comment": PASSWORD, "States": {"End": {"Type": "Succeed"}}}


def plant_each(site: Site, client: Client, _other: str) -> Iterator[Planted]:
    """Create the state machine; its definition is never read."""
    place = Place(site, client, "states")
    arn = place.client("stepfunctions").create_state_machine(
        name="orders",
        definition=json.dumps(DEFINITION),
        roleArn=f"arn:aws:iam::{place.account}:role/orders",
        tags=LOWER_TAGS,
    )["stateMachineArn"]
    shows = {"type": "STANDARD"}
    yield place.planted("StepFunctions::StateMachine", arn, shows, own_id=arn, name="orders")

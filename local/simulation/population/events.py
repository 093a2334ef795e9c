"""Plants an EventBridge bus open to an outside account, and a rule with a secret input."""

import json
from collections.abc import Iterator
from typing import Any

from local.simulation.population.place import PASSWORD, STRANGER, TAG_LIST, Place
from local.simulation.population.planted import Planted
from local.simulation.population.site import Client, Site

PATTERN = {"source": ["shop"]}
PRINCIPAL = "configuration.Policy.Statement.0.Principal.AWS"
TARGETS = "supplementaryConfiguration.Targets"


def plant_each(site: Site, client: Client, _other: str) -> Iterator[Planted]:
    """Create a custom bus, and a rule on it."""
    place = Place(site, client, "events")
    events, queue = place.client("events"), place.arn("jobs", "sqs")
    events.create_event_bus(Name="orders", Tags=TAG_LIST)
    events.put_permission(
        EventBusName="orders", Action="events:PutEvents", Principal=STRANGER, StatementId="partner"
    )
    shows: dict[str, Any] = {PRINCIPAL: f"arn:aws:iam::{STRANGER}:root"}
    yield place.planted("Events::EventBus", "event-bus/orders", shows)
    rule = events.put_rule(
        Name="paid", EventBusName="orders", EventPattern=json.dumps(PATTERN), Tags=TAG_LIST
    )["RuleArn"]
    target = {"Id": "1", "Arn": queue, "Input": f'"{PASSWORD}"'}
    events.put_targets(Rule="paid", EventBusName="orders", Targets=[target])
    shows = {"EventPattern": PATTERN, TARGETS: [{"Id": "1", "Arn": queue}]}
    yield place.planted("Events::Rule", rule, shows, own_id=rule, name="paid")

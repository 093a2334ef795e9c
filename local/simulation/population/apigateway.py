"""Plants APIs: one open to an outside account, and one with a secret."""

import json
from collections.abc import Iterator

from local.simulation.population.place import PASSWORD, STRANGER, TAGS, Place
from local.simulation.population.planted import Planted
from local.simulation.population.site import Client, Site

STAGE = "supplementaryConfiguration.Stages.0.StageName"


def plant_each(site: Site, client: Client, _other: str) -> Iterator[Planted]:
    """Create a REST API with a policy, and an HTTP API with a stage."""
    place = Place(site, client, "apigateway")
    head = f"arn:aws:apigateway:{place.region}::"
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": STRANGER},
        "Action": "execute-api:Invoke",
        "Resource": "execute-api:/*",
    }
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    rest = place.client("apigateway").create_rest_api(
        name="orders", tags=TAGS, policy=json.dumps(policy)
    )["id"]
    shows = {"policy": policy}
    yield place.planted("ApiGateway::RestApi", f"{head}/restapis/{rest}", shows, name="orders")
    gateway = place.client("apigatewayv2")
    http = gateway.create_api(Name="carts", ProtocolType="HTTP", Tags=TAGS)["ApiId"]
    gateway.create_stage(ApiId=http, StageName="live", StageVariables={"key": PASSWORD})
    shows_stage = {STAGE: "live", "ProtocolType": "HTTP"}
    yield place.planted("ApiGatewayV2::Api", f"{head}/apis/{http}", shows_stage, name="carts")

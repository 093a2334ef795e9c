"""Plants Lambda functions: with and without variables, policy, URL, reserved concurrency.

Also plants a function's alias, a public layer, and an event source mapping.
"""

import base64
import json
from collections.abc import Iterator
from typing import Any

from moto.awslambda.models import LambdaBackend, LambdaFunction
from moto.backends import get_backend

from local.simulation.population.place import TAGS, Place
from local.simulation.population.planted import Planted
from local.simulation.population.site import Client, Site

RUNTIMES = ("python3.13", "nodejs22.x", "java21", "provided.al2023")
URLS = (None, "NONE", None, "AWS_IAM")
POLICIES = (None, "events.amazonaws.com", None, "*")
PLANTED = "Rechnungslauf"
"""The description of functions that may change and go from day to day."""

CODE = base64.b64encode(b"no code of anybody").decode()


def plant(site: Site, amount: int) -> None:
    """Create `amount` functions in the site's Regions."""
    for _ in range(amount):
        _plant_function(site, _backend(site, site.rng.choice(site.regions)))


def plant_each(site: Site, client: Client, _other: str) -> Iterator[Planted]:
    """Create an alias, a layer and an event source mapping."""
    place = Place(site, client, "lambda")
    planted = _plant_function(site, _backend(site, place.region))
    planted.description = "Stays, as its alias is expected on each day"
    planted.policy.statements.clear()  # in moto a function and its aliases share one policy
    function = planted.function_name
    lambda_, sqs = place.client("lambda"), place.client("sqs")
    yield _plant_alias(place, lambda_, function)
    yield plant_layer(place)
    sqs.create_queue(QueueName="invoices")
    mapping = lambda_.create_event_source_mapping(
        FunctionName=function, EventSourceArn=place.arn("invoices", "sqs"), Tags=TAGS
    )
    shows = {"FunctionArn": place.arn(f"function:{function}"), "State": "Enabled"}
    resource = f"event-source-mapping:{mapping['UUID']}"
    yield place.planted("Lambda::EventSourceMapping", resource, shows, name=TAGS["Name"])


def _plant_alias(place: Place, lambda_: Any, function: str) -> Planted:
    """Create an alias that everyone may invoke."""
    version = {"FunctionName": function, "FunctionVersion": "$LATEST"}
    arn = lambda_.create_alias(Name="live", **version)["AliasArn"]
    lambda_.add_permission(
        FunctionName=function,
        Qualifier="live",
        StatementId="all",
        Action="lambda:InvokeFunction",
        Principal="*",
    )
    statement = "supplementaryConfiguration.Policy.Statement.0"
    shows = {"FunctionVersion": "$LATEST", f"{statement}.Principal": "*"}
    found = ("PUBLIC_FUNCTION",)
    return place.planted(
        "Lambda::Alias", arn, shows, own_id=arn, name="live", tags={}, findings=found
    )


def plant_layer(place: Place) -> Planted:
    """Create a layer that every account may use."""
    lambda_ = place.client("lambda")
    layer = {"LayerName": "tools"}
    version = lambda_.publish_layer_version(Content={"ZipFile": CODE}, **layer)["Version"]
    lambda_.add_layer_version_permission(
        VersionNumber=version,
        StatementId="all",
        Action="lambda:GetLayerVersion",
        Principal="*",
        **layer,
    )
    shows = {
        "LatestMatchingVersion.Version": 1,
        "supplementaryConfiguration.Policy.Statement.0.Principal": "*",
    }
    return place.planted("Lambda::Layer", "layer:tools", shows, tags={})


def change(site: Site) -> None:
    """Give one function more memory, and make it public."""
    for _, function in _planted(site):
        function.update_configuration({"MemorySize": function.memory_size + 64})
        _allow(function, "*")
        return


def delete(site: Site) -> None:
    """Delete one function."""
    for backend, function in [*_planted(site)][-1:]:
        backend.delete_function(function.function_name)


def _backend(site: Site, region: str) -> LambdaBackend:
    return get_backend("lambda")[site.account_id][region]


def _planted(site: Site) -> Iterator[tuple[LambdaBackend, LambdaFunction]]:
    for backend in (_backend(site, region) for region in site.regions):
        for function in backend.list_functions():
            if function.description == PLANTED:
                yield backend, function


def _plant_function(site: Site, backend: LambdaBackend) -> LambdaFunction:
    name, number = site.name("function"), site.number()
    spec: dict[str, Any] = {
        "FunctionName": name,
        "Role": f"arn:aws:iam::{site.account_id}:role/service-role/{name}",
        "Runtime": RUNTIMES[number % len(RUNTIMES)],
        "Handler": "app.handler",
        "Code": {"ZipFile": CODE},
        "Description": PLANTED,
        "MemorySize": site.rng.choice((128, 512, 1024)),
        "Tags": site.tags(),
        "Architectures": [site.rng.choice(("x86_64", "arm64"))],
    }
    if site.chance(0.6):
        spec["Environment"] = {"Variables": {"STAGE": "prod", "DB_PASSWORD": f"hunter2-{number}"}}
    # moto's create_function requires the role, which does not exist.
    function = LambdaFunction(  # type: ignore[abstract]  # like moto itself
        site.account_id, spec, backend.region_name, version="$LATEST"
    )
    function.last_modified = f"{site.moment().isoformat(timespec='milliseconds')}+0000"
    function.reserved_concurrency = site.rng.choice((None, None, 5))
    backend._lambdas._functions[name] = {"latest": function, "versions": []}
    backend._lambdas._arns[function.function_arn] = function
    if auth := site.one_of(URLS):
        url = function.create_url_config({"AuthType": auth})
        url.created = url.last_modified = function.last_modified
    if principal := site.one_of(POLICIES):
        _allow(function, principal)
    return function


def _allow(function: LambdaFunction, principal: str) -> None:
    statement = {
        "StatementId": f"allow-{len(function.policy.statements)}",
        "Action": "lambda:InvokeFunction",
        "Principal": principal,
    }
    function.policy.add_statement(json.dumps(statement))

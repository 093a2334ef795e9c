"""Plants Lambda functions: with and without variables, policy, URL, reserved concurrency."""

import base64
import json
from collections.abc import Iterator
from typing import Any

from moto.awslambda.models import LambdaBackend, LambdaFunction
from moto.backends import get_backend

from local.simulation.population.site import Site

RUNTIMES = ("python3.13", "nodejs22.x", "java21", "provided.al2023")
URLS = (None, "NONE", None, "AWS_IAM")
POLICIES = (None, "events.amazonaws.com", None, "*")
PLANTED = "Rechnungslauf"
CODE = base64.b64encode(b"no code of anybody").decode()


def plant(site: Site, amount: int) -> None:
    """Create `amount` functions in the site's Regions."""
    for _ in range(amount):
        _plant_function(site, _backend(site, site.rng.choice(site.regions)))


def change(site: Site) -> None:
    """Give one function more memory, and open it to everybody."""
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
    # moto's create_function asks for the role, and there is none.
    function = LambdaFunction(  # type: ignore[abstract]  # as moto does itself
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

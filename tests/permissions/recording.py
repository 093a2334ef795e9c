"""Runs that call all that the stack ever calls, and what they ask of AWS."""

import io
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import Any

from moto.backends import get_backend

from cidb2.services import SERVICES
from local.deployment.deploy import deploy
from local.deployment.stack import Deployment, Stack
from local.deployment.template import load_template
from local.gateway.call import Answer, Call, Environ
from local.simulation.population import Organisation, ec2, iam, lambda_
from local.simulation.population.organisation import HUB
from local.simulation.population.site import Site
from tests.faults.ground import (
    LARGER_THAN_A_MESSAGE,
    PLACES,
    SETTLE_SECONDS,
    STANDING,
    TIME_SCALE,
    Ground,
)
from tests.faults.injection import (
    DENIAL,
    INVOKE_KMS,
    PUBLISH_BATCH,
    SERVER_ERROR,
    START_IAM,
    inject,
)
from tests.permissions.policies import REDRIVER
from tests.permissions.requests import Request, requests_of
from tests.support.services import COLLECTORS
from tests.support.template import ORGANIZATION_TEMPLATE, TEMPLATE
from tests.support.world import World, world

EVERYTHING = {"services": [*SERVICES]}
OF_EACH_COLLECTOR = {
    "services": [
        *("iam", "kms", "ec2", "s3", "s3control", "lambda", "sns", "cloudwatch", "athena"),
        *("glue", "cloudfront", "elasticloadbalancing", "cloudtrail", "config", "logs"),
    ]
}
"""What is read in trouble: each collector asks the hub for the same, whatever it collects. One with
few listings may finish them in one invocation and keep no checkpoint."""

AT_ONCE = {"CONTINUE_MARGIN_SECONDS": str(24 * 3600)}
ALL_ARE_LATE = {"LATE_AFTER_SECONDS": "0"}
MORE_THAN_ONE_STEP = 205
MORE_THAN_ONE_PAGE = 14
FIELDS = (
    *("ListPolicyTags", "GetKeyPolicy", "GetBucketPolicy", "GetPolicy", "ListTagsForResource"),
)
BY_ROLE = "a run with an organisation role"


@dataclass(frozen=True)
class Recording:
    """What was asked; `second` is a stack that reads the organisation by a role."""

    stack: Stack
    members: tuple[Stack, ...]
    second: Stack
    organization: Stack
    requests: tuple[Request, ...]
    asked_by_second: tuple[Request, ...]


@contextmanager
def recording() -> Iterator[tuple[World, Recording]]:
    """Yield a world and what its runs asked for: a first, a troubled, and one with a death."""
    planted = Organisation(1, 14, PLACES, seed=5)
    planted.accounts = [one for one in planted.accounts if one.condition in STANDING]
    given = {
        "SettleTimeoutSeconds": SETTLE_SECONDS,
        "RedriveRoleArns": f"arn:aws:iam::{HUB}:role/{REDRIVER}",
    }
    with world(
        planted,
        parameters=given,
        environments=1,
        redelivery_seconds=0,
        time_scale=TIME_SCALE,
        each_type=True,
    ) as here:
        ground = Ground(here, here.healthy()[0])
        remove = plant_large_things(here, ground.member)
        seen = list(_watch(here, "a first run", lambda: here.take_inventory(EVERYTHING)))
        remove()
        seen += _watch(here, "a run with faults", lambda: _in_trouble(ground))
        seen += _watch(here, "a run with a crashed collector", lambda: _in_death(ground))
        second, organization, asked = _by_a_role(here)
        yield (
            here,
            Recording(
                here.stack, (*here.roles.values(),), second, organization, tuple(seen), tuple(asked)
            ),
        )


def plant_large_things(here: World, account: str) -> Callable[[], None]:
    """Plant something that no message can carry, in each service; return how to end the instance.

    What can be unreadable in part stays: of that the large fields are read back.
    """
    large = "x" * LARGER_THAN_A_MESSAGE
    document = json.dumps({"Version": "2012-10-17", "Id": large, "Statement": []})
    site = Site(account, 1, PLACES, Random(1))
    iam.plant(site, MORE_THAN_ONE_STEP)
    ec2.plant(site, MORE_THAN_ONE_PAGE)
    lambda_.plant(site, MORE_THAN_ONE_PAGE)
    next(iter(get_backend("lambda")[account][PLACES[0]].list_functions())).description = large
    get_backend("athena")[account][PLACES[0]].work_groups["analysts"].description = large
    next(iter(get_backend("sns")[account][PLACES[0]].topics.values())).display_name = large
    next(iter(get_backend("cloudwatch")[account][PLACES[0]].alarms.values())).description = large
    for distribution in get_backend("cloudfront")[account]["aws"].distributions.values():
        vars(distribution.distribution_config)["Comment"] = large
    policy = next(iter(iam._policies(site)))
    next(one for one in policy.versions if one.is_default).document = document
    keys = get_backend("kms")[account][PLACES[0]].keys
    key = next(one for one in keys.values() if one.key_manager == "CUSTOMER")
    key.description = large
    machines = get_backend("ec2")[account][PLACES[0]]
    instance = next(iter(machines.all_instances()))
    instance.add_tag("Large", large)
    buckets = get_backend("s3")[account]["aws"].buckets
    bucket = next(iter(buckets.values()))
    bucket.policy = document.encode()

    def remove() -> None:
        for number, reservation in list(machines.reservations.items()):
            if instance in reservation.instances:
                del machines.reservations[number]

    return remove


def _in_trouble(ground: Ground) -> None:
    """Publishing fails, fields are denied, nobody has time, and everything comes late."""
    here, wanted = ground.here, {"regions": [*PLACES], **OF_EACH_COLLECTOR}
    root = here.aws.client("organizations").list_roots()["Roots"][0]["Id"]
    with ExitStack() as trouble:
        enter = trouble.enter_context
        for function in COLLECTORS:
            enter(here.configured(f"{function}Function", AT_ONCE))
        enter(here.configured("ReporterFunction", ALL_ARE_LATE))
        enter(inject(ground, PUBLISH_BATCH, SERVER_ERROR, None))
        for operation in FIELDS:
            enter(here.aws.faults.deny(operation=operation, account=ground.member))
        for operation, strike in SMALL_PAGES.items():
            enter(here.aws.faults.add(strike, operation=operation))
        here.run({"accounts": {"organizational_units": [root]}, **wanted})


def _one_bucket_a_page(call: Call, _: Environ) -> None:
    call.parameters["MaxBuckets"] = 1


def _few_instances_a_page(_: Call, environ: Environ) -> None:
    asked = environ["wsgi.input"].read()
    environ["wsgi.input"] = io.BytesIO(asked.replace(b"MaxResults=40", b"MaxResults=05"))


def _one_key_a_page(call: Call, _: Environ) -> Answer:
    keys = sorted(get_backend("kms")[call.account][call.region].keys.values(), key=lambda k: k.arn)
    first = int(call.parameters.get("Marker") or 0)
    page: dict[str, Any] = {"Keys": [{"KeyId": k.id, "KeyArn": k.arn} for k in keys[first:][:1]]}
    more = {"NextMarker": str(first + 1)} if first + 1 < len(keys) else {}
    return call.result({**page, **more, "Truncated": bool(more)})


def _one_function_a_page(call: Call, _: Environ) -> None:
    call.parameters["MaxItems"] = 1


SMALL_PAGES: dict[str, Callable[[Call, Environ], Answer | None]] = {
    "DescribeInstances": _few_instances_a_page,
    "ListBuckets": _one_bucket_a_page,
    "ListFunctions": _one_function_a_page,
    "ListKeys": _one_key_a_page,
}
"""Where AWS, or moto, would answer all at once; IAM's answer is long enough as it is."""


def _in_death(ground: Ground) -> None:
    with inject(ground, INVOKE_KMS, DENIAL, None), inject(ground, START_IAM, DENIAL, None):
        ground.here.run({"services": ["iam", "kms"]})


def _by_a_role(here: World) -> tuple[Stack, Stack, list[Request]]:
    """Deploy a second stack, whose initializer reads the organisation by a role; invoke it."""
    region, client = here.stack.region, here.aws.client
    second = Stack("second", HUB, region, {})
    initializer = Deployment(second, client, "InitializerRole").name()
    organization = Stack("cidb2-organization-role", HUB, region, {})
    organization.parameters = {
        "InitializerRoleArn": f"arn:aws:iam::{HUB}:role/{initializer}",
        "ExternalId": second.id.rpartition("/")[2],
        "OrganizationId": organization_of(here).rpartition("/")[2],
    }
    template = load_template(ORGANIZATION_TEMPLATE, region, {}, str)
    deploy(template, organization, client)
    second.parameters = {"OrganizationsRoleArn": organization.outputs["RoleArn"]}
    template = load_template(TEMPLATE, region, second.parameters, here.aws._upload)
    deploy(template, second, client)
    root = client("organizations").list_roots()["Roots"][0]["Id"]
    execution = {"id": f"{second.id}/execution", "startedAt": "2026-11-24T03:48:30.000Z"}
    asked: list[Request] = []
    for accounts in ("organization", {"organizational_units": [root]}):
        event = {"execution": execution, "input": {"accounts": accounts}}
        invoke = partial(
            client("lambda").invoke,
            FunctionName=second.physical_id("InitializerFunction"),
            Payload=json.dumps(event),
        )
        asked += _watch(here, BY_ROLE, invoke)
    return second, organization, asked


def organization_of(here: World) -> str:
    """Return the ARN of the simulated organisation."""
    return str(here.aws.client("organizations").describe_organization()["Organization"]["Arn"])


def _watch(here: World, source: str, run: Callable[[], Any]) -> Iterator[Request]:
    calls: list[Call] = []
    with here.watching(calls.append):
        run()
    organization = organization_of(here)
    for call in calls:
        if call.principal.session_name != "operator":
            yield from requests_of(call, source, organization)

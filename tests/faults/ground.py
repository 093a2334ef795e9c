"""A small organisation whose inventory is complete, in which something changes before each run."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Any

from moto.backends import get_backend
from moto.stepfunctions.parser.models import stepfunctions_parser_backends
from moto.stepfunctions.parser.utils import TMP_THREADS

from cidb2.scope import Scope
from local.emulator.outcomes import Execution
from local.simulation.check import compare
from local.simulation.expectation import Expectation
from local.simulation.population import (
    HUB,
    REGIONS,
    Organisation,
    ec2,
    ec2_networks,
    iam,
    kms,
    lambda_,
    s3,
)
from local.simulation.population.ec2_place import Ec2Place
from local.simulation.population.ec2_storage import plant_storage
from local.simulation.population.place import Place
from local.simulation.population.planted import Planted
from local.simulation.population.site import Site
from local.simulation.truth import Item
from tests.support.world import PLANTED_SERVICES, Row, ScopeKey, World, world

PLACES = REGIONS[:2]
TIME_SCALE = 200
SETTLE_SECONDS = 10
LARGER_THAN_A_MESSAGE = 270_000
STANDING = ("hub", "healthy", "suspended")


@dataclass(frozen=True)
class Ran:
    """A run that ended, and what it left: its ledger's scopes and the inventory."""

    execution: Execution
    run_id: str | None
    scopes: dict[ScopeKey, Row]
    coverage: dict[ScopeKey, Row]
    before: dict[str, Item]
    after: dict[str, Item]
    expected: Expectation

    @property
    def outcomes(self) -> dict[ScopeKey, tuple[str, str | None]]:
        """Return what became of each scope of the active accounts."""
        return {
            key: (row["outcome"], row.get("reason"))
            for key, row in self.scopes.items()
            if row.get("reason") != "ACCOUNT_SUSPENDED"
        }

    @property
    def output(self) -> Row:
        """Return the execution's output; empty where it failed."""
        return self.execution.output or {}


@dataclass
class Ground:
    """The world, its one member account, and the outcomes of a run in which nothing fails.

    Only `services` change, are collected and compared.
    """

    here: World
    member: str
    services: tuple[str, ...] = PLANTED_SERVICES
    beats: int = 0
    is_settled: bool = True
    _outcomes: dict[ScopeKey, tuple[str, str | None]] = field(default_factory=dict)
    _undo: dict[str, Any] = field(default_factory=dict)

    @property
    def clean(self) -> dict[ScopeKey, tuple[str, str | None]]:
        """Return the outcomes of a run in which nothing fails."""
        return {key: found for key, found in self._outcomes.items() if key[0] in self.services}

    def run(self, wanted: Mapping[str, Any] | None = None) -> Ran:
        """Run the machine, whatever comes of it, and look at what it left."""
        before = self.inventory()
        return self.look(self.here.aws.wait(self.start(wanted)), before)

    def start(self, wanted: Mapping[str, Any] | None = None) -> str:
        """Start the machine and return the execution's ARN."""
        return self.here.aws.start_execution({"services": [*self.services], **(wanted or {})})

    def look(self, execution: Execution, before: dict[str, Item]) -> Ran:
        """Return what an execution left that found `before` in the inventory."""
        rows = self.here.runs_rows()
        mine = [k[1] for k, row in rows.items() if row.get("executionArn") == execution.arn]
        run_id = mine[0] if mine else None
        scopes = self.here.scopes(run_id) if run_id else {}
        expected = self.here.expected({"services": self.services})
        return Ran(
            execution, run_id, scopes, self.here.coverage(), before, self.inventory(), expected
        )

    def inventory(self) -> dict[str, Item]:
        """Return the current items of the services by ARN, tombstones too."""
        return {
            arn: item
            for arn, item in self.here.inventory().items()
            if Scope.parse(item["scope"]).service in self.services
        }

    def heal(self, *, tidy: bool = True) -> Ran:
        """Run once more with nothing in the way, assert that the table is the truth, and tidy up.

        What has a time to live is forgotten, as after months, so that hundreds of runs stay fast.
        """
        ran = self.run()
        assert ran.execution.status == "SUCCEEDED", (ran.execution.error, ran.execution.cause)
        differences = [*compare(ran.expected.found, ran.after, ran.expected.hidden).lines()]
        assert not differences, differences
        assert ran.output["status"] == "COMPLETE", ran.output["message"]
        assert ran.output["reconciled"] is True, ran.output["totals"]
        if self.clean:
            assert ran.outcomes == self.clean, ran.outcomes
        self._outcomes |= ran.outcomes
        if tidy:
            self._forget()
        return ran

    def settle(self, ran: Ran) -> None:
        """Heal, unless the run itself brought the table to the truth; tidy up."""
        is_clean = ran.outcomes == self.clean and ran.output.get("reconciled") is True
        if is_clean and compare(ran.expected.found, ran.after, ran.expected.hidden).is_equal:
            self._forget()
        else:
            self.heal()

    def beat(self) -> None:
        """Create, change and delete one resource of each service in the member account."""
        self.beats += 1
        self.is_settled = False
        site = Site(self.member, self.beats, PLACES, Random(self.beats), self.beats)
        for service in self.services:
            self._undo.pop(service, lambda: None)()
            self._undo[service] = BEATS[service](site, f"beat {self.beats}")

    def _forget(self) -> None:
        self.is_settled = True
        for output in ("InventoryTableName", "RunsTableName"):
            table = self.here._table(output)
            for pk, rows in list(table.items.items()):
                for sk, row in list(rows.items()):
                    if "expiresAt" in row.attrs and not str(pk.value).startswith("account#"):
                        del rows[sk]
        queue(self.here, "DeadLetterQueueUrl")._messages.clear()
        stack = self.here.aws.stack
        for machine in stepfunctions_parser_backends[stack.account][stack.region].state_machines:
            machine.executions.clear()
        TMP_THREADS.clear()


@contextmanager
def ground(**parameters: Any) -> Iterator[Ground]:
    """Plant, deploy, and take the first inventory."""
    planted = Organisation(1, 14, PLACES, seed=5)
    planted.accounts = [one for one in planted.accounts if one.condition in STANDING]
    given = {"SettleTimeoutSeconds": SETTLE_SECONDS, **parameters}
    with world(
        planted, parameters=given, environments=2, redelivery_seconds=0, time_scale=TIME_SCALE
    ) as here:
        [member] = here.healthy()
        make_oversize(member)
        planted.expected += _with_calls_of_their_own(here, member)
        made = Ground(here, member)
        made.beat()
        made.run()  # every function starts cold, which may take longer than a run waits
        made.heal()
        yield made


def make_oversize(account: str) -> None:
    """Make the oversize bucket so by one long text, which costs less time than many rules."""
    for bucket in get_backend("s3")[account]["aws"].buckets.values():
        if len(bucket.rules) == s3.LARGE_RULES:
            bucket.rules = []
            document = {"Version": "2012-10-17", "Id": "x" * LARGER_THAN_A_MESSAGE, "Statement": []}
            bucket.policy = json.dumps(document).encode()


def _with_calls_of_their_own(here: World, account: str) -> Iterator[Planted]:
    """Plant what is asked for one by one: snapshots, images, templates, prefix lists, layers."""
    site = Site(account, 1, PLACES, Random(1))
    place = Ec2Place(site, here.aws.client("ec2", account, PLACES[0]), HUB)
    yield from plant_storage(place)
    yield ec2_networks.plant_prefix_list(place)
    yield lambda_.plant_layer(Place(site, here.aws.client, "lambda"))


def queue(here: World, output: str) -> Any:
    """Return moto's own queue."""
    stack = here.aws.stack
    return get_backend("sqs")[stack.account][stack.region].queues[
        stack.outputs[output].rpartition("/")[2]
    ]


def _iam_beat(site: Site, label: str) -> Any:
    backend = get_backend("iam")[site.account_id]["aws"]
    before = set(backend.roles)
    standing = next(role for role in backend.roles.values() if role.path == iam.PATH)
    standing.tags = [{"Key": "Beat", "Value": label}]
    iam.plant(site, 1)
    [made] = set(backend.roles) - before

    def undo() -> None:
        role = backend.roles[made]
        for policy in list(role.managed_policies.values()):
            policy.detach_from(role)
        role.policies.clear()
        backend.roles.pop(made)

    return undo


def _kms_beat(site: Site, label: str) -> Any:
    backend = get_backend("kms")[site.account_id][PLACES[1]]
    for region in PLACES:
        for key in get_backend("kms")[site.account_id][region].keys.values():
            if key.key_manager == "CUSTOMER":
                key.description = label
                break
    made = kms._create(site, backend, kms.PLANTED)
    return lambda: backend.delete_key(made.id)


def _ec2_beat(site: Site, label: str) -> Any:
    region = PLACES[site.index % 2]
    backend = get_backend("ec2")[site.account_id][region]
    for place in PLACES:
        for instance in get_backend("ec2")[site.account_id][place].all_instances()[:1]:
            instance.add_tag("Beat", label)
    before = set(backend.reservations)
    ec2._plant_instance(site, backend)
    [made] = set(backend.reservations) - before
    return lambda: backend.reservations.pop(made)


def _s3_beat(site: Site, label: str) -> Any:
    backend = get_backend("s3")[site.account_id]["aws"]
    standing = next(iter(backend.buckets))
    backend.put_bucket_tagging(standing, {"Beat": label})
    made = s3._plant_bucket(site).name
    return lambda: backend.delete_bucket(made)


def _lambda_beat(site: Site, label: str) -> Any:
    """One function is changed; one is created in each region, so that none is without."""
    backends = [get_backend("lambda")[site.account_id][region] for region in PLACES]
    standing = next((each for backend in backends for each in backend.list_functions()), None)
    made = [(backend, lambda_._plant_function(site, backend)) for backend in backends]
    if standing:
        standing.handler = label.replace(" ", ".")

    def undo() -> None:
        for backend, function in made:
            backend.delete_function(function.function_name)

    return undo


BEATS = {
    "iam": _iam_beat,
    "kms": _kms_beat,
    "ec2": _ec2_beat,
    "s3": _s3_beat,
    "lambda": _lambda_beat,
}

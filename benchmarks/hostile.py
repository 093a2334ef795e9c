"""Measures a collector's peak memory for accounts with the largest possible resources."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import cycle, islice
from urllib.parse import quote

from benchmarks.collecting import a_run, as_hub, judge
from benchmarks.front import Front
from benchmarks.growth import in_process
from benchmarks.page import Table
from benchmarks.population import REGIONS, Population
from benchmarks.sample import SAMPLES, Sample, Samples
from cidb2.run import Publish

INTERFACES, ADDRESSES = 15, 50
"""Limits of large instances (EC2 User Guide, 'Maximum IP addresses per network interface')."""

DOCUMENT_CHARACTERS, VERSIONS = 131_072, 5
"""Limits of a managed policy. Quotas ignore white space; CreatePolicyVersion does not (IAM API)."""

FIVE_REGIONS = (*REGIONS, "eu-central-1", "us-west-2")


@dataclass(frozen=True)
class Shape:
    """An account's content: resources of one service, each changed by `enlarge`."""

    name: str
    service: str
    population: Population
    enlarge: Callable[[Sample], Sample]


def measure(samples: Samples) -> Table:
    """Return the peak memory of each collector's process, for two numbers of resources."""
    return Table(
        ("account", "resources", "collector", "MB"),
        [
            (shape.name, shape.population.resources, shape.service, round(_peak(shape, samples)))
            for shape in _shapes()
        ],
    )


def _shapes() -> list[Shape]:
    instances = "instances in five regions, 15 interfaces of 50 addresses each"
    policies = "policies of five versions, padded with white space"
    return [
        *(
            Shape(instances, "ec2", Population(1, {"ec2": amount}, FIVE_REGIONS), _with_addresses)
            for amount in (500, 1_250)
        ),
        *(Shape(policies, "iam", Population(1, {"iam": amount}), _padded) for amount in (100, 250)),
    ]


def _peak(shape: Shape, samples: Samples) -> float:
    enlarged = _enlarged(shape, samples)
    population, services = shape.population, [shape.service]
    with Front(population, enlarged, latency=0) as front, as_hub(front):
        front.begin()
        run = a_run(population, Publish.FULL)
        spent = in_process(run, population.account_ids, shape.service)
        judge(population, enlarged, Publish.FULL, spent.ended, front.published(), services)
    return spent.megabytes


def _enlarged(shape: Shape, samples: Samples) -> Samples:
    of_kind = [one for one in samples[shape.service] if one.kind in ("", "Policies")]
    enlarged = [shape.enlarge(one) for one in of_kind]
    return {**samples, shape.service: list(islice(cycle(enlarged), SAMPLES))}


def _with_addresses(instance: Sample) -> Sample:
    addresses = "".join(
        f"<item><privateIpAddress>10.0.0.{number}</privateIpAddress><privateDnsName>"
        f"ip-10-0-0-{number}.eu-west-1.compute.internal</privateDnsName><primary>false</primary>"
        "</item>"
        for number in range(ADDRESSES)
    )
    interfaces = "".join(
        f"<item><networkInterfaceId>eni-{number:017x}</networkInterfaceId><privateIpAddressesSet>"
        f"{addresses}</privateIpAddressesSet></item>"
        for number in range(INTERFACES)
    )
    return _replaced(instance, "networkInterfaceSet", interfaces)


def _padded(policy: Sample) -> Sample:
    document = quote('{"Statement": []}'.ljust(DOCUMENT_CHARACTERS))
    versions = "".join(
        f"<member><Document>{document}</Document><VersionId>v{number}</VersionId></member>"
        for number in range(VERSIONS)
    )
    return _replaced(policy, "PolicyVersionList", versions)


def _replaced(sample: Sample, element: str, content: str) -> Sample:
    whole = re.compile(rf"<{element}>.*</{element}>".encode(), re.DOTALL)
    return replace(
        sample, listed=whole.sub(f"<{element}>{content}</{element}>".encode(), sample.listed)
    )

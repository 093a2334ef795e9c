"""Measures the CPU of listing everything in an empty account.

Calls every listing that needs no argument, in every region, sequentially: with plain boto3, with
clients that share their models, and with the collectors' caller. The first account also loads the
models, so it is the best result of no method except the first.
"""

import os
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any
from unittest import mock

import boto3
from botocore import xform_name
from botocore.credentials import Credentials

from benchmarks.nothing import Nothing
from benchmarks.page import Table
from benchmarks.request import access_key
from benchmarks.sample import Samples
from cidb2.aws.caller import Caller
from cidb2.aws.connections import Connections
from cidb2.aws.endpoints import regions_beside
from cidb2.aws.protocols import Protocols
from cidb2.aws.sessions import session_with

LISTINGS: Mapping[str, tuple[str, ...]] = {
    "acm": ("ListCertificates",),
    "apigateway": ("GetRestApis",),
    "autoscaling": ("DescribeAutoScalingGroups",),
    "backup": ("ListBackupPlans", "ListBackupVaults"),
    "cloudformation": ("DescribeStacks",),
    "cloudtrail": ("DescribeTrails",),
    "cloudwatch": ("DescribeAlarms",),
    "dynamodb": ("ListTables",),
    "ec2": (
        *("DescribeAddresses", "DescribeFlowLogs", "DescribeImages", "DescribeInstances"),
        *("DescribeInternetGateways", "DescribeLaunchTemplates", "DescribeNatGateways"),
        *("DescribeNetworkAcls", "DescribeNetworkInterfaces", "DescribeRouteTables"),
        *("DescribeSecurityGroups", "DescribeSnapshots", "DescribeSubnets", "DescribeVolumes"),
        *("DescribeVpcEndpoints", "DescribeVpcs"),
    ),
    "ecr": ("DescribeRepositories",),
    "ecs": ("ListClusters", "ListTaskDefinitions"),
    "efs": ("DescribeFileSystems",),
    "eks": ("ListClusters",),
    "elasticache": ("DescribeCacheClusters", "DescribeReplicationGroups"),
    "elb": ("DescribeLoadBalancers",),
    "elbv2": ("DescribeLoadBalancers", "DescribeTargetGroups"),
    "events": ("ListRules",),
    "kinesis": ("ListStreams",),
    "kms": ("ListKeys",),
    "lambda": ("ListFunctions",),
    "logs": ("DescribeLogGroups",),
    "opensearch": ("ListDomainNames",),
    "rds": (
        *("DescribeDBClusters", "DescribeDBClusterSnapshots", "DescribeDBInstances"),
        *("DescribeDBSnapshots", "DescribeDBSubnetGroups"),
    ),
    "redshift": ("DescribeClusters",),
    "secretsmanager": ("ListSecrets",),
    "sns": ("ListTopics",),
    "sqs": ("ListQueues",),
    "ssm": ("DescribeParameters",),
    "stepfunctions": ("ListStateMachines",),
}
REGIONS = 17
ACCOUNT = "234567890123"
ROUNDS = 3

Answer = dict[str, Any]
Ask = Callable[[str, str, str], Answer]
"""Calls an operation of a service in a region."""


def measure(_: Samples) -> Table:
    """Return the CPU per call of each method: the best round, each with a new account."""
    with Nothing() as aws, mock.patch.dict(os.environ, aws.environment()):
        ways: Mapping[str, Callable[[], Ask]] = {
            "boto3, a session for each account": by_boto3,
            "botocore's clients, models shared": by_clients,
            "the caller": by_caller(Protocols(), Connections()),
        }
        regions = regions_beside("us-east-1")[:REGIONS]
        best = {way: min(_cpu_ms(ways[way], regions) for _ in range(ROUNDS + 1)) for way in ways}
    rows = [(way, calls_of(regions), ms, ms / best["the caller"]) for way, ms in best.items()]
    return Table(("method", "calls", "CPU ms per call", "times the caller"), rows)


def calls_of(regions: Sequence[str]) -> int:
    return len(regions) * sum(map(len, LISTINGS.values()))


def _cpu_ms(way: Callable[[], Ask], regions: Sequence[str]) -> float:
    began, ask = time.process_time(), way()
    for service, operations in LISTINGS.items():
        for region in regions:
            for operation in operations:
                ask(service, region, operation)
    return (time.process_time() - began) * 1_000 / calls_of(regions)


def by_boto3() -> Ask:
    return partial(_ask, {}, boto3.Session(*_KEYS).client)


def by_clients() -> Ask:
    return partial(_ask, {}, session_with(Credentials(*_KEYS)).create_client)


def by_caller(protocols: Protocols, connections: Connections) -> Callable[[], Ask]:
    """Return a factory of callers, one per account, which share protocols and connections."""

    def make() -> Ask:
        keys = Credentials(*_KEYS)
        caller = Caller(ACCOUNT, keys, "us-east-1", protocols, connections, threads=10)
        return lambda service, region, operation: caller.call(service, region, operation, {})

    return make


def _ask(
    clients: dict[tuple[str, str], Any],
    make: Callable[..., Any],
    service: str,
    region: str,
    operation: str,
) -> Answer:
    if (service, region) not in clients:
        clients[service, region] = make(service, region)
    answer: Answer = getattr(clients[service, region], xform_name(operation))()
    return answer


_KEYS = (access_key(ACCOUNT), "secret", "token")

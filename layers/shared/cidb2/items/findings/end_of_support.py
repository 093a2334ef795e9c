"""Findings of versions past their end of support, by the dates in `end_of_support.json`."""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import cache
from importlib.resources import files
from typing import Any

from cidb2.items.findings.content import member
from cidb2.items.findings.rule import Finding, Rule
from cidb2.items.findings.verdicts import Verdict
from cidb2.items.resource import Resource

_PRODUCTS = {"AWS::Lambda::Function": "lambda", "AWS::EKS::Cluster": "eks"}
"""Types of one product; of the others, `Engine` names it."""
_VERSIONS = {"AWS::Lambda::Function": "Runtime", "AWS::EKS::Cluster": "version"}
_WITH_ENGINES = ("AWS::RDS::DBInstance", "AWS::RDS::DBCluster", "AWS::ElastiCache::CacheCluster")


def is_out_of_support(resource: Resource) -> Verdict:
    """Tell whether standard support of a version had ended when the resource was read.

    Unknown versions are unknown. A function that is an image has no runtime of Lambda's.
    """
    if member(resource, "PackageType") == "Image":
        return False
    product = _PRODUCTS.get(resource.resource_type, member(resource, "Engine"))
    version = member(resource, _VERSIONS.get(resource.resource_type, "EngineVersion"))
    if not isinstance(product, str) or not isinstance(version, str):
        return None
    return _has_ended(product, version, resource.captured_at)


def _has_ended(product: str, version: str, moment: datetime) -> Verdict:
    """Judge by the most specific entry: that of `8.0.35`, of `8.0`, or of `8`."""
    ends = _ends().get(product, {})
    parts = version.split(".")
    for length in range(len(parts), 0, -1):
        known = ".".join(parts[:length])
        if known in ends:
            end = ends[known]
            return end is not None and moment.astimezone(UTC).date() > date.fromisoformat(end)
    return None


@cache
def _ends() -> Mapping[str, Mapping[str, str | None]]:
    """Return the last day of standard support by product and version; None if none is announced."""
    text = files("cidb2.items.findings").joinpath("end_of_support.json").read_text(encoding="utf-8")
    products: Mapping[str, Any] = json.loads(text)["products"]
    return {name: product["ends"] for name, product in products.items()}


RULES = (
    Rule(
        Finding.OUT_OF_SUPPORT,
        types=(*_PRODUCTS, *_WITH_ENGINES),
        judge=is_out_of_support,
        title="Runtimes and engines past the end of standard support",
        advice=(
            "Upgrade to a supported version. Extended Support of RDS, ElastiCache and EKS is "
            "charged; Lambda no longer patches the runtime."
        ),
        page="https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html",
    ),
)

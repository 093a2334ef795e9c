"""A handler for each CloudFormation resource type that can be deployed, grouped by service."""

from local.deployment.resources import (
    data,
    functions,
    identity,
    lake,
    messaging,
    monitoring,
    orchestration,
)
from local.deployment.resources.registry import HANDLERS

__all__ = [
    "HANDLERS",
    "data",
    "functions",
    "identity",
    "lake",
    "messaging",
    "monitoring",
    "orchestration",
]

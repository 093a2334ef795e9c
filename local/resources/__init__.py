"""A handler for each CloudFormation resource type that can be deployed, grouped by service."""

from local.resources import (
    data,
    functions,
    identity,
    lake,
    messaging,
    monitoring,
    orchestration,
)
from local.resources.registry import HANDLERS

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

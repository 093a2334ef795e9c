"""Handlers for the supported CloudFormation resource types, grouped by service."""

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

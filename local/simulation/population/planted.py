"""The expected values of a planted resource."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Planted:
    """A resource that must be in the inventory, and the values that its item must have.

    `shows` has values of the item by path, such as `configuration.Attachments` or
    `configuration.Options.TunnelOptions.0.OutsideIpAddress`. All other fields are compared if
    `local.simulation.truth` reads the type too. `findings` are the expected findings.
    """

    type: str
    account: str
    region: str
    arn: str
    id: str
    name: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    shows: Mapping[str, Any] = field(default_factory=dict)
    findings: tuple[str, ...] = ()

"""What a planter says of a resource that it has planted, without asking AWS for it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Planted:
    """A resource that an inventory must have, and what its item must show.

    `shows` has values of the item by path, such as `configuration.Attachments` or
    `configuration.Options.TunnelOptions.0.OutsideIpAddress`. What else the item has is compared
    where `local.simulation.truth` reads the type too. `findings` are what a run must find of it.
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

"""AWS's prices, from `prices.json`: a table for one region, with its date and sources."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Self

from cidb2.aws.usage import Usage
from cidb2.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class Prices:
    """Unit prices, by what is charged; `services` maps each to the service that charges it."""

    region: str
    currency: str
    date: str
    units: Mapping[str, float]
    services: Mapping[str, str]
    overridden: Sequence[str] = ()

    @classmethod
    def load(cls, overrides: Sequence[str] = ()) -> Self:
        """Return the table with `overrides`, the values of the parameter PriceOverrides.

        Each is `<name>=<unit price>`. Raises ConfigurationError, which names an invalid one.
        """
        table = json.loads(
            files("cidb2.ledger").joinpath("prices.json").read_text(encoding="utf-8")
        )
        listed = table.pop("prices")
        units = {name: entry["price"] / entry["each"] for name, entry in listed.items()}
        given = dict(_parsed(override, units) for override in overrides)
        return cls(
            **table,
            units=units | given,
            services={name: entry["service"] for name, entry in listed.items()},
            overridden=tuple(given),
        )

    def of(self, usage: Usage) -> dict[str, float]:
        """Return what `usage` costs, by service, for every service in the table."""
        costs = dict.fromkeys(self.services.values(), 0.0)
        for name, amount in usage.items():
            if name in self.units:
                costs[self.services[name]] += amount * self.units[name]
        return costs


def _parsed(override: str, known: Mapping[str, float]) -> tuple[str, float]:
    name, _, price = override.partition("=")
    if name not in known:
        raise ConfigurationError(f"PRICE_OVERRIDES: {name!r} is not a price name")
    try:
        return name, float(price)
    except ValueError as error:
        raise ConfigurationError(
            f"PRICE_OVERRIDES: {override!r} is not of the form <name>=<price>"
        ) from error

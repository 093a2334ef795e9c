"""Plants a realistic AWS organisation in moto, from a seed."""

from local.simulation.population.organisation import HUB, REGIONS, Account, Organisation

__all__ = ["HUB", "REGIONS", "Account", "Organisation"]

"""The collectors and their services, as declared by the functions."""

from importlib import import_module

from cidb2.collecting.service import Collector, Service
from cidb2.services import COLLECTOR_OF


def collector(name: str) -> Collector:
    """Return a collector, from its function's module."""
    found: Collector = import_module(f"functions.{name}_collector.app").COLLECTOR
    return found


def declared(service: str) -> Service:
    """Return a service as its collector declares it."""
    [found] = (each for each in collector(COLLECTOR_OF[service]).services if each.name == service)
    return found

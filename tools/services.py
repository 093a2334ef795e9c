"""The services as their collectors declare them."""

from importlib import import_module

from cidb2.collecting.service import Service


def declared(service: str) -> Service:
    """Return the `Service` of a collector: the constant of its name, in capitals."""
    module = import_module(f"functions.{service}_collector.collector")
    found: Service = getattr(module, service.upper())
    return found

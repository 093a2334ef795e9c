"""The services as their collectors declare them, and what the template calls their functions."""

from importlib import import_module

from cidb2.service import Service
from cidb2.services import SERVICES


def declared(service: str) -> Service:
    """Return the `Service` of a collector: the constant of its name, in capitals."""
    found: Service = getattr(
        import_module(f"functions.{service}_collector.collector"), service.upper()
    )
    return found


COLLECTORS = tuple(f"{service.capitalize()}Collector" for service in SERVICES)
FUNCTIONS = ("Initializer", *COLLECTORS, "Reporter", "ResultsProcessor")
"""In the template `<name>Function`, `<name>Role` and `<name>LogGroup`."""

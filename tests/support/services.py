"""The functions, named as in the template: `<name>Function`, `<name>Role`, `<name>LogGroup`."""

from collections.abc import Iterable

from cidb2 import services

COLLECTORS = tuple(f"{name.capitalize()}Collector" for name in services.COLLECTORS)
FUNCTIONS = ("Initializer", *COLLECTORS, "Reporter", "ResultsProcessor")


def functions_for(wanted: Iterable[str]) -> tuple[str, ...]:
    """Return the functions that a run of these services invokes."""
    collectors = dict.fromkeys(services.COLLECTOR_OF[service] for service in wanted)
    named = (f"{name.capitalize()}Collector" for name in collectors)
    return ("Initializer", *named, "Reporter", "ResultsProcessor")

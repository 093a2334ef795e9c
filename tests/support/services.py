"""The functions, as the template's `<name>Function`, `<name>Role` and `<name>LogGroup`."""

from cidb2.services import SERVICES

COLLECTORS = tuple(f"{service.capitalize()}Collector" for service in SERVICES)
FUNCTIONS = ("Initializer", *COLLECTORS, "Reporter", "ResultsProcessor")

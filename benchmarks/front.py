"""A simulated AWS in its own process, with a latency, call counts and rate limits.

`Front` starts the process and reads its counts; `server` runs in it. It parses as little of a
request as possible, because it competes with the measured code for two cores.
"""

import multiprocessing
from collections import Counter
from collections.abc import Mapping
from typing import Any, Self

from benchmarks.population import Population
from benchmarks.request import HUB, REGION, Calls, access_key
from benchmarks.sample import Samples
from benchmarks.throttle import Rates

LATENCY_SECONDS = 0.04


class Front:
    """A running front; a context manager."""

    def __init__(
        self, population: Population, samples: Samples, latency: float = LATENCY_SECONDS
    ) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(
            target=_serve, args=(theirs, population, samples, latency), daemon=True
        )

    def __enter__(self) -> Self:
        self._process.start()
        self.endpoint: str = self._pipe.recv()
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.join()
        self._process.close()

    def calls(self) -> Calls:
        """Return the number of requests since the last `begin`, including throttled ones."""
        answer: Calls = self._ask("calls")
        return answer

    def throttled(self) -> Calls:
        """Return the number of throttled requests."""
        answer: Calls = self._ask("throttled")
        return answer

    def published(self) -> dict[str, str]:
        """Return the ARNs published since the last `begin`, each with its change."""
        answer: dict[str, str] = self._ask("published")
        return answer

    def unreadable(self) -> set[str]:
        """Return the ARNs published with unreadable fields."""
        answer: set[str] = self._ask("unreadable")
        return answer

    def requests_to_table(self, table: str) -> Counter[str]:
        """Return the rows written to and read from a table since the last `begin`, by operation."""
        answer: Counter[str] = self._ask("requests_to_table", table)
        return answer

    def begin(self, rates: Rates | None = None, latency: float | None = None) -> None:
        """Reset the counts and set rates and latency; stored data stays."""
        self._ask("begin", rates or {}, latency)

    def forget(self) -> None:
        """Empty the hub's tables."""
        self._ask("forget")

    def _ask(self, command: str, *arguments: Any) -> Any:
        self._pipe.send((command, arguments))
        return self._pipe.recv()

    def environment(self) -> Mapping[str, str]:
        """Return the environment that points boto3 to this AWS, as the hub."""
        return environment_at(self.endpoint)


def environment_at(endpoint: str) -> Mapping[str, str]:
    """Return the environment that points boto3, as the hub, only to `endpoint`."""
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": access_key(HUB),
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def _serve(pipe: Any, population: Population, samples: Samples, latency: float) -> None:
    from benchmarks.server import Server  # loads moto: only in this process

    Server(population, samples, latency).run(pipe)

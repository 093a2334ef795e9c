"""AWS in a process of its own: it answers after a latency, counts, and throttles at given rates.

`Front` starts it and asks it for its counts; `server` runs there. It parses as little of a request
as it can, because on two cores it takes its time from what it measures.
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
        """Return how many requests came in since the last `begin`, refused ones among them."""
        answer: Calls = self._ask("calls")
        return answer

    def throttled(self) -> Calls:
        """Return how many of them were refused for their rate."""
        answer: Calls = self._ask("throttled")
        return answer

    def published(self) -> dict[str, str]:
        """Return every ARN that was published since the last `begin`, and as which change."""
        answer: dict[str, str] = self._ask("published")
        return answer

    def unreadable(self) -> set[str]:
        """Return the ARNs of what was published with a field that could not be read."""
        answer: set[str] = self._ask("unreadable")
        return answer

    def requests_to_table(self, table: str) -> Counter[str]:
        """Return the rows written to and asked of a table since the last `begin`, by operation."""
        answer: Counter[str] = self._ask("requests_to_table", table)
        return answer

    def begin(self, rates: Rates | None = None, latency: float | None = None) -> None:
        """Count from zero, at other rates and with another latency; what is stored stays."""
        self._ask("begin", rates or {}, latency)

    def forget(self) -> None:
        """Empty the hub's tables."""
        self._ask("forget")

    def _ask(self, command: str, *arguments: Any) -> Any:
        self._pipe.send((command, arguments))
        return self._pipe.recv()

    def environment(self) -> Mapping[str, str]:
        """Return the environment in which boto3 finds this AWS, as the hub."""
        return environment_at(self.endpoint)


def environment_at(endpoint: str) -> Mapping[str, str]:
    """Return the environment in which boto3, as the hub, finds an AWS at `endpoint` alone."""
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
    from benchmarks.server import Server  # which loads moto: only in this process

    Server(population, samples, latency).run(pipe)

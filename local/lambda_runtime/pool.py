"""The pool of one function's execution environments, reused warm."""

import threading
from collections.abc import Callable
from http import HTTPStatus

from moto.awslambda.exceptions import LambdaClientError

from local.lambda_runtime.environment import Environment


class TooManyRequestsError(LambdaClientError):
    """More concurrent invocations than the function's reserved concurrency."""

    def __init__(self) -> None:
        super().__init__("TooManyRequestsException", "Rate Exceeded.")
        self.code = HTTPStatus.TOO_MANY_REQUESTS


class Pool:
    """Lends environments, most recently used first; starts one if none is idle.

    At most `limit` environments are lent at once; further borrowers wait.
    """

    def __init__(self, limit: int) -> None:
        self.peak_megabytes = 0.0
        self._free = threading.Semaphore(limit)
        self._lock = threading.Lock()
        self._closed = False
        self._revision = ""
        self._invocations = 0
        self._idle: list[Environment] = []
        self._busy: set[Environment] = set()

    def borrow(
        self, start: Callable[[], Environment], revision: str, reserved: int | None
    ) -> Environment:
        """Return an environment of the function's current `revision`; give it back after use.

        Raises TooManyRequestsError if the `reserved` concurrency is exceeded.
        """
        with self._lock:
            if reserved is not None and self._invocations >= reserved:
                raise TooManyRequestsError
            self._invocations += 1
        self._free.acquire()
        try:
            environment = self._take(revision) or start()
        except BaseException:
            self._leave()
            raise
        with self._lock:
            self._busy.add(environment)
        if self._closed:
            self.give_back(environment, usable=False)
            raise RuntimeError("the embedded AWS is being stopped")
        return environment

    def give_back(self, environment: Environment, *, usable: bool) -> None:
        """Return an environment to the pool; an unusable one is stopped."""
        with self._lock:
            self.peak_megabytes = max(self.peak_megabytes, environment.peak_megabytes)
            self._busy.discard(environment)
            if usable:
                self._idle.append(environment)
        self._leave()
        if not usable:
            environment.close()

    def busy(self) -> list[Environment]:
        """Return the environments in use."""
        with self._lock:
            return list(self._busy)

    def close(self) -> None:
        """Stop all environments, including those in use."""
        self._closed = True
        with self._lock:
            ended, self._idle = [*self._idle, *self._busy], []
        for environment in ended:
            environment.close()

    def _take(self, revision: str) -> Environment | None:
        stale: list[Environment] = []
        found = None
        with self._lock:
            if self._revision != revision:  # an updated function needs new environments
                stale, self._idle, self._revision = self._idle, [], revision
            while self._idle and found is None:
                last = self._idle.pop()
                if last.alive:
                    found = last
                else:
                    stale.append(last)
        for environment in stale:
            environment.close()
        return found

    def _leave(self) -> None:
        with self._lock:
            self._invocations -= 1
        self._free.release()

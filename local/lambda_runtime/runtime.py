"""Runs the functions of moto's Lambda API in pools of execution environments.

moto stores the functions; this replaces its LambdaFunction.invoke.
"""

import base64
import secrets
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self
from unittest import mock

from moto.awslambda.models import LambdaFunction, lambda_backends

from local.gateway.identity import assume
from local.gateway.tracing import new_trace
from local.lambda_runtime.artifact import linked
from local.lambda_runtime.environment import Environment, Outcome
from local.lambda_runtime.pool import Pool
from local.lambda_runtime.runtime_api import Invocation

LOG_TAIL_BYTES = 4096
LAYERS_PYTHON_FOLDER = "python"
# A developer's AWS profile must not leak into functions; X-Ray's daemon is optional.
SAME_FOR_ALL = {
    "AWS_CONFIG_FILE": "/dev/null",
    "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
    "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
    "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
    "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",
    "AWS_XRAY_DAEMON_ADDRESS": "127.0.0.1:2000",
    "LANG": "en_US.UTF-8",
    "TZ": ":UTC",
}


class Runtime:
    """Runs the functions of the embedded AWS while its context is open.

    `environments` limits the processes per function on this machine; further invocations wait.
    Beyond a function's reserved concurrency they are throttled, as on AWS. `time_scale` shortens
    the functions' own waits.
    """

    def __init__(
        self, endpoint: str, folder: Path, environments: int, time_scale: float = 1
    ) -> None:
        self._endpoint = endpoint
        self._folder = folder
        self._environments = environments
        self._time_scale = time_scale
        self._pools: dict[str, Pool] = {}
        self._lock = threading.Lock()
        self._cleanup = ExitStack()

    def __enter__(self) -> Self:
        """Replace moto's invocations."""
        self._folder.mkdir(parents=True, exist_ok=True)

        def invoke(function: Any, body: Any, request: Any, response: Any) -> bytes:
            return self._serve(function, body, request, response)

        self._cleanup.enter_context(mock.patch.object(LambdaFunction, "invoke", invoke))
        return self

    def __exit__(self, *_: object) -> None:
        """Stop all environments; invocations in progress fail."""
        pools = list(self._pools.values())
        with ThreadPoolExecutor(len(pools) or 1) as executor:  # each pool waits for its processes
            list(executor.map(Pool.close, pools))
        self._cleanup.close()

    def invoke(self, function: Any, event: bytes, trace_id: str | None = None) -> Outcome:
        """Invoke a function (moto's object) with one event and return the outcome.

        Raises TooManyRequestsError.
        """
        pool = self._pool(function.function_name)
        revision = f"{function.code_sha_256} {function.get_configuration()}"
        environment = pool.borrow(
            lambda: self._start(function), revision, function.reserved_concurrency
        )
        usable = False
        try:
            invocation = Invocation(
                event=event or b"{}",
                function_arn=function.function_arn,
                timeout_seconds=function.timeout,
                trace_id=trace_id or new_trace(sampled=_is_traced(function)),
            )
            outcome = environment.invoke(invocation, function.timeout)
            usable = not outcome.fatal
        finally:
            pool.give_back(environment, usable=usable)
        return outcome

    def log(self, function_name: str) -> Path:
        """Return the function's log file: its output and Lambda's START, END and REPORT lines."""
        return self._folder / f"{function_name}.log"

    def peaks(self) -> dict[str, float]:
        """Return the peak memory (MB) of the largest environment, by function name."""
        return {name: pool.peak_megabytes for name, pool in sorted(self._pools.items())}

    def kill(self, function_name: str) -> int:
        """SIGKILL every busy environment of a function; return their number."""
        victims = self._pool(function_name).busy()
        for environment in victims:
            environment.kill()
        return len(victims)

    def kill_caller(self, access_key: str) -> None:
        """SIGKILL the environment that holds these credentials."""
        for pool in list(self._pools.values()):
            for environment in pool.busy():
                if environment.variables["AWS_ACCESS_KEY_ID"] == access_key:
                    environment.kill()

    def _serve(self, function: Any, body: Any, request: Any, response: Any) -> bytes:
        """Handle the Invoke API, with every invocation type."""
        event = body if isinstance(body, bytes) else (body or "").encode()
        trace_id = request.get("X-Amzn-Trace-Id")
        kind = request.get("X-Amz-Invocation-Type", "RequestResponse")
        if kind == "Event":
            arguments = (function, event, trace_id)
            threading.Thread(target=self.invoke, args=arguments, daemon=True).start()
        if kind != "RequestResponse":
            return b""
        log = self.log(function.function_name)
        start = log.stat().st_size if log.exists() else 0
        outcome = self.invoke(function, event, trace_id)
        if outcome.error:
            response["X-Amz-Function-Error"] = "Unhandled"
        response["X-Amz-Executed-Version"] = "$LATEST"
        tail = log.read_bytes()[start:][-LOG_TAIL_BYTES:]
        response["x-amz-log-result"] = base64.b64encode(tail).decode()
        return outcome.payload

    def _pool(self, function_name: str) -> Pool:
        with self._lock:
            return self._pools.setdefault(function_name, Pool(self._environments))

    def _start(self, function: Any) -> Environment:
        name = function.function_name
        code = linked(function.code_bytes)
        layers = [_layer(layer["Arn"]) for layer in function.layers]
        credentials = assume(function.role, name, function.region)
        variables = {
            **function.environment_vars,
            **SAME_FOR_ALL,
            **{key.upper(): value for key, value in vars(credentials).items()},
            "AWS_DEFAULT_REGION": function.region,
            "AWS_ENDPOINT_URL": self._endpoint,
            "AWS_EXECUTION_ENV": f"AWS_Lambda_{function.run_time}",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_size),
            "AWS_LAMBDA_FUNCTION_NAME": name,
            **_logging(function.logging_config),
            "AWS_LAMBDA_LOG_GROUP_NAME": function.logs_group_name,
            "AWS_LAMBDA_LOG_STREAM_NAME": f"[$LATEST]{secrets.token_hex(16)}",
            "AWS_REGION": function.region,
            "LAMBDA_TASK_ROOT": str(code),
            "PYTHONPATH": ":".join(map(str, [code, *layers])),
            "_HANDLER": function.handler,
        }
        if self._time_scale != 1:
            variables["EMBEDDED_TIME_SCALE"] = str(self._time_scale)
        return Environment(function.handler, code, variables, self.log(name))


def _layer(arn: str) -> Path:
    _, _, _, region, account, _, name, version = arn.split(":")
    stored = lambda_backends[account][region].get_layer_version(name, version)
    folder = linked(stored.code_bytes)
    inner = folder / LAYERS_PYTHON_FOLDER
    return inner if inner.is_dir() else folder


def _logging(config: Mapping[str, str]) -> dict[str, str]:
    """Return the environment variables for a function's logging configuration.

    https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html
    """
    if config.get("LogFormat") != "JSON":
        return {"AWS_LAMBDA_LOG_FORMAT": "Text"}
    level = config.get("ApplicationLogLevel", "INFO")
    return {"AWS_LAMBDA_LOG_FORMAT": "JSON", "AWS_LAMBDA_LOG_LEVEL": level}


def _is_traced(function: Any) -> bool:
    return bool(function.tracing_config.get("Mode") == "Active")

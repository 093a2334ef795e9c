"""Lambda functions of moto 5.2.5: it drops their LoggingConfig, and would run them in Docker."""

import functools
from collections.abc import Callable, Iterator
from typing import Any

from moto.awslambda.models import LambdaFunction

from local.patches.replacement import Replacement


def replacements() -> Iterator[Replacement]:
    """Yield the replacements."""
    yield LambdaFunction, "invoke", refuse_to_run
    for name in ("__init__", "update_configuration"):
        yield LambdaFunction, name, keeping_logging_config(getattr(LambdaFunction, name))
    described = telling_logging_config(LambdaFunction.get_configuration)
    yield LambdaFunction, "get_configuration", described


def refuse_to_run(function: LambdaFunction, *_: Any) -> bytes:
    """Refuse invocations after the runtime has stopped; moto would look for Docker."""
    raise RuntimeError(f"{function.function_name} cannot run: the embedded AWS is being stopped")


def keeping_logging_config(method: Callable[..., Any]) -> Callable[..., Any]:
    """Keep a function's LoggingConfig, which moto drops when it creates or updates one."""

    @functools.wraps(method)
    def call(function: Any, *arguments: Any, **options: Any) -> Any:
        given = (*arguments, *options.values())
        settings = next(each for each in given if isinstance(each, dict))
        kept = getattr(function, "logging_config", {})
        function.logging_config = settings.get("LoggingConfig", kept)
        return method(function, *arguments, **options)

    return call


def telling_logging_config(describe: Callable[..., Any]) -> Callable[..., Any]:
    """Add the LoggingConfig to moto's description of a function."""

    @functools.wraps(describe)
    def call(function: Any, *arguments: Any, **options: Any) -> Any:
        described = describe(function, *arguments, **options)
        return {**described, "LoggingConfig": function.logging_config}

    return call

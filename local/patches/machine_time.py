"""Shortens the Wait states and retry pauses of state machines."""

import time
from contextlib import ExitStack
from types import SimpleNamespace
from typing import Any
from unittest import mock

from moto.stepfunctions.parser.asl.component.common.retry import retrier_decl
from moto.stepfunctions.parser.asl.component.state.wait.wait_function.wait_function import (
    WaitFunction,
)


def speed_up_machines(scale: float) -> ExitStack:
    """Divide every wait by `scale` until the returned stack is closed."""
    patches = ExitStack()
    if scale == 1:
        return patches

    def pause(seconds: float) -> None:
        time.sleep(seconds / scale)

    def wait(_: WaitFunction, env: Any, wait_seconds: float) -> None:
        env.program_state_event.wait(wait_seconds / scale)

    patch = patches.enter_context
    patch(mock.patch.object(retrier_decl, "time", SimpleNamespace(sleep=pause)))
    patch(mock.patch.object(WaitFunction, "_wait_interval", wait))
    return patches

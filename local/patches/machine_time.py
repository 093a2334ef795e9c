"""Makes time pass faster for state machines: their Wait states and the pauses before retries."""

import time
from contextlib import ExitStack
from types import SimpleNamespace
from typing import Any
from unittest import mock

from moto.stepfunctions.parser.asl.component.common.retry import retrier_decl
from moto.stepfunctions.parser.asl.component.state.wait.wait_function.wait_function import (
    WaitFunction,
)


def hasten_machines(scale: float) -> ExitStack:
    """Divide every wait by `scale` until what is returned is closed."""
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

"""The API of the embedded AWS: deploy a template, run executions, inspect the results.

with EmbeddedAws("template.yaml", parameters={"Environment": "dev"}) as aws:
    execution = aws.start_execution({"accounts": ["123456789012"]})
    print(aws.wait(execution))
"""

import gc
import json
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

from local.deployment.deploy import deploy
from local.deployment.stack import Stack
from local.deployment.template import load_template
from local.emulator import stacks
from local.emulator.athena import Athena
from local.emulator.cloud import HUB_ACCOUNT, REGION, Cloud
from local.emulator.outcomes import Execution, FunctionError
from local.gateway.faults import Faults
from local.gateway.front import Calls, Observer
from local.lambda_runtime.artifact import link
from local.lambda_runtime.event_source import EventSources
from local.lambda_runtime.runtime import Runtime
from local.patches.machine_time import speed_up_machines

ARTIFACTS_ACCOUNT = "000000000000"  # outside the simulated organisation
ARTIFACTS_BUCKET = "embedded-aws-artifacts"
FUNCTION = "AWS::Lambda::Function"
POLL_SECONDS = 0.2
COLLECTED_AFTER = (100_000, 20, 100)
ENVIRONMENTS = max(2, (os.cpu_count() or 2) // 2)  # more would only compete for the cores


class EmbeddedAws:
    """The embedded AWS with one stack deployed in the hub account, as a context manager.

    `before_deploy` is called with this object before the stack is deployed. `folder` receives the
    functions' logs. `environments` limits the processes per function (several share a core).
    `redelivery_seconds` replaces the visibility timeout of failed SQS messages.

    `time_scale` divides the waits and retry pauses of state machines and functions: 60 turns a
    minute into a second. Timeouts of tasks and functions do not change. With `only_signed`, no
    other user of the machine can call it or make it run code. -* _rare_garbage_collection
    """

    def __init__(
        self,
        template: Path | str | None = None,
        parameters: dict[str, Any] | None = None,
        *,
        stack_name: str = "local",
        folder: Path | str | None = None,
        environments: int = ENVIRONMENTS,
        redelivery_seconds: int | None = None,
        time_scale: float = 1,
        region: str = REGION,
        port: int = 0,
        only_signed: bool = False,
        before_deploy: Callable[["EmbeddedAws"], None] | None = None,
    ) -> None:
        self._template = Path(template) if template else None
        self._parameters = parameters or {}
        self._folder = Path(folder) if folder else None
        self._environments = environments
        self._redelivery_seconds = redelivery_seconds
        self._time_scale = time_scale
        self._before_deploy = before_deploy
        self._cleanup = ExitStack()
        self.cloud = Cloud(region=region, port=port)
        self.cloud.front.only_signed = only_signed
        self.stack = Stack(stack_name, HUB_ACCOUNT, region, {})
        self.cloud.front.services += [
            partial(stacks.answer, self.stack),
            Athena(self.cloud.client).answer,
        ]

    def __enter__(self) -> Self:
        """Start all services and deploy the template."""
        try:
            self._start()
        except BaseException:
            self._cleanup.close()
            raise
        return self

    def _start(self) -> None:
        enter = self._cleanup.enter_context
        if self._folder is None:
            self._folder = Path(enter(tempfile.TemporaryDirectory(prefix="embedded-aws-")))
        enter(_rare_garbage_collection())
        enter(self.cloud)
        enter(speed_up_machines(self._time_scale))
        self.runtime = enter(
            Runtime(self.cloud.endpoint, self._folder, self._environments, self._time_scale)
        )
        self.faults.kill_caller = self.runtime.kill_caller
        enter(EventSources(self.runtime, self._redelivery_seconds, self._time_scale))
        self._cleanup.callback(self.cloud.stop_executions)
        if self._before_deploy:
            self._before_deploy(self)
        if self._template:
            self.deploy(self._template, self._parameters)

    def __exit__(self, *_: object) -> None:
        """Stop all services; only the logs in `folder` remain."""
        self._cleanup.close()

    @property
    def endpoint(self) -> str:
        """The endpoint URL of every AWS service."""
        return self.cloud.endpoint

    @property
    def faults(self) -> Faults:
        """The fault injection rules."""
        return self.cloud.front.faults

    @property
    def calls(self) -> Calls:
        """The counts of calls."""
        return self.cloud.front.calls

    def observe(self, observer: Observer) -> None:
        """Call a function with every call, once its principal, parameters and status are known."""
        self.cloud.front.observers.append(observer)

    def client(self, service: str, account: str | None = None, region: str | None = None) -> Any:
        """Return a boto3 client with full access to an account (default: the hub)."""
        return self.cloud.client(service, account, region)

    def deploy(self, template: Path, parameters: dict[str, Any]) -> Stack:
        """Deploy a SAM or CloudFormation template as this object's stack."""
        self.stack.parameters = dict(parameters)
        loaded = load_template(template, self.stack.region, parameters, self._upload)
        return deploy(loaded, self.stack, self.client)

    def start_execution(self, execution_input: Any = None, *, name: str | None = None) -> str:
        """Start the state machine named in the stack's outputs; return the execution's ARN."""
        return str(
            self.client("stepfunctions").start_execution(
                stateMachineArn=self.stack.outputs["StateMachineArn"],
                name=name or str(uuid4()),
                input=json.dumps(execution_input if execution_input is not None else {}),
            )["executionArn"]
        )

    def describe(self, execution: str) -> Execution:
        """Return the current state of an execution."""
        found = self.client("stepfunctions").describe_execution(executionArn=execution)
        ended = found.get("stopDate")
        seconds = (ended.timestamp() if ended else time.time()) - found["startDate"].timestamp()
        output = json.loads(found["output"]) if "output" in found else None
        return Execution(
            execution, found["status"], output, found.get("error"), found.get("cause"), seconds
        )

    def wait(self, execution: str, timeout: float = 600) -> Execution:
        """Return an execution once it has ended; raises TimeoutError after `timeout` seconds."""
        deadline = time.monotonic() + timeout
        while (found := self.describe(execution)).running:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{execution} is still running after {timeout} s")
            time.sleep(POLL_SECONDS)
        return found

    def run(self, execution_input: Any = None, timeout: float = 600) -> Execution:
        """Start an execution and wait until it ends."""
        return self.wait(self.start_execution(execution_input), timeout)

    def history(self, execution: str) -> list[dict[str, Any]]:
        """Return the events of an execution, except those of a Distributed Map's children."""
        pages = self.client("stepfunctions").get_paginator("get_execution_history")
        return [
            event for page in pages.paginate(executionArn=execution) for event in page["events"]
        ]

    def trigger(self, schedule: str) -> str:
        """Fire a schedule now; return the execution's ARN."""
        target = self.stack.resources[schedule].properties["Target"]
        return str(
            self.client("stepfunctions").start_execution(
                stateMachineArn=target["Arn"], input=target.get("Input", "{}")
            )["executionArn"]
        )

    def invoke(self, function: str, event: Any) -> Any:
        """Invoke a function of the stack by its logical id and return its result.

        Raises FunctionError if the function fails.
        """
        answer = self.client("lambda").invoke(
            FunctionName=self.stack.physical_id(function), Payload=json.dumps(event).encode()
        )
        result = json.loads(answer["Payload"].read() or b"null")
        if "FunctionError" in answer:
            raise FunctionError(result)
        return result

    def logs(self, function: str) -> str:
        """Return the log output of a function of the stack."""
        path = self.runtime.log(self.stack.physical_id(function))
        return path.read_text(errors="replace") if path.exists() else ""

    def function_peaks(self) -> dict[str, float]:
        """Return the peak memory (MB) of each function that ran, by logical id."""
        peaks = self.runtime.peaks()
        names = {found.physical_id: found.logical_id for found in self.stack.of_type(FUNCTION)}
        return {names.get(name, name): peak for name, peak in peaks.items()}

    def _upload(self, folder: Path) -> str:
        s3 = self.client("s3", ARTIFACTS_ACCOUNT)
        s3.create_bucket(Bucket=ARTIFACTS_BUCKET)
        key = folder.resolve().as_posix().strip("/")
        s3.put_object(Bucket=ARTIFACTS_BUCKET, Key=key, Body=link(folder))
        return f"s3://{ARTIFACTS_BUCKET}/{key}"


@contextmanager
def _rare_garbage_collection() -> Iterator[None]:
    """Run the garbage collector rarely: it would scan all of moto's objects each time."""
    before = gc.get_threshold()
    gc.set_threshold(*COLLECTED_AFTER)
    try:
        yield
    finally:
        gc.set_threshold(*before)

"""Patches to moto's state machines: the caller's identity, and the context object."""

import functools
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime
from typing import Any
from uuid import uuid4

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from moto.stepfunctions.parser.api import (
    HistoryEventType,
    TaskFailedEventDetails,
)
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import (
    FailureEvent,
    FailureEventException,
)
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name import (
    StatesErrorName,
)
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import (
    StatesErrorNameType,
)
from moto.stepfunctions.parser.asl.component.state import state
from moto.stepfunctions.parser.asl.component.state.choice.comparison.operator import (
    implementations,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_map.item_reader import (
    item_reader_decl,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_map.item_reader.eval import (
    resource_eval_s3,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task import lambda_eval_utils
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import (
    state_task_service_aws_sdk,
    state_task_service_dynamodb,
    state_task_service_events,
    state_task_service_sfn,
    state_task_service_sns,
    state_task_service_sqs,
)
from moto.stepfunctions.parser.backend import execution_worker
from moto.stepfunctions.parser.models import StepFunctionsParserBackend

from local.gateway import tracing
from local.gateway.identity import assume, operator
from local.patches import nested
from local.patches.replacement import Replacement

CALLERS_OF_AWS = (
    lambda_eval_utils,
    resource_eval_s3,
    state_task_service_aws_sdk,
    state_task_service_dynamodb,
    state_task_service_events,
    state_task_service_sfn,
    state_task_service_sns,
    state_task_service_sqs,
)
LONGER_THAN_ANY_TASK = 24 * 3600


def replacements(endpoint: str, hub_account: str, cleanup: ExitStack) -> Iterator[Replacement]:
    """Yield the replacements; `cleanup` closes the clients made meanwhile."""
    client_for = _client_factory(endpoint, hub_account, cleanup)
    for module in CALLERS_OF_AWS:
        yield module, "boto_client_for", client_for
    yield StepFunctionsParserBackend, "start_execution", _start_execution_named()
    invoke = lambda_eval_utils.execute_lambda_function_integration
    integration = tracing.invoking_in_its_trace(invoke)
    yield lambda_eval_utils, "execute_lambda_function_integration", integration
    yield from nested.replacements()
    yield execution_worker, "ExecutionData", execution_data
    yield state, "StateData", state_data
    yield implementations.is_operator.IsTimestamp, "string_to_timestamp", staticmethod(timestamp)
    yield item_reader_decl.ItemReader, "_eval_body", _item_reader()


def _client_factory(endpoint: str, hub_account: str, cleanup: ExitStack) -> Callable[..., Any]:
    """State machines call AWS with their own role, through cached clients.

    moto signs as nobody and creates a client per task, which is slower than the call and not
    thread-safe.
    """
    lock = threading.Lock()
    session = boto3.Session()

    @functools.cache
    def make(service: str, region: str, role_arn: str | None) -> Any:
        credentials = (
            assume(role_arn, "states", region) if role_arn else operator(hub_account, region)
        )
        config = Config(
            parameter_validation=False,
            retries={"total_max_attempts": 1},
            read_timeout=LONGER_THAN_ANY_TASK,
            max_pool_connections=200,
        )
        client = session.client(
            service,  # type: ignore[call-overload]
            region_name=region,
            endpoint_url=endpoint,
            config=config,
            **vars(credentials),
        )
        for call in ("lambda.Invoke", "sfn.StartExecution"):
            client.meta.events.register(f"before-call.{call}", tracing.add_header)
        cleanup.callback(client.close)
        return client

    def client_for(region: str, service: str, state_credentials: Any = None) -> Any:
        with lock:
            role_arn = state_credentials.role_arn if state_credentials else None
            return make(service, region, role_arn)

    return client_for


def _start_execution_named() -> Callable[..., Any]:
    """StartExecution: AWS generates a missing name, and starts a trace. moto does neither."""
    original = StepFunctionsParserBackend.start_execution

    def start_execution(
        self: Any, state_machine_arn: str, name: str | None = None, given: Any = None
    ) -> Any:
        name = name or str(uuid4())
        arn = f"{state_machine_arn.replace(':stateMachine:', ':execution:')}:{name}"
        machine = self.describe_state_machine(state_machine_arn)
        trace: Any = tracing.trace_execution(arn, machine)
        return original(self, state_machine_arn, name, given, trace)

    return start_execution


def _item_reader() -> Callable[..., None]:
    """Unreadable Map items: States.ItemReaderFailed on AWS, States.Runtime in moto."""
    original = item_reader_decl.ItemReader._eval_body

    def read_items(self: Any, env: Any) -> None:
        try:
            original(self, env)
        except (ClientError, BotoCoreError) as error:
            name = StatesErrorNameType.StatesItemReaderFailed
            failed = TaskFailedEventDetails(error=name.to_name(), cause=str(error))
            details: Any = {"taskFailedEventDetails": failed}
            failure = FailureEvent(
                env=env,
                error_name=StatesErrorName(typ=name),
                event_type=HistoryEventType.TaskFailed,
                event_details=details,
            )
            raise FailureEventException(failure_event=failure) from error

    return read_items


def execution_data(**fields: Any) -> dict[str, Any]:
    """$$.Execution: moto's StartTime is a datetime, not JSON, and RedriveCount is missing.

    https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html
    """
    return {**fields, "StartTime": _aws_time(fields["StartTime"]), "RedriveCount": 0}


def state_data(**fields: Any) -> dict[str, Any]:
    """$$.State: EnteredTime has milliseconds and Z on AWS; microseconds and +00:00 in moto."""
    return {**fields, "EnteredTime": _aws_time(datetime.fromisoformat(fields["EnteredTime"]))}


def timestamp(text: str) -> datetime | None:
    """Timestamps in a Choice: moto rejects fractions of a second, which AWS's own times have."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _aws_time(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")

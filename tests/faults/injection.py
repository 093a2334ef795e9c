"""The faults of the matrix, and the premises under which some operations are called at all."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

from local.gateway.call import Answer, Call, Environ
from tests.faults.ground import PLACES, Ground
from tests.faults.operations import MEMBER, Catalogue, Operation, mentions

THROTTLING = "throttling"
DENIAL = "denial"
SERVER_ERROR = "5xx"
TIMEOUT = "timeout"
DROPPED = "dropped"
SCP = "SCP denial"
FAULTS = (THROTTLING, DENIAL, SERVER_ERROR, TIMEOUT, DROPPED)
DENIALS = (DENIAL, SCP)

LESS_THAN_THE_MARGIN = 30
"""Seconds; a collector keeps 60 to itself at the end of an invocation."""

LATER_SECONDS = 2.0
"""After which the first region has surely been read, on a busy machine too."""

FOR_EVERYBODY = ("initializer", "results processor")
"""Callers whose calls are not about one account; other faults strike the member account only."""


def inject(
    ground: Ground, operation: Operation, fault: str, times: int | None
) -> AbstractContextManager[Any]:
    """Make an operation fail `times` times, or for good, where it is about the member account.

    A connection that is dropped once is dropped after the call has taken effect.
    """
    faults, match = ground.here.aws.faults, matching(ground, operation)
    match |= {"times": times}
    if operation.name == "Invoke" and fault in (TIMEOUT, DROPPED):
        return faults.add(_TO_STEP_FUNCTIONS[fault], **match)
    make: dict[str, Callable[..., AbstractContextManager[Any]]] = {
        THROTTLING: faults.throttle,
        DENIAL: faults.deny,
        SCP: lambda **given: faults.deny(scp=True, **given),
        SERVER_ERROR: faults.server_error,
        TIMEOUT: faults.drop if operation.caller == "state machine" else faults.never_answer,
        DROPPED: lambda **given: faults.drop(after=times == 1, **given),
    }
    return make[fault](**match)


def matching(ground: Ground, operation: Operation) -> dict[str, Any]:
    """Return the filter of faults that strikes an operation, for the member account alone."""
    catalogue, member = Catalogue(ground.here.aws.stack), ground.member
    everybody = (
        operation.name == "StartExecution"
        or operation.caller in FOR_EVERYBODY
        or operation.target
        in (
            *(
                "runs stored",
                "accounts.json",
                "oversize",
                "InitializerFunction",
                "ResultsProcessorFunction",
            ),
        )
    )

    def where(call: Call) -> bool:
        if catalogue.operation(call) != operation:
            return False
        if operation.caller.startswith(MEMBER):
            return call.account == member
        return everybody or mentions(call, member)

    return {"service": operation.service, "operation": operation.name, "where": where}


def _timed_out(*_: Any) -> Answer:
    """Answer as Lambda does for a function that used up its time."""
    message = "2026-11-24T00:00:00.000Z 0-0 Task timed out after 900.00 seconds"
    body = json.dumps({"errorType": "Sandbox.Timedout", "errorMessage": message})
    return Answer(200, body.encode(), {"X-Amz-Function-Error": "Unhandled"})


def _unreachable(call: Call, _: Environ) -> Answer:
    """Answer so that moto names the error as Step Functions does when Lambda does not answer."""
    return call.error("SdkClientException", "Unable to execute HTTP request", 500)


_TO_STEP_FUNCTIONS = {TIMEOUT: _timed_out, DROPPED: _unreachable}


# --- scenarios ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Scenario:
    """An execution's input, what goes wrong already, and which services that costs.

    None stands for all services of the run.
    """

    wanted: Callable[[Ground], Mapping[str, Any]] = lambda _: {}
    premise: Callable[[Ground], AbstractContextManager[Any]] = lambda _: nullcontext()
    services: tuple[str, ...] | None = ()
    reason: str = ""
    costs_fields: bool = False


def _units(ground: Ground) -> Mapping[str, Any]:
    backend = ground.here.aws.client("organizations")
    root = backend.list_roots()["Roots"][0]["Id"]
    return {"organizational_units": [root]}


def _premise(operation: Operation, fault: str) -> Callable[..., AbstractContextManager[Any]]:
    return lambda ground: inject(ground, operation, fault, None)


@contextmanager
def _continuing(ground: Ground) -> Iterator[None]:
    """Give the KMS collector no time for more than one region in an invocation."""
    aws = ground.here.aws
    client, name = aws.client("lambda"), aws.stack.physical_id("KmsCollectorFunction")
    before = client.get_function_configuration(FunctionName=name)["Timeout"]
    client.update_function_configuration(FunctionName=name, Timeout=LESS_THAN_THE_MARGIN)
    try:
        with aws.faults.delay(LATER_SECONDS, service="kms", operation="ListKeys", region=PLACES[1]):
            yield
    finally:
        client.update_function_configuration(FunctionName=name, Timeout=before)


@contextmanager
def _late(ground: Ground) -> Iterator[None]:
    """Have the reporter take every message for a late one."""
    with ground.here.configured("ReporterFunction", {"LATE_AFTER_SECONDS": "0"}):
        yield


def _killed_once(ground: Ground) -> AbstractContextManager[Any]:
    """Kill one collector when it has published and is about to say so."""
    return ground.here.aws.faults.kill(**matching(ground, RECORD_SCOPES), times=1)


START_IAM = Operation("state machine", "stepfunctions", "StartExecution", "iam")
INVOKE_KMS = Operation("state machine", "lambda", "Invoke", "KmsCollectorFunction")
ASSUME_ROLE = Operation("collector", "sts", "AssumeRole")
RECORD_SCOPES = Operation("collector", "dynamodb", "BatchWriteItem", "runs scope")
PUBLISH_BATCH = Operation("collector", "sns", "PublishBatch")
GET_POLICY = Operation("member s3", "s3", "GetBucketPolicy")

SCENARIOS = {
    "an organisation": Scenario(),
    "units and regions": Scenario(
        wanted=lambda ground: {
            "accounts": _units(ground),
            "regions": [*ground.here.planted.regions],
        }
    ),
    "a collector continues": Scenario(premise=_continuing),
    "a collector dies": Scenario(
        premise=_premise(INVOKE_KMS, DENIAL), services=("kms",), reason="INTERNAL"
    ),
    "a role is denied": Scenario(
        premise=_premise(ASSUME_ROLE, DENIAL), services=None, reason="ROLE_DENIED"
    ),
    "a batch is refused": Scenario(premise=_premise(PUBLISH_BATCH, SERVER_ERROR)),
    "a large field is denied": Scenario(premise=_premise(GET_POLICY, DENIAL), costs_fields=True),
    "a collector is killed once": Scenario(premise=_killed_once),
    "messages are late": Scenario(premise=_late),
}
"""In this order: an operation belongs to the first scenario in which it is called."""

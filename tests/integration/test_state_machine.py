"""The house rules of the state machine, and how it fits the functions that it calls."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from cidb2 import errors
from cidb2.run import Run
from cidb2.services import SERVICES
from cidb2.validation import validator
from tests.support.hub import run_state
from tests.support.template import STATE_MACHINE, TEMPLATE, parsed
from tools.copy_collector import renamed

pytestmark = pytest.mark.integration

State = dict[str, Any]

INVOKE = "arn:${Partition}:states:::lambda:invoke"
PUT_ITEM = "arn:${Partition}:states:::dynamodb:putItem"
PASSING_ERRORS = {
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.TooManyRequestsException",
    "StorageUnavailableError",
}
"""What may pass: Lambda's own (Step Functions Developer Guide, 'Best practices') and the hub's."""

DEATHS = {"Lambda.Unknown", "Runtime.ExitError", "Sandbox.Timedout", "States.Timeout"}
"""What says that a function was killed, ran out of memory or of time."""

FAILURE_ROW = {"pk", "sk", "service", "accountId", "error", "cause", "failedAt", "expiresAt"}


def machine() -> dict[str, Any]:
    return parsed(STATE_MACHINE)


def levels(level: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield a machine and every machine inside of it: branches and what maps run."""
    yield level
    for state in level["States"].values():
        for inner in (*state.get("Branches", []), state.get("ItemProcessor")):
            if inner:
                yield from levels(inner)


def states(*types: str) -> dict[str, State]:
    """Return the states of some types, on every level, by name."""
    return {
        name: state
        for level in levels(machine())
        for name, state in level["States"].items()
        if not types or state["Type"] in types
    }


TASKS = states("Task")
INVOCATIONS = {name: each for name, each in TASKS.items() if each["Resource"] == INVOKE}
BRANCHES: list[dict[str, Any]] = machine()["States"]["ParallelCollection"]["Branches"]


def substitution(text: str) -> str:
    """Return the name in `${name}`."""
    return text.removeprefix("${").removesuffix("}")


def function_of(task: State) -> dict[str, Any]:
    """Return the properties of the function that a task invokes, by the template's substitution."""
    resources = parsed(TEMPLATE)["Resources"]
    substitutions = resources["InventoryStateMachine"]["Properties"]["DefinitionSubstitutions"]
    target = substitutions[substitution(task["Parameters"]["FunctionName"])]
    shared = parsed(TEMPLATE)["Globals"]["Function"]
    properties: dict[str, Any] = shared | resources[target["Fn::GetAtt"][0]]["Properties"]
    return properties


UNAVAILABLE = {
    errors.OrganizationUnavailableError.__name__,
    errors.RegionsUnavailableError.__name__,
}
"""What Initialize alone may meet: AWS that cannot answer it now."""


def keys(parameters: Mapping[str, Any]) -> set[str]:
    """Return the names of parameters, those that are read by a path among them."""
    return {name.removesuffix(".$") for name in parameters}


# --- every task -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", TASKS)
def test_every_task_ends_is_tried_again_and_is_caught(name: str) -> None:
    task = TASKS[name]
    assert task["TimeoutSeconds"] > 0
    assert task["Retry"]
    [catch] = task["Catch"]
    assert catch["ErrorEquals"] == ["States.ALL"]
    assert catch["ResultPath"] == "$.error"
    for retry in task["Retry"]:
        assert retry["JitterStrategy"] == "FULL"
        assert retry["MaxAttempts"] == 1 or (retry["BackoffRate"] > 1 and retry["MaxDelaySeconds"])


@pytest.mark.parametrize("name", INVOCATIONS)
def test_a_task_outlives_the_function_that_it_invokes(name: str) -> None:
    task = INVOCATIONS[name]
    assert task["TimeoutSeconds"] > function_of(task)["Timeout"]


@pytest.mark.parametrize("name", INVOCATIONS)
def test_what_may_pass_is_tried_again_and_what_may_not_is_not(name: str) -> None:
    first, *others = INVOCATIONS[name]["Retry"]
    also = UNAVAILABLE if name == "Initialize" else set()
    assert {*first["ErrorEquals"]} == PASSING_ERRORS | also
    assert first["MaxAttempts"] >= 3
    [second] = others
    assert second["MaxAttempts"] == 1
    is_collector = "CollectorFunction" in INVOCATIONS[name]["Parameters"]["FunctionName"]
    assert {*second["ErrorEquals"]} == ({"States.ALL"} if is_collector else DEATHS)


@pytest.mark.parametrize("name", states("Map"))
def test_a_list_of_accounts_that_cannot_be_read_is_read_again(name: str) -> None:
    [retry] = states("Map")[name]["Retry"]
    assert retry["ErrorEquals"] == ["States.ItemReaderFailed"]
    assert retry["MaxAttempts"] >= 3
    assert retry["JitterStrategy"] == "FULL"


def test_every_error_of_ours_that_is_named_exists() -> None:
    ours = {
        error
        for task in TASKS.values()
        for rule in (*task["Retry"], *task["Catch"])
        for error in rule["ErrorEquals"]
        if "." not in error
    }
    assert ours == {errors.StorageUnavailableError.__name__} | UNAVAILABLE


def test_the_machine_and_the_template_agree_on_the_substitutions() -> None:
    resources = parsed(TEMPLATE)["Resources"]
    declared = resources["InventoryStateMachine"]["Properties"]["DefinitionSubstitutions"]
    used = {*re.findall(r"\$\{(\w+)\}", STATE_MACHINE.read_text(encoding="utf-8"))}
    assert used == {*declared}


def test_the_machines_role_may_invoke_what_it_invokes_and_nothing_else() -> None:
    role = parsed(TEMPLATE)["Resources"]["InventoryStateMachineRole"]["Properties"]
    stated = role["Policies"][0]["PolicyDocument"]["Statement"]
    [invoking] = [each for each in stated if each["Action"] == "lambda:InvokeFunction"]
    allowed = {each["Fn::GetAtt"][0] for each in invoking["Resource"]}
    invoked = {
        substitution(task["Parameters"]["FunctionName"]).removesuffix("Arn")
        for task in INVOCATIONS.values()
    }
    assert allowed == invoked


# --- how long a run takes at most -----------------------------------------------------------------


def longest(name: str) -> float:
    """Return how many seconds a task takes at most, every attempt and every pause at its longest.

    Each retrier counts its own attempts (Amazon States Language, 'Complex retry scenarios').
    """
    task = TASKS[name]
    attempts, pauses = 1, 0.0
    for retry in task["Retry"]:
        attempts += retry["MaxAttempts"]
        pauses += sum(
            min(
                retry["IntervalSeconds"] * retry.get("BackoffRate", 2) ** attempt,
                retry.get("MaxDelaySeconds", 31_622_400),
            )
            for attempt in range(retry["MaxAttempts"])
        )
    return float(attempts * task["TimeoutSeconds"] + pauses)


def most(parameter: str) -> float:
    """Return the largest value that a parameter of the template takes."""
    return float(parsed(TEMPLATE)["Parameters"][parameter]["MaxValue"])


def test_a_machine_outlives_whatever_a_run_may_take() -> None:
    """So that the machine's own limit, after which nobody sums up, is met by a fault alone.

    At the deadline a collector may be at its first attempt. It may hand over at its last, and the
    next invocation, which ends at once, be as unlucky. Accounts that wait pass through two states.
    """
    passing_the_others = 3600
    longest_wait = 60
    for service in map(str.upper, SERVICES):
        last_collection = 2 * longest(f"Collect{service}") + longest(f"RecordFailure{service}")
        settling = most("SettleTimeoutSeconds") + longest_wait
        end = longest("ProcessResults") + settling + 2 * longest("ProcessResultsAgain")
        run = most("CollectTimeoutSeconds") + last_collection + passing_the_others + end
        assert run < machine()["TimeoutSeconds"]


@pytest.mark.parametrize("service", SERVICES)
def test_no_account_is_begun_after_the_runs_deadline(service: str) -> None:
    name = service.upper()
    child = states()[f"CollectAccounts{name}"]["ItemProcessor"]
    first = child["States"][child["StartAt"]]
    [in_time] = first["Choices"]
    assert in_time == {
        "Variable": "$$.State.EnteredTime",
        "TimestampLessThanPath": "$.run.deadline",
        "Next": f"Collect{name}",
    }
    assert first["Default"] == f"Close{name}"


# --- the branches ---------------------------------------------------------------------------------


def test_the_branches_are_the_same_but_for_the_names() -> None:
    assert len(BRANCHES) == len(SERVICES)
    bodies = {
        renamed(json.dumps(each), name, "any")
        for each, name in zip(BRANCHES, SERVICES, strict=True)
    }
    assert len(bodies) == 1


@pytest.mark.parametrize("service", SERVICES)
def test_a_branch_is_for_its_service(service: str) -> None:
    branch = BRANCHES[SERVICES.index(service)]
    first = branch["States"][branch["StartAt"]]
    assert first["Choices"][0]["Variable"] == f"$.run.services.{service}"
    named = re.findall(r"\$\{(\w+)CollectorFunctionArn\}", json.dumps(branch))
    assert named == [service.capitalize()]


@pytest.mark.parametrize("name", states("Map"))
def test_a_map_runs_children_of_their_own_over_the_list_of_accounts(name: str) -> None:
    each = states("Map")[name]
    assert each["ItemProcessor"]["ProcessorConfig"] == {
        "Mode": "DISTRIBUTED",
        "ExecutionType": "STANDARD",
    }
    assert each["ToleratedFailurePercentage"] == 100
    assert each["MaxConcurrencyPath"] == "$.run.accountConcurrency"
    assert each["ItemReader"]["Parameters"] == {
        "Bucket.$": "$.run.accounts.bucket",
        "Key.$": "$.run.accounts.key",
    }
    assert each["Catch"][0]["ErrorEquals"] == ["States.ALL"]


def test_nothing_that_grows_with_the_accounts_is_kept_in_the_state() -> None:
    for each in states("Map", "Parallel").values():
        assert each["ResultPath"] is None
    for level in levels(machine()):
        ends = [state for state in level["States"].values() if state.get("End")]
        if "ProcessorConfig" in level:
            assert [end.get("Result") for end in ends] == [{}]


@pytest.mark.parametrize("service", SERVICES)
def test_a_collector_is_invoked_until_it_is_done(service: str) -> None:
    collect = states()[f"Collect{service.upper()}"]
    again = states()[collect["Next"]]
    [choice] = again["Choices"]
    assert (choice["StringEquals"], choice["Next"]) == ("CONTINUE", f"Collect{service.upper()}")
    assert collect["ResultPath"] == "$.collection"
    assert collect["ResultSelector"]["continuation.$"] == "$.Payload.continuation"
    continuation = collect["Parameters"]["Payload"]["continuation.$"]
    assert continuation == "$.collection.continuation"


@pytest.mark.parametrize("service", SERVICES)
def test_what_a_collector_is_handed_is_what_it_takes(service: str) -> None:
    payload = states()[f"Collect{service.upper()}"]["Parameters"]["Payload"]
    schema: Any = validator("collection-request").schema
    assert keys(payload) == {*schema["properties"]}


@pytest.mark.parametrize("service", SERVICES)
def test_a_collector_that_died_is_written_down_as_the_results_processor_reads_it(
    service: str,
) -> None:
    one, every = (
        states()[name]["Parameters"]["Item"]
        for name in (f"RecordFailure{service.upper()}", f"Record{service.upper()}MapFailure")
    )
    for row in (one, every):
        assert {*row} == FAILURE_ROW
        assert row["service"] == {"S": service}
        assert row["cause"] == {"S.$": "States.JsonToString($.error)"}
    assert one["pk"] == {"S.$": "States.Format('run#{}#{}', $.run.runId, $.account.shard)"}
    assert every["pk"] == {"S.$": "States.Format('run#{}', $.run.runId)"}
    assert one["sk"] == {"S.$": f"States.Format('failure#{service}#{{}}', $.account.accountId)"}
    assert (every["sk"], every["accountId"]) == ({"S": f"failure#{service}#*"}, {"S": "*"})


def test_a_failure_that_cannot_be_written_down_fails_nobody_else() -> None:
    writing = {name: each for name, each in TASKS.items() if each["Resource"] == PUT_ITEM}
    assert len(writing) == 2 * len(SERVICES)
    for task in writing.values():
        after = states()[task["Catch"][0]["Next"]]
        assert after["Type"] in ("Pass", "Succeed")


# --- the way through ------------------------------------------------------------------------------


def test_every_path_into_the_run_leads_to_a_field_that_a_run_has() -> None:
    state = Run.parse(run_state()).to_state(SERVICES)
    for path in re.findall(r"\$\.run\.([\w.]+)", json.dumps(machine())):
        value: Any = state
        for name in path.split("."):
            value = value[name]


def test_initialize_is_handed_the_whole_input_and_the_execution() -> None:
    task = states()["Initialize"]
    payload = task["Parameters"]["Payload"]
    assert payload["input.$"] == "$$.Execution.Input"
    assert keys(payload["execution"]) == {"id", "startedAt"}
    assert task["ResultSelector"] == {"run.$": "$.Payload.run"}


def test_the_end_is_asked_for_again_until_everything_is_stored() -> None:
    settled, waiting = states()["IsSettled"], states()["AwaitStorage"]
    routes = {each["StringEquals"]: each["Next"] for each in settled["Choices"]}
    assert routes == {"SETTLING": "AwaitStorage", "FAILED": "NothingCollected"}
    assert settled["Default"] == "Success"
    assert waiting["SecondsPath"] == "$.results.answer.settlement.waitSeconds"
    again = states()[waiting["Next"]]
    assert again["Next"] == "IsSettled"
    settlement = again["Parameters"]["Payload"]["settlement.$"]
    assert settlement == "$.results.answer.settlement"
    assert states()["ProcessResults"]["Parameters"]["Payload"]["settlement"] is None


def test_success_is_the_summary_and_every_failure_names_its_error() -> None:
    assert states("Succeed")["Success"]["OutputPath"] == "$.results.answer"
    for name, each in states("Fail").items():
        assert {*each} & {"Error", "ErrorPath"}, name
        assert ({*each} & {"Cause", "CausePath"}) or name == "FailedWithoutCause"


def test_every_state_is_reached_and_leads_somewhere() -> None:
    for level in levels(machine()):
        named = re.findall(r'"(?:Next|Default)": "(\w+)"', json.dumps(level))
        assert {*level["States"]} <= {level["StartAt"], *named}
        for name, state in level["States"].items():
            is_end = state["Type"] in ("Succeed", "Fail") or state.get("End")
            goes_on = "Next" in state or (state["Type"] == "Choice" and "Default" in state)
            assert bool(is_end) != goes_on, name

"""The house rules of the state machines, and how they fit each other and the functions."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from cidb2 import errors
from cidb2.run import Run
from cidb2.services import COLLECTORS, collector_title
from cidb2.validation import validator
from tests.support.hub import run_state
from tests.support.template import STATE_MACHINES, TEMPLATE, parsed
from tools.collectors import renamed

pytestmark = pytest.mark.integration

State = dict[str, Any]

INVOKE = "arn:${Partition}:states:::lambda:invoke"
PUT_ITEM = "arn:${Partition}:states:::dynamodb:putItem"
START = "arn:${Partition}:states:::states:startExecution.sync:2"
INVENTORY, COLLECT = "InventoryStateMachine", "CollectStateMachine"
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

NOT_STARTED = {
    "StepFunctions.AWSStepFunctionsException",
    "StepFunctions.ExecutionLimitExceededException",
    "StepFunctions.SdkClientException",
}
"""What says that an execution did not start. What started and failed is never started again."""

FAILURE_ROW = {"pk", "sk", "collector", "accountId", "error", "cause", "failedAt", "expiresAt"}


def machine(name: str) -> dict[str, Any]:
    return parsed(STATE_MACHINES[name])


def levels(level: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield a machine and every machine inside of it: branches and what maps run."""
    yield level
    for state in level["States"].values():
        for inner in (*state.get("Branches", []), state.get("ItemProcessor")):
            if inner:
                yield from levels(inner)


def states(*types: str) -> dict[str, State]:
    """Return the states of some types of both machines, on every level, by name."""
    return {
        name: state
        for each in STATE_MACHINES
        for level in levels(machine(each))
        for name, state in level["States"].items()
        if not types or state["Type"] in types
    }


TASKS = states("Task")
INVOCATIONS = {name: each for name, each in TASKS.items() if each["Resource"] == INVOKE}
STARTS = {name: each for name, each in TASKS.items() if each["Resource"] == START}
WRITES = {name: each for name, each in TASKS.items() if each["Resource"] == PUT_ITEM}
BRANCHES: list[dict[str, Any]] = machine(INVENTORY)["States"]["ParallelCollection"]["Branches"]


def catcher(name: str) -> str:
    """Return the name of the state to which a task's failure leads."""
    [catch] = TASKS[name]["Catch"]
    return str(catch["Next"])


def substitution(text: str) -> str:
    """Return the name in `${name}`."""
    return text.removeprefix("${").removesuffix("}")


def functions_of(task: State) -> list[dict[str, Any]]:
    """Return the properties of the functions that a task invokes, by the template's substitutions.

    The collect machine invokes whichever collector a branch of the inventory machine names.
    """
    resources = parsed(TEMPLATE)["Resources"]
    substitutions = resources[INVENTORY]["Properties"]["DefinitionSubstitutions"]
    name = task["Parameters"].get("FunctionName")
    named = (
        [name]
        if name
        else [each["Parameters"]["Input"]["collector"]["functionArn"] for each in STARTS.values()]
    )
    shared = parsed(TEMPLATE)["Globals"]["Function"]
    targets = [substitutions[substitution(each)]["Fn::GetAtt"][0] for each in named]
    return [shared | resources[target]["Properties"] for target in targets]


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
    for function in functions_of(task):
        assert task["TimeoutSeconds"] > function["Timeout"]


@pytest.mark.parametrize("name", STARTS)
def test_a_task_outlives_the_machine_that_it_starts(name: str) -> None:
    assert STARTS[name]["TimeoutSeconds"] > machine(COLLECT)["TimeoutSeconds"]


@pytest.mark.parametrize("name", STARTS)
def test_only_a_collection_that_did_not_start_is_started_again(name: str) -> None:
    [retry] = STARTS[name]["Retry"]
    assert {*retry["ErrorEquals"]} == NOT_STARTED
    assert retry["MaxAttempts"] >= 3


@pytest.mark.parametrize("name", INVOCATIONS)
def test_what_may_pass_is_tried_again_and_what_may_not_is_not(name: str) -> None:
    first, *others = INVOCATIONS[name]["Retry"]
    also = UNAVAILABLE if name == "Initialize" else set()
    assert {*first["ErrorEquals"]} == PASSING_ERRORS | also
    assert first["MaxAttempts"] >= 3
    [second] = others
    assert second["MaxAttempts"] == 1
    assert {*second["ErrorEquals"]} == ({"States.ALL"} if name == "Collect" else DEATHS)


def test_a_list_of_accounts_that_cannot_be_read_is_read_again() -> None:
    [retry] = states("Map")["CollectAccounts"]["Retry"]
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


@pytest.mark.parametrize("name", STATE_MACHINES)
def test_a_machine_and_the_template_agree_on_the_substitutions(name: str) -> None:
    resources = parsed(TEMPLATE)["Resources"]
    declared = resources[name]["Properties"]["DefinitionSubstitutions"]
    used = {*re.findall(r"\$\{(\w+)\}", STATE_MACHINES[name].read_text(encoding="utf-8"))}
    assert used == {*declared}


@pytest.mark.parametrize("name", STATE_MACHINES)
def test_a_machines_role_may_invoke_what_it_invokes_and_nothing_else(name: str) -> None:
    role = parsed(TEMPLATE)["Resources"][f"{name}Role"]["Properties"]
    stated = role["Policies"][0]["PolicyDocument"]["Statement"]
    [invoking] = [each for each in stated if each["Action"] == "lambda:InvokeFunction"]
    allowed = {f"{each['Fn::GetAtt'][0]}Arn" for each in invoking["Resource"]}
    named = {*re.findall(r"\$\{(\w+FunctionArn)\}", json.dumps(machine(INVENTORY)))}
    collectors = {each for each in named if "Collector" in each}
    assert allowed == (collectors if name == COLLECT else named - collectors)


# --- how long a run takes at most -----------------------------------------------------------------


def longest(name: str) -> float:
    """Return how many seconds a task takes at most, every attempt and every pause at its longest.

    Each retrier counts its own attempts (Amazon States Language, 'Complex retry scenarios').
    """
    task = TASKS[name]
    attempts = 1 + sum(retry["MaxAttempts"] for retry in task["Retry"])
    return float(attempts * task["TimeoutSeconds"] + pauses(name))


def most(parameter: str) -> float:
    """Return the largest value that a parameter of the template takes."""
    return float(parsed(TEMPLATE)["Parameters"][parameter]["MaxValue"])


def pauses(name: str) -> float:
    """Return the seconds between a task's attempts, each pause at its longest."""
    total = 0.0
    for retry in TASKS[name]["Retry"]:
        for attempt in range(retry["MaxAttempts"]):
            pause = retry["IntervalSeconds"] * retry.get("BackoffRate", 2) ** attempt
            total += min(pause, retry.get("MaxDelaySeconds", 31_622_400))
    return total


def test_the_collect_machine_outlives_whatever_a_collection_may_take() -> None:
    """At the deadline a collector may be at its first attempt and hand over at its last.

    The next invocation, which ends at once, may be as unlucky. Those of the accounts that still
    wait end at once too.
    """
    passing_the_others = 3600
    last_collection = 2 * longest("Collect") + longest("RecordFailure")
    collection = most("CollectTimeoutSeconds") + last_collection + passing_the_others
    assert collection < machine(COLLECT)["TimeoutSeconds"]


@pytest.mark.parametrize("name", STARTS)
def test_the_inventory_machine_outlives_whatever_a_run_may_take(name: str) -> None:
    """So that the machine's own limit, after which nobody sums up, is met by a fault alone."""
    longest_wait = 60
    collection = STARTS[name]["TimeoutSeconds"] + pauses(name) + longest(catcher(name))
    settling = most("SettleTimeoutSeconds") + longest_wait
    end = longest("ProcessResults") + settling + 2 * longest("ProcessResultsAgain")
    run = longest("Initialize") + collection + end
    assert run < machine(INVENTORY)["TimeoutSeconds"]


# --- the branches ---------------------------------------------------------------------------------


def test_the_branches_are_the_same_but_for_the_names() -> None:
    assert len(BRANCHES) == len(COLLECTORS)
    bodies = {
        renamed(json.dumps(each), name, "any")
        for each, name in zip(BRANCHES, COLLECTORS, strict=True)
    }
    assert len(bodies) == 1


@pytest.mark.parametrize("collector", COLLECTORS)
def test_a_branch_is_for_its_collector(collector: str) -> None:
    branch = BRANCHES[[*COLLECTORS].index(collector)]
    first = branch["States"][branch["StartAt"]]
    assert first["Choices"][0]["Variable"] == f"$.run.collectors.{collector}"
    named = re.findall(r"\$\{(\w+)CollectorFunctionArn\}", json.dumps(branch))
    assert named == [collector.capitalize()]


@pytest.mark.parametrize("collector", COLLECTORS)
def test_a_branch_starts_the_collect_machine_for_its_collector(collector: str) -> None:
    start = STARTS[f"Collect{collector_title(collector)}"]
    assert start["Parameters"]["StateMachineArn"] == "${CollectStateMachineArn}"
    given = start["Parameters"]["Input"]
    assert given["AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID.$"] == "$$.Execution.Id"
    assert given["run.$"] == "$.run"
    assert given["collector"]["name"] == collector
    taken = {*re.findall(r"\$\.(run|collector)\b", json.dumps(machine(COLLECT)))}
    assert taken <= keys(given)


@pytest.mark.parametrize("collector", COLLECTORS)
def test_a_further_collector_costs_at_most_25_lines(collector: str) -> None:
    text = STATE_MACHINES[INVENTORY].read_text(encoding="utf-8")
    first = f"      - StartAt: Is{collector_title(collector)}Wanted\n"
    branch = re.search(rf"^{first}(?:        .*\n)+", text, re.MULTILINE)
    assert branch is not None
    assert branch[0].count("\n") <= 25


def test_the_collect_machine_runs_a_child_for_each_account() -> None:
    each = states("Map")["CollectAccounts"]
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


def test_an_account_that_is_collected_at_once_costs_three_transitions() -> None:
    child = states("Map")["CollectAccounts"]["ItemProcessor"]
    assert child["StartAt"] == "Collect"
    inner = child["States"]
    assert inner["Collect"]["Next"] == "IsDone"
    assert inner["IsDone"]["Default"] == "Close"
    assert inner["Close"]["End"]


def test_nothing_that_grows_with_the_accounts_is_kept_in_the_state() -> None:
    assert states("Map")["CollectAccounts"]["ResultPath"] is None
    for level in (*levels(machine(INVENTORY)), *levels(machine(COLLECT))):
        ends = [state for state in level["States"].values() if state.get("End")]
        if "ProcessorConfig" in level:
            assert [end.get("Result") for end in ends] == [{}]


def test_a_collector_is_invoked_until_it_is_done() -> None:
    collect = states()["Collect"]
    again = states()[collect["Next"]]
    [choice] = again["Choices"]
    assert (choice["StringEquals"], choice["Next"]) == ("CONTINUE", "Collect")
    assert collect["ResultPath"] == "$.collection"
    assert collect["ResultSelector"]["continuation.$"] == "$.Payload.continuation"
    continuation = collect["Parameters"]["Payload"]["continuation.$"]
    assert continuation == "$.collection.continuation"


def test_what_a_collector_is_handed_is_what_it_takes() -> None:
    payload = states()["Collect"]["Parameters"]["Payload"]
    schema: Any = validator("collection-request").schema
    assert keys(payload) == {*schema["properties"]}


def test_a_failure_is_written_down_as_the_results_processor_reads_it() -> None:
    row = WRITES["RecordFailure"]["Parameters"]["Item"]
    assert {*row} == FAILURE_ROW
    assert row["cause"] == {"S.$": "States.JsonToString($.error)"}
    assert row["collector"] == {"S.$": "$.collector.name"}
    assert row["pk"] == {"S.$": "States.Format('run#{}#{}', $.run.runId, $.account.shard)"}
    key = "States.Format('failure#{}#{}', $.collector.name, $.account.accountId)"
    assert row["sk"] == {"S.$": key}


@pytest.mark.parametrize("collector", COLLECTORS)
def test_a_branch_whose_collection_failed_writes_down_which_and_why(collector: str) -> None:
    row = WRITES[catcher(f"Collect{collector_title(collector)}")]["Parameters"]["Item"]
    assert {*row} == FAILURE_ROW
    assert row["cause"] == {"S.$": "States.JsonToString($.error)"}
    assert row["collector"] == {"S": collector}
    assert row["pk"] == {"S.$": "States.Format('run#{}', $.run.runId)"}
    assert row["sk"] == {"S": f"failure#{collector}#*"}
    assert row["accountId"] == {"S": "*"}


def test_what_failed_leaves_nothing_in_the_state_after_the_branches() -> None:
    assert machine(INVENTORY)["States"]["ParallelCollection"]["ResultPath"] is None
    for branch in BRANCHES:
        for state in branch["States"].values():
            if state.get("End"):
                assert state.get("Result", state.get("ResultSelector")) == {}


@pytest.mark.parametrize("name", WRITES)
def test_a_failure_that_cannot_be_written_down_fails_nobody_else(name: str) -> None:
    assert states()[catcher(name)]["Type"] == "Pass"


# --- the way through ------------------------------------------------------------------------------


def test_every_path_into_the_run_leads_to_a_field_that_a_run_has() -> None:
    state = Run.parse(run_state()).to_state()
    both = json.dumps([machine(name) for name in STATE_MACHINES])
    for path in re.findall(r"\$\.run\.([\w.]+)", both):
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
    for level in (*levels(machine(INVENTORY)), *levels(machine(COLLECT))):
        named = re.findall(r'"(?:Next|Default)": "(\w+)"', json.dumps(level))
        assert {*level["States"]} <= {level["StartAt"], *named}
        for name, state in level["States"].items():
            is_end = state["Type"] in ("Succeed", "Fail") or state.get("End")
            goes_on = "Next" in state or (state["Type"] == "Choice" and "Default" in state)
            assert bool(is_end) != goes_on, name

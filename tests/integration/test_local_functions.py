"""Functions run as Lambda runs them: their surroundings, their failures, their environments."""

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from local.emulator.embedded import EmbeddedAws
from local.emulator.outcomes import FunctionError
from local.gateway.identity import operator
from local.lambda_runtime.runtime_api import Invocation, Report, RuntimeApi

pytestmark = pytest.mark.integration

FIXTURES = Path(__file__).parent / "local_fixtures"
REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def aws() -> Iterator[EmbeddedAws]:
    with EmbeddedAws(FIXTURES / "template.yaml", environments=3) as started:
        yield started


def failure(aws: EmbeddedAws, event: dict[str, Any]) -> dict[str, Any]:
    """Return what Lambda says of an event that the function fails on."""
    with pytest.raises(FunctionError) as error:
        aws.invoke("WorkerFunction", event)
    return error.value.payload


def test_a_function_finds_what_lambda_gives_it(aws: EmbeddedAws) -> None:
    name = aws.stack.physical_id("WorkerFunction")
    told = aws.invoke("WorkerFunction", {"do": "describe"})
    assert told["greeting"] == "hello from the layer"
    assert told["arn"].endswith(f":function:{name}")
    assert 10 < told["remaining"] <= 2000  # milliseconds, of a timeout of 2 s
    role = aws.stack.physical_id("WorkerFunctionRole")
    assert told["identity"] == f"arn:aws:sts::123456789012:assumed-role/{role}/{name}"
    variables = told["environment"]
    assert variables["TABLE"] == aws.stack.physical_id("Table")
    assert variables["COLOR"] == "red"
    assert variables["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] == "256"
    assert variables["AWS_ENDPOINT_URL"] == aws.endpoint
    assert variables["_X_AMZN_TRACE_ID"].startswith("Root=1-")
    assert variables["_X_AMZN_TRACE_ID"].endswith("Sampled=1")
    assert "VIRTUAL_ENV" not in variables
    assert variables["AWS_LAMBDA_LOG_FORMAT"] == "JSON"
    assert variables["AWS_LAMBDA_LOG_LEVEL"] == "WARN"


def test_lambda_sets_no_level_where_a_function_logs_text(aws: EmbeddedAws) -> None:
    variables = aws.invoke("NarrowFunction", {"do": "describe"})["environment"]
    assert variables["AWS_LAMBDA_LOG_FORMAT"] == "Text"
    assert "AWS_LAMBDA_LOG_LEVEL" not in variables


def test_an_environment_is_reused_warm(aws: EmbeddedAws) -> None:
    first, second = (aws.invoke("WorkerFunction", {}) for _ in range(2))
    assert second["pid"] == first["pid"]
    assert second["invocations"] == first["invocations"] + 1


def test_several_environments_run_at_once(aws: EmbeddedAws) -> None:
    with ThreadPoolExecutor(6) as pool:
        sleep = {"do": "sleep", "seconds": 0.5}
        list(pool.map(lambda _: aws.invoke("WorkerFunction", sleep), range(6)))
    assert len(aws.runtime._pool(aws.stack.physical_id("WorkerFunction"))._idle) == 3


def test_an_error_is_told_with_its_type_message_and_trace(aws: EmbeddedAws) -> None:
    told = failure(aws, {"do": "raise", "message": "süß"})
    assert (told["errorType"], told["errorMessage"]) == ("CustomError", "süß")
    assert "functions/worker/app.py" in told["stackTrace"][0]


def test_a_function_is_cut_off_at_its_timeout(aws: EmbeddedAws) -> None:
    began = time.monotonic()
    told = failure(aws, {"do": "sleep", "seconds": 60})
    assert 2 <= time.monotonic() - began < 6
    assert told["errorType"] == "Sandbox.Timedout"
    assert told["errorMessage"].endswith("Task timed out after 2.00 seconds")


@pytest.mark.parametrize(("act", "how"), [("exit", "exit status 3"), ("die", "signal: 9")])
def test_an_end_of_the_process_is_an_error(aws: EmbeddedAws, act: str, how: str) -> None:
    told = failure(aws, {"do": act})
    assert told["errorType"] == "Runtime.ExitError"
    assert told["errorMessage"].endswith(how)
    assert aws.invoke("WorkerFunction", {"do": "echo"})["invocations"] >= 1


def test_a_handler_that_cannot_be_imported_is_an_error(aws: EmbeddedAws) -> None:
    name = aws.stack.physical_id("NarrowFunction")
    client = aws.client("lambda")
    client.update_function_configuration(FunctionName=name, Handler="missing.handler")
    with pytest.raises(FunctionError, match=r"Runtime.ImportModuleError: .*'missing'"):
        aws.invoke("NarrowFunction", {})
    client.update_function_configuration(FunctionName=name, Handler="app.handler")
    assert aws.invoke("NarrowFunction", {})["invocations"] == 1


def test_reserved_concurrency_refuses_what_is_beyond(aws: EmbeddedAws) -> None:
    aws.invoke("NarrowFunction", {})
    with ThreadPoolExecutor(1) as pool:
        busy = pool.submit(aws.invoke, "NarrowFunction", {"do": "sleep", "seconds": 1})
        time.sleep(0.3)
        with pytest.raises(ClientError) as error:
            _invoke_once(aws, "NarrowFunction")
        busy.result()
    assert error.value.response["Error"]["Code"] == "TooManyRequestsException"
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 429


def _invoke_once(aws: EmbeddedAws, function: str) -> None:
    client = aws.cloud.client_as(
        operator(aws.stack.account, aws.stack.region),
        "lambda",
        config=Config(retries={"total_max_attempts": 1}),
    )
    client.invoke(FunctionName=aws.stack.physical_id(function))


def test_an_asynchronous_invocation_answers_at_once(aws: EmbeddedAws) -> None:
    answer = aws.client("lambda").invoke(
        FunctionName=aws.stack.physical_id("WorkerFunction"),
        InvocationType="Event",
        Payload=json.dumps({"do": "print", "text": "said later"}),
    )
    assert answer["StatusCode"] == 202
    deadline = time.monotonic() + 5
    while "said later" not in aws.logs("WorkerFunction"):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_what_a_function_prints_is_logged(aws: EmbeddedAws) -> None:
    answer = aws.client("lambda").invoke(
        FunctionName=aws.stack.physical_id("WorkerFunction"),
        LogType="Tail",
        Payload=json.dumps({"do": "print", "text": "for the log"}),
    )
    assert "LogResult" in answer
    log = aws.logs("WorkerFunction")
    assert "for the log\nEND RequestId: " in log
    assert "Max Memory Used: " in log


def test_the_memory_of_each_function_is_known(aws: EmbeddedAws) -> None:
    aws.invoke("WorkerFunction", {})
    assert 20 < aws.function_peaks()["WorkerFunction"] < 300


def test_an_environment_is_killed_at_the_call_one_chooses(aws: EmbeddedAws) -> None:
    name = aws.stack.physical_id("WorkerFunction")
    write = {"do": "write", "prefix": "killed-", "items": 10}
    with aws.faults.kill(function=name, operation="PutItem", skip=3, times=1, after=True):
        told = failure(aws, write)
    assert told["errorType"] == "Runtime.ExitError"
    table = aws.stack.physical_id("Table")
    found = aws.client("dynamodb").scan(TableName=table)["Items"]
    assert sum(item["pk"]["S"].startswith("killed-") for item in found) == 4
    assert aws.invoke("WorkerFunction", write) == {"written": 10}


def test_all_environments_of_a_function_can_be_killed(aws: EmbeddedAws) -> None:
    with ThreadPoolExecutor(1) as pool:
        busy = pool.submit(failure, aws, {"do": "sleep", "seconds": 1.9})
        deadline = time.monotonic() + 4
        while not aws.runtime.kill(aws.stack.physical_id("WorkerFunction")):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert busy.result()["errorMessage"].endswith("signal: 9")


def test_functions_die_with_their_parent(tmp_path: Path) -> None:
    """Even when it is killed and has no time to clean up."""
    program = textwrap.dedent(f"""
        import threading, time
        from local.emulator.embedded import EmbeddedAws

        with EmbeddedAws({str(FIXTURES / "template.yaml")!r}, folder={str(tmp_path)!r}) as aws:
            print(aws.invoke("WorkerFunction", {{}})["pid"], flush=True)
            aws.invoke("WorkerFunction", {{"do": "sleep", "seconds": 60}})
    """)
    parent = subprocess.Popen(
        [sys.executable, "-c", program], cwd=REPOSITORY, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    with parent:
        child = int(parent.stdout.readline())
        time.sleep(0.3)
        parent.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 5
    while _runs(child):
        assert time.monotonic() < deadline, "the function outlived its parent"
        time.sleep(0.05)


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/stat")
    return not status.exists() or status.read_text().split()[2] != "Z"


def test_the_pure_python_runtime_does_the_same(tmp_path: Path) -> None:
    """What runs where awslambdaric cannot be installed."""
    (tmp_path / "pure.py").write_text(
        "def handler(event, context):\n"
        "    if event == 'bad':\n"
        "        raise KeyError('bad')\n"
        "    return [event, context.get_remaining_time_in_millis() > 0, context.aws_request_id]\n"
    )
    reports: SimpleQueue[Report] = SimpleQueue()
    api = RuntimeApi(reports)
    client = REPOSITORY / "local" / "execution_environment" / "client.py"
    serve = f"runpy.run_path({str(client)!r})['serve_handler']('pure.handler', {api.address!r})"
    call = f"import runpy; {serve}"
    process = subprocess.Popen(
        [sys.executable, "-c", call], cwd=tmp_path, stderr=subprocess.DEVNULL
    )
    try:
        for event, kind in ((b'"good"', "response"), (b'"bad"', "error")):
            assert reports.get(timeout=10).kind == "ready"
            api.send(Invocation(event, "arn", 5, "Root=1", request_id="id-1"))
            report = reports.get(timeout=10)
            assert report.kind == kind
            if kind == "response":
                assert json.loads(report.body) == ["good", True, "id-1"]
            else:
                assert json.loads(report.body)["errorType"] == "KeyError"
    finally:
        process.kill()
        process.wait()
        api.close()

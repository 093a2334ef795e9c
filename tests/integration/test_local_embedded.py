"""The embedded AWS starts and stops as often as one likes, and leaves nothing behind."""

import json
import os
import threading
from pathlib import Path
from unittest import mock

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from local.emulator.cloud import REGION, Cloud
from local.emulator.embedded import EmbeddedAws
from local.gateway.identity import operator

pytestmark = pytest.mark.integration

FIXTURES = Path(__file__).parent / "local_fixtures"


def test_it_starts_and_stops_and_leaves_nothing_behind(tmp_path: Path) -> None:
    before, environment = set(threading.enumerate()), dict(os.environ)
    ports = []
    for _ in range(2):
        with EmbeddedAws(FIXTURES / "template.yaml", folder=tmp_path) as aws:
            pid = aws.invoke("WorkerFunction", {})["pid"]
            ports.append(aws.endpoint)
            bucket = aws.stack.physical_id("Bucket")
            accounts = [{"id": "a", "do": "sleep", "seconds": 9, "statuses": []}]
            aws.client("s3").put_object(Bucket=bucket, Key="a.json", Body=json.dumps(accounts))
            aws.start_execution({"bucket": bucket, "key": "a.json", "go": True})
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
    assert dict(os.environ) == environment
    left = [thread for thread in set(threading.enumerate()) - before if not thread.daemon]
    assert left == []
    assert list(tmp_path.glob("*.log"))


def test_a_function_that_is_invoked_after_the_runtime_has_ended_is_not_run_by_moto() -> None:
    with EmbeddedAws(FIXTURES / "template.yaml") as aws:
        once = Config(retries={"total_max_attempts": 1})
        client = aws.cloud.client_as(operator(aws.stack.account, REGION), "lambda", config=once)
        aws.runtime.__exit__()
        with mock.patch("os.popen") as asked, pytest.raises(ClientError, match="500"):
            client.invoke(FunctionName=aws.stack.physical_id("WorkerFunction"))
        asked.assert_not_called()
        client.close()


def test_a_failed_start_can_be_tried_again(tmp_path: Path) -> None:
    wrong = tmp_path / "template.yaml"
    wrong.write_text(json.dumps({"Resources": {"Thing": {"Type": "AWS::Made::Up"}}}))
    with pytest.raises(Exception, match="AWS::Made::Up"), EmbeddedAws(wrong):
        pass
    with EmbeddedAws() as aws:
        assert aws.client("sqs").list_queues()


def test_there_is_one_at_a_time() -> None:
    with Cloud(), pytest.raises(RuntimeError, match="another embedded AWS"), Cloud():
        pass

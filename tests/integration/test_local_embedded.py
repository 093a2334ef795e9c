"""The embedded AWS starts and stops as often as one likes, and leaves nothing behind."""

import json
import os
import threading
from pathlib import Path

import pytest

from local.cloud import Cloud
from local.embedded import EmbeddedAws

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

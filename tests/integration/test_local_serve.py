"""`make aws` tells the AWS CLI and `sam local invoke` all they need, and ends when told to."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import boto3
import pytest

pytestmark = pytest.mark.integration

REPOSITORY = Path(__file__).resolve().parents[2]


def test_a_client_needs_nothing_but_the_env_file(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from local.commands.serve import main;"
        f"sys.exit(main(['--accounts', '1', '--resources', '5'], folder=Path({str(tmp_path)!r}),"
        " port=0))"
    )
    server = subprocess.Popen(
        [sys.executable, "-c", program], cwd=REPOSITORY, stdout=subprocess.PIPE, text=True
    )
    assert server.stdout is not None
    with server:
        try:
            while "Ctrl-C ends it" not in (line := server.stdout.readline()):
                assert line, "it ended before it had begun"
            lines = (tmp_path / "aws.env").read_text().splitlines()
            told = dict(line.split("=", 1) for line in lines)
            client = boto3.client(
                "stepfunctions",
                endpoint_url=told["AWS_ENDPOINT_URL"],
                region_name=told["AWS_REGION"],
                aws_access_key_id=told["AWS_ACCESS_KEY_ID"],
                aws_secret_access_key=told["AWS_SECRET_ACCESS_KEY"],
                aws_session_token=told["AWS_SESSION_TOKEN"],
            )
            arn = told["STATE_MACHINE_ARN"]
            assert client.describe_state_machine(stateMachineArn=arn)["status"] == "ACTIVE"
            client.close()
        finally:
            server.send_signal(signal.SIGTERM)
        assert server.wait(20) == 0
    variables = json.loads((tmp_path / "sam-env.json").read_text())["IamCollectorFunction"]
    assert variables["RUNS_TABLE"] == told["RUNS_TABLE_NAME"]
    assert variables["AWS_ENDPOINT_URL"] == told["AWS_ENDPOINT_URL"]
    assert (tmp_path / "aws.env").stat().st_mode & 0o077 == 0
    template = json.loads((tmp_path / "template.json").read_text())
    assert "AWS_ENDPOINT_URL" in template["Globals"]["Function"]["Environment"]["Variables"]
    assert template["Resources"]["SharedLayer"]["Properties"]["ContentUri"] == "../layers/shared"

"""`.ci/deploy` as GitHub runs it: what signs in, when, and what reaches SAM."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from tests.support.template import ROOT

ROLE = "arn:aws:iam::123456789012:role/deployer"
CLOUDFORMATION_ROLE = "arn:aws:iam::123456789012:role/cloudformation"
SIGNED_IN = """<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
<AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>ASIAEXAMPLE</AccessKeyId>
<SecretAccessKey>secret</SecretAccessKey><SessionToken>session</SessionToken>
<Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleWithWebIdentityResult>
</AssumeRoleWithWebIdentityResponse>"""
IDENTITY = """<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
<GetCallerIdentityResult><Account>123456789012</Account></GetCallerIdentityResult>
</GetCallerIdentityResponse>"""
CALLS_AWS = f"""#!{sys.executable}
import sys, urllib.request, boto3
urllib.request.urlopen("$URL/" + ",".join(sys.argv[1:3])).close()
boto3.client("sts").get_caller_identity()
print("CloudFormation stack changeset\\n+ Add\\n")
print("arn:aws:cloudformation:us-east-1:1:changeSet/a/b")
"""
MAKE = '#!/bin/sh\ncurl -s "$URL/make,$2" > /dev/null\n'


class Log:
    """What was asked of GitHub and STS and which programs ran, in order."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.sessions: set[str] = set()


@pytest.fixture
def log() -> Iterator[tuple[Log, str]]:
    kept = Log()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path.startswith("/token"):
                assert self.path.endswith("&audience=sts.amazonaws.com")
                assert self.headers["Authorization"] == "bearer of the job"
                kept.lines.append("token")
                self._answer(f'{{"value": "token {kept.lines.count("token")}"}}')
            else:
                kept.lines.append(self.path.removeprefix("/"))
                self._answer("")

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            asked = {name: values[0] for name, values in parse_qs(body).items()}
            if asked["Action"] == "GetCallerIdentity":
                assert "Credential=ASIAEXAMPLE/" in self.headers["Authorization"]
                self._answer(IDENTITY)
                return
            assert asked["RoleArn"] == ROLE
            kept.sessions.add(asked["RoleSessionName"])
            kept.lines.append(f"assumes by {asked['WebIdentityToken']}")
            self._answer(SIGNED_IN)

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

        def _answer(self, body: str) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield kept, f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def checkout(tmp_path: Path, log: tuple[Log, str]) -> Path:
    """A checkout whose `make` and `sam` only tell that they ran; `sam` calls AWS."""
    url = log[1]
    for folder in (".ci", ".venv/bin", "bin", "tools"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / ".ci" / "deploy").symlink_to(ROOT / ".ci" / "deploy")
    tool = "github_credentials.py"
    (tmp_path / "tools" / tool).symlink_to(ROOT / "tools" / tool)
    (tmp_path / "tools" / "pin_artifacts.py").write_text('print("One  key  version v1")')
    for path, text in ((".venv/bin/sam", CALLS_AWS), ("bin/make", MAKE)):
        (tmp_path / path).write_text(text.replace("$URL", url))
        (tmp_path / path).chmod(0o755)
    (tmp_path / ".venv" / "bin" / "python").symlink_to(sys.executable)
    return tmp_path


def deploy(checkout: Path, url: str, *what: str) -> str:
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
    done = subprocess.run(
        ["bash", checkout / ".ci" / "deploy", *what],
        env={
            **inherited,
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "of the job",
            "ACTIONS_ID_TOKEN_REQUEST_URL": f"{url}/token?version=1",
            "AWS_DEFAULT_REGION": "eu-west-1",
            "AWS_ENDPOINT_URL": url,
            "CLOUDFORMATION_ROLE": CLOUDFORMATION_ROLE,
            "DEPLOYER_ROLE": ROLE,
            "GITHUB_OUTPUT": str(checkout / "output"),
            "GITHUB_RUN_ID": "42",
            "GITHUB_STEP_SUMMARY": str(checkout / "summary"),
            "PATH": f"{checkout / 'bin'}:{os.environ['PATH']}",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def test_no_token_is_asked_for_before_the_build_is_done(
    checkout: Path, log: tuple[Log, str]
) -> None:
    kept, url = log
    deploy(checkout, url, "dev")
    assert kept.lines[:3] == ["make,setup", "make,build", "package,--resolve-s3"]
    assert kept.lines.index("token") == 3
    assert kept.sessions == {"cidb2-dev-42"}


def test_every_session_is_exchanged_for_a_token_of_its_own(
    checkout: Path, log: tuple[Log, str]
) -> None:
    kept, url = log
    deploy(checkout, url, "dev")
    assert [line for line in kept.lines if line.startswith("assumes")] == [
        "assumes by token 1",
        "assumes by token 2",
    ]


def test_reviewers_see_changes_and_artifacts_and_the_next_job_gets_the_change_set(
    checkout: Path, log: tuple[Log, str]
) -> None:
    deploy(checkout, log[1], "prod", "show")
    assert (checkout / "summary").read_text().splitlines() == [
        "```",
        *("CloudFormation stack changeset", "+ Add", "", "One  key  version v1"),
        "```",
    ]
    assert (checkout / "output").read_text() == (
        "change-set=arn:aws:cloudformation:us-east-1:1:changeSet/a/b\n"
    )


def test_no_credentials_are_left_or_shown(checkout: Path, log: tuple[Log, str]) -> None:
    said = deploy(checkout, log[1], "dev")
    assert not [word for word in ("secret", "ASIAEXAMPLE", "token 1") if word in said]

"""The collector role is assumed once for each account and run, and never for more than it needs."""

import json
import weakref
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from botocore.exceptions import EndpointConnectionError

from cidb2.aws.sts import SESSIONS_KEPT, MemberSessions, session_policy
from cidb2.errors import RoleNotAssumedError
from cidb2.reasons import Reason, explain
from cidb2.settings import CollectorSettings
from tests.support.builders import ACCOUNT, EARLIER_RUN_ID, RUN_ID, client_error
from tests.support.fakes import FakeAccount, FakeAws

ACTIONS = ("kms:ListKeys", "kms:DescribeKey")


def credentials() -> dict[str, Any]:
    expiration = datetime.now(UTC) + timedelta(hours=1)
    return {
        "Credentials": {
            "AccessKeyId": "key",
            "SecretAccessKey": "secret",
            "SessionToken": "token",
            "Expiration": expiration,
        },
        "AssumedRoleUser": {
            "AssumedRoleId": "role:session",
            "Arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/role/session",
        },
    }


@pytest.fixture
def sts() -> FakeAws:
    return FakeAws(assume_role=lambda **_: credentials())


def sessions(sts: FakeAws, **changes: Any) -> MemberSessions:
    return opening(FakeAccount(sts=sts), **changes)


def opening(hub: FakeAccount, **changes: Any) -> MemberSessions:
    given: dict[str, Any] = {
        "region": "us-east-1",
        "account": "210987654321",
        "partition": "aws",
        "inventory_table": "inventory",
        "runs_table": "runs",
        "results_bucket": "results",
        "role_name": "CIDB2-Collector-Role",
        "external_id": "",
        "run_retention_days": 400,
        "continue_margin_seconds": 60,
        "concurrency": 4,
    }
    settings = CollectorSettings(**given | changes)
    return MemberSessions(settings, "kms", cast("Any", hub))


def assumed(sts: FakeAws) -> list[dict[str, Any]]:
    return sts.arguments["assume_role"]


def test_the_role_of_the_account_is_assumed_in_the_name_of_the_run(sts: FakeAws) -> None:
    sessions(sts).open(ACCOUNT, RUN_ID, ACTIONS)
    assert assumed(sts) == [
        {
            "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/CIDB2-Collector-Role",
            "RoleSessionName": f"cidb2-kms-{RUN_ID}",
            "Policy": session_policy(ACTIONS),
        }
    ]


def test_other_partitions_and_an_external_id_are_respected(sts: FakeAws) -> None:
    sessions(sts, partition="aws-us-gov", external_id="agreed").open(ACCOUNT, RUN_ID, ACTIONS)
    [arguments] = assumed(sts)
    assert arguments["RoleArn"].startswith("arn:aws-us-gov:iam::")
    assert arguments["ExternalId"] == "agreed"


def test_a_session_name_is_never_too_long_for_sts(sts: FakeAws) -> None:
    sessions(sts).open(ACCOUNT, "x" * 100, ACTIONS)
    assert len(assumed(sts)[0]["RoleSessionName"]) == 64


def test_a_session_may_do_what_its_service_needs_and_nothing_else() -> None:
    assert json.loads(session_policy(("kms:ListKeys", "ec2:DescribeRegions"))) == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": ["ec2:DescribeRegions", "kms:ListKeys"],
                "Resource": "*",
            }
        ],
    }


def test_an_account_of_a_run_is_opened_once(sts: FakeAws) -> None:
    opened = sessions(sts)
    assert opened.open(ACCOUNT, RUN_ID, ACTIONS) is opened.open(ACCOUNT, RUN_ID, ACTIONS)
    assert len(assumed(sts)) == 1


def test_where_sts_is_closed_in_the_hubs_region_the_lead_region_assumes_the_role() -> None:
    answers = iter([client_error("RegionDisabledException", status=403), credentials()])
    account = FakeAccount(sts=FakeAws(assume_role=lambda **_: next(answers)))
    account.region = "eu-west-1"
    opening(account).open(ACCOUNT, RUN_ID, ACTIONS)
    assert account.asked == [("sts", None), ("sts", "us-east-1")]
    first, second = assumed(account.clients["sts"])
    assert first == second


@pytest.mark.parametrize("code", ["AccessDenied", "Throttling", "ExpiredToken"])
def test_any_other_refusal_of_sts_is_its_last_word(code: str) -> None:
    account = FakeAccount(sts=FakeAws(assume_role=client_error(code)))
    account.region = "eu-west-1"
    with pytest.raises(RoleNotAssumedError):
        opening(account).open(ACCOUNT, RUN_ID, ACTIONS)
    assert account.asked == [("sts", None)]


def test_another_run_has_a_session_of_its_own(sts: FakeAws) -> None:
    opened = sessions(sts)
    assert opened.open(ACCOUNT, EARLIER_RUN_ID, ACTIONS) is not opened.open(
        ACCOUNT, RUN_ID, ACTIONS
    )
    assert len(assumed(sts)) == 2


def test_only_the_sessions_used_last_are_kept(sts: FakeAws) -> None:
    opened = sessions(sts)
    accounts = [f"{number:012}" for number in range(SESSIONS_KEPT)]
    for account in accounts:
        opened.open(account, RUN_ID, ACTIONS)
    opened.open(accounts[0], RUN_ID, ACTIONS)
    opened.open(ACCOUNT, RUN_ID, ACTIONS)
    asked = len(assumed(sts))
    opened.open(accounts[0], RUN_ID, ACTIONS)
    assert len(assumed(sts)) == asked
    opened.open(accounts[1], RUN_ID, ACTIONS)
    assert len(assumed(sts)) == asked + 1


def test_calls_and_clients_of_a_session_use_what_sts_gave(
    sts: FakeAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[Mapping[str, str]] = []

    def send(_: Any, _method: str, url: str, headers: Mapping[str, str], _body: bytes) -> Any:
        sent.append(headers)
        raise EndpointConnectionError(endpoint_url=url)

    monkeypatch.setattr("cidb2.aws.connections.Connections.send", send)
    monkeypatch.setattr("cidb2.aws.calling.sleep", lambda _: None)
    account = sessions(sts).open(ACCOUNT, RUN_ID, ACTIONS)
    with pytest.raises(EndpointConnectionError):
        account.call("kms", None, "ListKeys", {})
    assert sent[0]["X-Amz-Security-Token"] == "token"
    assert "Credential=key/" in sent[0]["Authorization"]
    frozen = account.client("s3")._get_credentials().get_frozen_credentials()
    assert (frozen.access_key, frozen.secret_key, frozen.token) == ("key", "secret", "token")
    assert len(assumed(sts)) == 1


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (client_error("AccessDenied"), Reason.ROLE_DENIED),
        (client_error("Throttling"), Reason.THROTTLED),
        (EndpointConnectionError(endpoint_url="https://sts"), Reason.UNREACHABLE),
    ],
)
def test_a_refusal_names_the_role_and_keeps_stss_reason(answer: Exception, reason: Reason) -> None:
    with pytest.raises(RoleNotAssumedError, match=f"{ACCOUNT}:role/CIDB2-Collector-Role") as error:
        sessions(FakeAws(assume_role=answer)).open(ACCOUNT, RUN_ID, ACTIONS)
    assert explain(error.value).reason is reason


def test_an_account_that_was_refused_is_tried_again(sts: FakeAws) -> None:
    refusing = FakeAws(assume_role=client_error("AccessDenied"))
    opened = sessions(refusing)
    with pytest.raises(RoleNotAssumedError):
        opened.open(ACCOUNT, RUN_ID, ACTIONS)
    refusing.answers = sts.answers
    assert opened.open(ACCOUNT, RUN_ID, ACTIONS).client("kms")


def test_an_account_is_open_though_others_are_opened_at_the_same_time(sts: FakeAws) -> None:
    several = sessions(sts)

    def open_as_many_as_are_kept(first: int) -> None:
        for number in range(first, first + SESSIONS_KEPT):
            several.open(f"{number:012}", RUN_ID, ACTIONS)

    evicted = several.open(ACCOUNT, RUN_ID, ACTIONS)
    weakref.finalize(evicted, open_as_many_as_are_kept, 100)
    del evicted
    open_as_many_as_are_kept(0)
    assert len(assumed(sts)) == 1 + 2 * SESSIONS_KEPT

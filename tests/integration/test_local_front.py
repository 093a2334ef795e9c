"""The front: who called what, faults in each service's own words, answers as AWS gives them."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError

from local.emulator.cloud import HUB_ACCOUNT, Cloud
from local.gateway.identity import assume

if TYPE_CHECKING:
    from local.gateway.call import Call

pytestmark = pytest.mark.integration

MEMBER = "210987654321"
ONCE = Config(retries={"total_max_attempts": 1}, read_timeout=5)
COLLECTOR = f"arn:aws:iam::{HUB_ACCOUNT}:role/Collector"


FAILURES = [
    line.split()
    for line in """
        ec2           describe_instances RequestLimitExceeded     UnauthorizedOperation InternalError
        s3            list_buckets       SlowDown                 AccessDenied          InternalError
        iam           list_roles         Throttling               AccessDenied          InternalFailure
        kms           list_keys          ThrottlingException      AccessDeniedException KMSInternalException
        sns           list_topics        Throttled                AuthorizationError    InternalFailure
        dynamodb      list_tables        ProvisionedThroughputExceededException AccessDeniedException InternalServerError
        lambda        list_functions     TooManyRequestsException AccessDeniedException ServiceException
        organizations list_accounts      TooManyRequestsException AccessDeniedException InternalFailure
    """.strip().splitlines()  # noqa: E501 - a table
]


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with Cloud() as started:
        yield started


@pytest.fixture(autouse=True)
def no_faults_left(cloud: Cloud) -> Iterator[None]:
    yield
    cloud.front.faults.clear()


def _client(cloud: Cloud, service: str) -> Any:
    """Return a client of a role's session that tries each call once, for a second."""
    credentials = assume(COLLECTOR, "some-function", cloud.region)
    return cloud.client_as(credentials, service, config=ONCE)


def code_of(error: pytest.ExceptionInfo[ClientError]) -> str:
    return str(error.value.response["Error"]["Code"])


class TestWhoCalls:
    def test_observers_see_principal_parameters_and_status(self, cloud: Cloud) -> None:
        seen: list[Call] = []
        cloud.front.observers.append(seen.append)
        _client(cloud, "s3").create_bucket(Bucket="observed-bucket")
        cloud.front.observers.clear()
        [call] = seen
        assert (call.service, call.operation, call.region) == ("s3", "CreateBucket", "us-east-1")
        assert call.principal.arn == COLLECTOR
        assert call.principal.session_name == "some-function"
        assert call.parameters["Bucket"] == "observed-bucket"
        assert call.status == 200

    def test_calls_are_counted_by_account_and_operation(self, cloud: Cloud) -> None:
        before = cloud.front.calls.count(account=MEMBER, operation="ListKeys")
        cloud.client("kms", MEMBER).list_keys()
        assert cloud.front.calls.count(account=MEMBER, operation="ListKeys") == before + 1
        assert cloud.front.calls.count(service="kms", account=MEMBER, region="eu-west-1") == 0

    def test_accounts_are_separate(self, cloud: Cloud) -> None:
        cloud.client("sqs", MEMBER).create_queue(QueueName="of-the-member")
        assert "QueueUrls" not in cloud.client("sqs").list_queues()


class TestFaults:
    @pytest.mark.parametrize(("service", "operation", "throttled", "denied", "failed"), FAILURES)
    def test_each_service_fails_in_its_own_words(
        self, cloud: Cloud, service: str, operation: str, throttled: str, denied: str, failed: str
    ) -> None:
        call = getattr(_client(cloud, service), operation)
        faults = cloud.front.faults
        for fault, code in (
            (faults.throttle, throttled),
            (faults.deny, denied),
            (faults.server_error, failed),
        ):
            with fault(service=service), pytest.raises(ClientError) as error:
                call()
            assert code_of(error) == code

    def test_a_fault_strikes_as_often_and_as_late_as_told(self, cloud: Cloud) -> None:
        kms = _client(cloud, "kms")
        rule = cloud.front.faults.error("Boom", service="kms", times=1, skip=1)
        kms.list_keys()
        with pytest.raises(ClientError, match="Boom"):
            kms.list_keys()
        kms.list_keys()
        assert rule.hits == 1

    def test_a_fault_is_told_by_account_region_function_and_condition(self, cloud: Cloud) -> None:
        faults = cloud.front.faults
        faults.deny(service="kms", account=MEMBER)
        faults.deny(service="kms", region="eu-west-1")
        faults.deny(service="kms", function="another-function")
        faults.deny(operation="ListKeys", where=lambda call: "Limit" in call.parameters)
        kms = _client(cloud, "kms")
        kms.list_keys()
        with pytest.raises(ClientError):
            kms.list_keys(Limit=5)
        with pytest.raises(ClientError):
            cloud.client("kms", MEMBER).list_keys()

    @pytest.mark.parametrize(
        ("service", "operation", "member"),
        [
            ("ec2", "describe_regions", "Regions"),
            ("iam", "list_roles", "Roles"),
            ("kms", "list_keys", "Keys"),
            ("lambda", "list_functions", "Functions"),
            ("s3", "list_buckets", "Buckets"),
        ],
    )
    def test_an_answer_can_be_bent_in_each_protocol(
        self, cloud: Cloud, service: str, operation: str, member: str
    ) -> None:
        told: list[dict[str, Any]] = []

        def empty(_: object, answer: dict[str, Any]) -> dict[str, Any]:
            told.append(answer)
            return {member: []}

        call = getattr(_client(cloud, service), operation)
        usual = call()
        with cloud.front.faults.bend(empty, service=service):
            assert not call().get(member)
        assert [len(answer[member]) for answer in told] == [len(usual[member])]
        assert call()[member] == usual[member]

    def test_an_error_is_not_bent(self, cloud: Cloud) -> None:
        with (
            cloud.front.faults.bend(lambda *_: {}, service="s3"),
            pytest.raises(ClientError, match="NoSuchBucket"),
        ):
            _client(cloud, "s3").get_bucket_acl(Bucket="nobodys-bucket")

    def test_a_service_control_policy_is_named(self, cloud: Cloud) -> None:
        with (
            cloud.front.faults.deny(scp=True, service="ec2"),
            pytest.raises(ClientError, match="explicit deny in a service control policy"),
        ):
            _client(cloud, "ec2").describe_instances()

    def test_a_dropped_answer_leaves_its_effect(self, cloud: Cloud) -> None:
        sqs = _client(cloud, "sqs")
        for after in (False, True):
            name = f"dropped-{after}"
            with (
                cloud.front.faults.drop(operation="CreateQueue", after=after),
                pytest.raises(ConnectionClosedError),
            ):
                sqs.create_queue(QueueName=name)
            assert (name in str(sqs.list_queues().get("QueueUrls"))) is after

    def test_a_delay_outlasts_a_client(self, cloud: Cloud) -> None:
        with cloud.front.faults.delay(5.5, service="iam"), pytest.raises(ReadTimeoutError):
            _client(cloud, "iam").list_roles()


class TestAsAwsAnswers:
    def test_buckets_come_in_pages_with_their_region(self, cloud: Cloud) -> None:
        s3 = cloud.client("s3", MEMBER)
        for number in range(5):
            s3.create_bucket(Bucket=f"paged-{number}")
        elsewhere = cloud.client("s3", MEMBER, "eu-west-1")
        elsewhere.create_bucket(
            Bucket="paged-5", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
        )
        pages = list(s3.get_paginator("list_buckets").paginate(PaginationConfig={"PageSize": 2}))
        assert [len(page["Buckets"]) for page in pages] == [2, 2, 2]
        found = {
            bucket["Name"]: bucket["BucketRegion"] for page in pages for bucket in page["Buckets"]
        }
        assert found == {
            **{f"paged-{number}": "us-east-1" for number in range(5)},
            "paged-5": "eu-west-1",
        }

    def test_every_bucket_is_encrypted(self, cloud: Cloud) -> None:
        s3 = cloud.client("s3")
        s3.create_bucket(Bucket="plain-bucket")
        configuration = s3.get_bucket_encryption(Bucket="plain-bucket")
        [rule] = configuration["ServerSideEncryptionConfiguration"]["Rules"]
        assert rule["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}

    @pytest.mark.parametrize(
        ("principal", "condition", "external_id", "admitted"),
        [
            (COLLECTOR, {}, None, True),
            (f"arn:aws:iam::{HUB_ACCOUNT}:root", {}, None, True),
            (HUB_ACCOUNT, {}, None, True),
            (f"arn:aws:iam::{HUB_ACCOUNT}:role/Other", {}, None, False),
            (COLLECTOR, {"StringEquals": {"sts:ExternalId": "secret"}}, "secret", True),
            (COLLECTOR, {"StringEquals": {"sts:ExternalId": "secret"}}, "wrong", False),
            (COLLECTOR, {"StringEquals": {"sts:ExternalId": "secret"}}, None, False),
            ("*", {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/Collector"}}, None, True),
            ("*", {"StringEquals": {"aws:PrincipalOrgID": "o-other"}}, None, False),
            ("*", {"Bool": {"aws:MultiFactorAuthPresent": "true"}}, None, False),
        ],
    )  # fmt: skip
    def test_a_trust_policy_decides_who_comes_in(
        self,
        cloud: Cloud,
        principal: str,
        condition: dict[str, Any],
        external_id: str | None,
        admitted: bool,
    ) -> None:
        iam = cloud.client("iam", MEMBER)
        policy = {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Action": "sts:AssumeRole",
                    "Principal": {"AWS": principal},
                    "Condition": condition,
                }
            ],
        }
        iam.create_role(RoleName="Trusting", AssumeRolePolicyDocument=json.dumps(policy))
        given = {"ExternalId": external_id} if external_id else {}
        role = f"arn:aws:iam::{MEMBER}:role/Trusting"
        sts = _client(cloud, "sts")
        try:
            if admitted:
                answer = sts.assume_role(RoleArn=role, RoleSessionName="session", **given)
                assert answer["AssumedRoleUser"]["Arn"].startswith(f"arn:aws:sts::{MEMBER}:")
            else:
                with pytest.raises(ClientError, match="not authorized to perform: sts:AssumeRole"):
                    sts.assume_role(RoleArn=role, RoleSessionName="session", **given)
        finally:
            iam.delete_role(RoleName="Trusting")

    def test_a_missing_role_is_denied_like_a_forbidden_one(self, cloud: Cloud) -> None:
        with pytest.raises(ClientError, match="not authorized") as error:
            _client(cloud, "sts").assume_role(
                RoleArn=f"arn:aws:iam::{MEMBER}:role/Missing", RoleSessionName="session"
            )
        assert code_of(error) == "AccessDenied"

    def test_messages_share_the_limit_of_a_batch(self, cloud: Cloud) -> None:
        sns = cloud.client("sns")
        topic = sns.create_topic(Name="limited")["TopicArn"]

        def batch(size: int) -> dict[str, Any]:
            entries = [{"Id": str(n), "Message": "x" * size} for n in range(10)]
            answer = sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=entries)
            return dict(answer)

        assert len(batch(26_214)["Successful"]) == 10
        with pytest.raises(ClientError) as error:
            batch(26_215)
        assert code_of(error) == "BatchRequestTooLong"

    def test_attributes_count_for_the_limit_of_a_message(self, cloud: Cloud) -> None:
        sns = cloud.client("sns")
        topic = sns.create_topic(Name="limited")["TopicArn"]
        attribute = {"name": {"DataType": "String", "StringValue": "value"}}
        room = 262_144 - len("nameStringvalue")
        sns.publish(TopicArn=topic, Message="x" * room, MessageAttributes=attribute)
        with pytest.raises(ClientError, match="too long"):
            sns.publish(TopicArn=topic, Message="x" * (room + 1), MessageAttributes=attribute)

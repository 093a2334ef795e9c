"""What AWS asks of IAM by itself, in consequence of what the stack is and does.

No call of the stack's shows these requests, so each rule has the page of AWS that states it.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from local.deployment.stack import Stack, StackResource
from tests.permissions.requests import TLS, Request
from tests.support.template import STATE_MACHINES

AWS_DOCS = "https://docs.aws.amazon.com/"
LAMBDA_ROLE = f"{AWS_DOCS}lambda/latest/dg/lambda-intro-execution-role.html"
LAMBDA_XRAY = f"{AWS_DOCS}lambda/latest/dg/services-xray.html"
LAMBDA_SQS = (
    f"{AWS_DOCS}AWSSimpleQueueService/latest/SQSDeveloperGuide/"
    "sqs-configure-lambda-function-trigger.html"
)
KMS_DYNAMODB = f"{AWS_DOCS}amazondynamodb/latest/developerguide/encryption.usagenotes.html"
KMS_S3 = f"{AWS_DOCS}AmazonS3/latest/userguide/UsingKMSEncryption.html"
KMS_SNS = f"{AWS_DOCS}sns/latest/dg/sns-key-management.html"
KMS_SQS = f"{AWS_DOCS}AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html"
KMS_LOGS = f"{AWS_DOCS}AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html"
SNS_XRAY = f"{AWS_DOCS}sns/latest/dg/sns-active-tracing.html"
SNS_SQS = f"{AWS_DOCS}sns/latest/dg/subscribe-sqs-queue-to-sns-topic.html"
STATES_ROLE = f"{AWS_DOCS}step-functions/latest/dg/procedure-create-iam-role.html"
STATES_LOGS = f"{AWS_DOCS}step-functions/latest/dg/cw-logs.html"
STATES_XRAY = f"{AWS_DOCS}step-functions/latest/dg/concepts-xray-tracing.html"
STATES_MAP = f"{AWS_DOCS}step-functions/latest/dg/iam-policies-eg-dist-map.html"
STATES_NESTED = f"{AWS_DOCS}step-functions/latest/dg/stepfunctions-iam.html"
NESTED_RULE = "StepFunctionsGetEventsForStepFunctionsExecutionRule"
"""Step Functions' own rule of EventBridge, which tells it that an execution has ended."""

ALARMS_SNS = f"{AWS_DOCS}sns/latest/dg/sns-access-policy-use-cases.html"
ACCESS_LOGS = f"{AWS_DOCS}AmazonS3/latest/userguide/enable-server-access-logging.html"
SCHEDULER = f"{AWS_DOCS}scheduler/latest/UserGuide/setting-up.html"

KEY_USE = {
    "dynamodb": (("kms:Decrypt",), KMS_DYNAMODB),
    "s3:GetObject": (("kms:Decrypt",), KMS_S3),
    "s3:PutObject": (("kms:GenerateDataKey",), KMS_S3),
    "sns:Publish": (("kms:Decrypt", "kms:GenerateDataKey"), KMS_SNS),
    "sqs:ReceiveMessage": (("kms:Decrypt",), KMS_SQS),
}
"""Which use of the key a request to something encrypted brings, in the caller's own name.

A table's data is encrypted with keys that its table key protects; only that one is asked of KMS,
to be decrypted, for reading and for writing. A bucket's object has a data key of its own. A topic
makes a data key and verifies it. A queue's consumer decrypts."""

OF_CONFIGURATION = re.compile(r"dynamodb:(Describe|List|GetResourcePolicy)")
"""Reads nothing that is encrypted."""

LOG_DELIVERY = (
    *("CreateLogDelivery", "DeleteLogDelivery", "DescribeLogGroups", "DescribeResourcePolicies"),
    *("GetLogDelivery", "ListLogDeliveries", "PutResourcePolicy", "UpdateLogDelivery"),
)
LAMBDA_TRACES = ("PutTelemetryRecords", "PutTraceSegments")
SNS_TRACES = tuple(
    f"xray:{each}" for each in ("GetSamplingRules", "GetSamplingTargets", "PutTraceSegments")
)
STATES_TRACES = ("GetSamplingRules", "GetSamplingTargets", *LAMBDA_TRACES)
LOG_KEY_USE = ("Decrypt", "Encrypt", "GenerateDataKey", "ReEncryptFrom", "ReEncryptTo")
OVER_TLS = ((TLS, "true"),)


class Rules:
    """Derives the requests that AWS makes for one deployed stack."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._key = stack.resources["DataKey"].attributes["Arn"]

    def derive(self, seen: Iterable[Request]) -> Iterator[Request]:
        """Yield what the stack's own resources bring, then what was seen brings."""
        own = [
            *self._of_functions(),
            *self._of_the_queue(),
            *self._of_the_topic(),
            *self._of_alarms(),
            *self._of_access_logs(),
            *self._of_log_groups(),
            *self._of_the_machines(),
            *self._of_the_schedule(),
        ]
        yield from own
        for request in (*seen, *own):
            is_of_content = not OF_CONFIGURATION.match(request.action)
            if (
                is_of_content
                and self._is_encrypted(request.resource)
                and request.principal.startswith("arn:")
            ):
                actions, page = KEY_USE.get(request.action) or KEY_USE.get(
                    request.action.partition(":")[0], ((), "")
                )
                yield from self._for(request.principal, actions, self._key, page)

    def _of_functions(self) -> Iterator[Request]:
        for function in self._of("AWS::Lambda::Function"):
            role = function.properties["Role"]
            yield self._assumed(role, "lambda.amazonaws.com", LAMBDA_ROLE)
            group = self._group(function.properties["LoggingConfig"]["LogGroup"])
            actions = ("logs:CreateLogStream", "logs:PutLogEvents")
            stream = f"{group.removesuffix(':*')}:log-stream:2026/11/24/[$LATEST]0a"
            yield from self._for(role, actions, stream, LAMBDA_ROLE)
            yield from self._for(role, _named("xray", LAMBDA_TRACES), "*", LAMBDA_XRAY)

    def _of_the_queue(self) -> Iterator[Request]:
        [source] = self._of("AWS::Lambda::EventSourceMapping")
        [function] = (
            one
            for one in self._of("AWS::Lambda::Function")
            if one.physical_id == source.properties["FunctionName"].rpartition(":")[2]
        )
        actions = _named("sqs", ("DeleteMessage", "GetQueueAttributes", "ReceiveMessage"))
        queue = source.properties["EventSourceArn"]
        yield from self._for(function.properties["Role"], actions, queue, LAMBDA_SQS)

    def _of_the_topic(self) -> Iterator[Request]:
        for subscription in self._of("AWS::SNS::Subscription"):
            queue, topic = (subscription.properties[name] for name in ("Endpoint", "TopicArn"))
            for request in (
                *self._for("sns.amazonaws.com", ["sqs:SendMessage"], queue, SNS_SQS),
                *self._for("sns.amazonaws.com", KEY_USE["sns:Publish"][0], self._key, KMS_SQS),
            ):
                yield request.having(**{"aws:SourceArn": topic})
        for traced in self._of("AWS::SNS::Topic"):
            if traced.properties.get("TracingConfig") == "Active":
                source = {"aws:SourceAccount": self._stack.account}
                for request in self._for("sns.amazonaws.com", SNS_TRACES, "*", SNS_XRAY):
                    yield request.having(**source, **{"aws:SourceArn": traced.physical_id})

    def _of_alarms(self) -> Iterator[Request]:
        service, account = "cloudwatch.amazonaws.com", self._stack.account
        for alarm in self._of("AWS::CloudWatch::Alarm"):
            for topic in alarm.properties["AlarmActions"]:
                for request in (
                    *self._for(service, ["sns:Publish"], topic, ALARMS_SNS),
                    *self._for(service, KEY_USE["sns:Publish"][0], self._key, KMS_SNS),
                ):
                    source = {"aws:SourceArn": alarm.attributes["Arn"]}
                    yield request.having(
                        **{"aws:SourceAccount": account},
                        **(source if request.resource == topic else {}),
                    )

    def _of_access_logs(self) -> Iterator[Request]:
        for bucket in self._of("AWS::S3::Bucket"):
            if logging := bucket.properties.get("LoggingConfiguration"):
                place = f"{logging['DestinationBucketName']}/{logging['LogFilePrefix']}"
                log = f"arn:aws:s3:::{place}2026-11-24-03-48-30-0A1B2C3D"
                service = "logging.s3.amazonaws.com"
                [request] = self._for(service, ["s3:PutObject"], log, ACCESS_LOGS)
                yield request.having(
                    **{
                        "aws:SourceAccount": self._stack.account,
                        "aws:SourceArn": bucket.attributes["Arn"],
                    }
                )

    def _of_log_groups(self) -> Iterator[Request]:
        service = f"logs.{self._stack.region}.amazonaws.com"
        for group in self._of("AWS::Logs::LogGroup"):
            arn = group.attributes["Arn"].removesuffix(":*")
            for request in self._for(service, _named("kms", LOG_KEY_USE), self._key, KMS_LOGS):
                yield request.having(**{"kms:EncryptionContext:aws:logs:arn": arn})

    def _of_the_machines(self) -> Iterator[Request]:
        for machine in self._of("AWS::StepFunctions::StateMachine"):
            role, arn = machine.properties["RoleArn"], machine.attributes["Arn"]
            account = {"aws:SourceAccount": self._stack.account}
            yield self._assumed(role, "states.amazonaws.com", STATES_ROLE).having(**account)
            yield from self._for(role, _named("xray", STATES_TRACES), "*", STATES_XRAY)
            yield from self._for(role, _named("logs", LOG_DELIVERY), "*", STATES_LOGS)
            definition = STATE_MACHINES[machine.logical_id].read_text("utf-8")
            if "DISTRIBUTED" in definition:
                yield from self._of_a_map(role, arn)
            if "startExecution.sync" in definition:
                yield from self._of_nested_executions(role)

    def _of_a_map(self, role: str, machine: str) -> Iterator[Request]:
        yield from self._for(role, ["states:StartExecution"], machine, STATES_MAP)
        execution = machine.replace(":stateMachine:", ":execution:")
        actions = _named("states", ("DescribeExecution", "StopExecution"))
        for one in (f"{execution}:0a1b", f"{execution}/label:0a1b"):
            yield from self._for(role, actions, one, STATES_MAP)
        redrive = ["states:RedriveExecution"]
        yield from self._for(role, redrive, f"{execution}/label:0a1b", STATES_MAP)

    def _of_nested_executions(self, role: str) -> Iterator[Request]:
        nested = self._stack.resources["CollectStateMachine"].attributes["Arn"]
        yield from self._for(role, ["states:StartExecution"], nested, STATES_NESTED)
        execution = nested.replace(":stateMachine:", ":execution:")
        actions = _named("states", ("DescribeExecution", "StopExecution"))
        yield from self._for(role, actions, f"{execution}:0a1b", STATES_NESTED)
        rule = f"arn:aws:events:{self._stack.region}:{self._stack.account}:rule/{NESTED_RULE}"
        actions = _named("events", ("DescribeRule", "PutRule", "PutTargets"))
        yield from self._for(role, actions, rule, STATES_NESTED)

    def _of_the_schedule(self) -> Iterator[Request]:
        for schedule in self._of("AWS::Scheduler::Schedule"):
            target = schedule.properties["Target"]
            account = {"aws:SourceAccount": self._stack.account}
            role = target["RoleArn"]
            yield self._assumed(role, "scheduler.amazonaws.com", SCHEDULER).having(**account)
            yield from self._for(role, ["states:StartExecution"], target["Arn"], SCHEDULER)

    def _of(self, resource_type: str) -> list[StackResource]:
        return self._stack.of_type(resource_type)

    def _group(self, name: str) -> str:
        [group] = (one for one in self._of("AWS::Logs::LogGroup") if one.physical_id == name)
        return str(group.attributes["Arn"])

    def _is_encrypted(self, resource: str) -> bool:
        """Tell whether a resource is the stack's, for all that holds data is encrypted there."""
        return any(
            resource.startswith(str(one.attributes.get("Arn") or one.physical_id))
            for one in self._stack.resources.values()
            if {*one.properties} & {"SSESpecification", "BucketEncryption", "KmsMasterKeyId"}
        )

    def _assumed(self, role: str, service: str, page: str) -> Request:
        [request] = self._for(service, ["sts:AssumeRole"], role, page)
        return request

    def _for(
        self, principal: str, actions: Iterable[str], resource: Any, page: str
    ) -> Iterator[Request]:
        for action in actions:
            account = self._stack.account
            yield Request(
                principal, action, resource, account=account, source=page, context=OVER_TLS
            )


def _named(service: str, names: Iterable[str]) -> list[str]:
    return [f"{service}:{name}" for name in names]

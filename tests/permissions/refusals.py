"""For each request that has to be allowed: its neighbours, which have to be refused.

They are what a statement that says more than it must would let through.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from local.deployment.stack import Stack
from local.gateway.identity import OPERATOR_ROLE
from tests.permissions.policies import UNBOUNDED, Policies
from tests.permissions.requests import TLS, Request

ELSEWHERE = {
    "aws:PrincipalOrgID": "o-somebodyelses",
    "aws:SourceAccount": "210987654321",
    "aws:SourceArn": "arn:aws:sns:us-east-1:210987654321:other",
    "kms:EncryptionContext:aws:logs:arn": "arn:aws:logs:us-east-1:210987654321:log-group:other",
    "sts:ExternalId": "another",
}
OVER_ANYTHING = ("kms:", "xray:", "sns:Get", "sns:List")
"""What no policy of a resource requires TLS for: a topic's does for publishing alone."""

NO_KEY = "00000000-0000-0000-0000-000000000000"


def refusals(requests: Iterable[Request], stack: Stack, policies: Policies) -> Iterator[Request]:
    """Yield what has to be refused beside what has to be allowed."""
    for request in requests:
        yield from _under_other_conditions(request)
        yield from _on_other_resources(request, stack)
        if request.action == "sts:AssumeRole":
            yield from _by_strangers(request, stack)
        elif policies.judging(request)["resourcePolicy"] and not request.action.startswith(
            OVER_ANYTHING
        ):
            yield request.having(**{TLS: "false"}).but("not over TLS")
    yield from _of_operators(stack, policies)


def _under_other_conditions(request: Request) -> Iterator[Request]:
    for key, _ in request.context:
        if key in ELSEWHERE:
            yield request.having(**{key: ELSEWHERE[key]}).but(f"{key} of somebody else")


def _on_other_resources(request: Request, stack: Stack) -> Iterator[Request]:
    if request.resource == "*" or request.session or not request.principal.startswith("arn:"):
        return
    where, why = request.resource, "on what is not the stack's"
    for other in {
        where.replace(f"{stack.name}-", "other-"),  # names begin with the stack's
        where.partition(":key/")[0] + f":key/{NO_KEY}" if ":key/" in where else where,
        where.partition(":role/")[0] + ":role/other" if ":role/" in where else where,
        where.partition(":rule/")[0] + ":rule/other" if ":rule/" in where else where,
        where.partition("/")[0] + "/other" if where.startswith("arn:aws:s3") else where,
        where.partition("/index/")[0] + "/index/other" if "/index/" in where else where,
        _of_another_organisation(where) if "OrganizationRole" in request.principal else where,
    } - {where}:
        yield request.but(why, resource=other, near="" if ":role/" in other else where)


def _of_another_organisation(arn: str) -> str:
    return re.sub(r":organizations::\d+:", ":organizations::210987654321:", arn)


def _by_strangers(request: Request, stack: Stack) -> Iterator[Request]:
    """Somebody else of the same kind, who may do everything as far as his own policies go."""
    other = (
        f"arn:aws:iam::{stack.account}:role/{UNBOUNDED}"
        if request.principal.startswith("arn:")
        else "ec2.amazonaws.com"
    )
    yield request.but("by a stranger", principal=other)


def _of_operators(stack: Stack, policies: Policies) -> Iterator[Request]:
    """Operators read queues and buckets, but not even they without TLS, and forge nothing."""
    operator = f"arn:aws:iam::{stack.account}:role/{OPERATOR_ROLE}"
    reading = {"AWS::SQS::Queue": "sqs:ReceiveMessage", "AWS::S3::Bucket": "s3:ListBucket"}
    for one in (one for kind in reading for one in stack.of_type(kind)):
        action = reading[one.type]
        request = Request(operator, action, one.attributes["Arn"], account=stack.account)
        if policies.judging(request)["resourcePolicy"]:
            yield request.having(**{TLS: "true"})
            yield request.having(**{TLS: "false"}).but("not over TLS")
    for action, where in _writes_messages(stack):
        forged = Request(operator, action, where, account=stack.account).having(**{TLS: "true"})
        if policies.judging(forged)["resourcePolicy"]:
            yield forged.but("not by who owns it")
            if action == "sqs:SendMessage":
                for redriver in stack.parameters["RedriveRoleArns"].split(","):
                    yield replace(forged, principal=redriver)


def _writes_messages(stack: Stack) -> Iterator[tuple[str, str]]:
    """Yield how messages come to each topic, and to each queue that hears one, and its ARN."""
    for topic in stack.of_type("AWS::SNS::Topic"):
        yield "sns:Publish", topic.physical_id
    for subscription in stack.of_type("AWS::SNS::Subscription"):
        if subscription.properties["Protocol"] == "sqs":
            yield "sqs:SendMessage", subscription.properties["Endpoint"]

"""Policies with one thing changed. The check has to fail for every one of them."""

import copy
import json
import re
from collections.abc import Iterable, Iterator

from tests.permissions.judging import Mutant, as_list
from tests.permissions.policies import Document, Policies, is_given
from tests.permissions.requests import Request
from tests.support.aws_lists import actions as known_actions

ANY = re.compile(r":organizations::\*:(ou|root)/\*$")
"""With all of these a statement says any resource, as one on a resource does of its own."""

SAID_TWICE = {("ReporterQueuePolicy", "TheTopicDelivers"): "a condition less"}
"""What a Deny beside the statement says again, so that nothing is lost without it: AWS's page has
the condition in the Allow.
https://docs.aws.amazon.com/sns/latest/dg/subscribe-sqs-queue-to-sns-topic.html"""

NEVER_CALLED = {
    "dynamodb": "dynamodb:Scan",
    "ec2": "ec2:DescribeInstanceAttribute",
    "events": "events:DeleteRule",
    "iam": "iam:CreateAccessKey",
    "kms": "kms:ScheduleKeyDeletion",
    "lambda": "lambda:UpdateFunctionCode",
    "logs": "logs:DeleteLogGroup",
    "organizations": "organizations:LeaveOrganization",
    "s3": "s3:DeleteObject",
    "sns": "sns:DeleteTopic",
    "sqs": "sqs:PurgeQueue",
    "states": "states:DeleteStateMachine",
    "sts": "sts:TagSession",
    "xray": "xray:DeleteGroup",
}


def never_called(prefix: str) -> str:
    """Return an action of a service that nothing calls; what is only read, nobody deletes."""
    names = known_actions()[prefix]["Actions"]
    named = (f"{prefix}:{name}" for name in names if name.startswith("delete"))
    return NEVER_CALLED.get(prefix) or next(named)


def mutants(policies: Policies, requests: Iterable[Request]) -> Iterator[Mutant]:
    """Yield every mutant of every policy, the session policies among them."""
    sessions = {one.session: json.loads(one.session) for one in requests if one.session}
    for name, document in (policies.documents | sessions).items():
        if is_given(name):
            continue
        for number, statement in enumerate(document["Statement"]):
            for change, changed in _of_statement(statement):
                if SAID_TWICE.get((name, statement.get("Sid", ""))) == change:
                    continue
                mutated: Document = copy.deepcopy(document)
                mutated["Statement"][number : number + 1] = changed
                yield Mutant(name, mutated, change)


def _of_statement(statement: Document) -> Iterator[tuple[str, list[Document]]]:
    """Yield what is changed, and what then stands in the statement's place."""
    yield "a statement less", []
    for name in ("Action", "Resource"):
        stated = as_list(statement.get(name, []))
        for one in stated if len(stated) > 1 else []:
            rest = [each for each in stated if each != one]
            yield (
                f"{'an action' if name == 'Action' else 'a resource'} less",
                [{**statement, name: rest}],
            )
    for operator, tests in statement.get("Condition", {}).items():
        for key in tests:
            others = {each: value for each, value in tests.items() if each != key}
            condition = {**statement["Condition"], operator: others}
            left = {each: value for each, value in condition.items() if value}
            without = {k: v for k, v in statement.items() if k != "Condition"}
            yield "a condition less", [{**without, **({"Condition": left} if left else {})}]
    if statement["Effect"] == "Deny":
        return
    actions = as_list(statement["Action"])
    more = never_called(actions[0].partition(":")[0])
    if not any(action.endswith(":*") for action in actions):
        yield "an action more", [{**statement, "Action": [*actions, more]}]
    stated = as_list(statement.get("Resource", "*"))
    if not ("Principal" in statement or stated == ["*"] or all(map(ANY.search, stated))):
        yield "any resource", [{**statement, "Resource": "*"}]

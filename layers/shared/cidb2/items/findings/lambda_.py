"""Findings of Lambda functions."""

from cidb2.items.findings.content import ask
from cidb2.items.findings.policies import lets_everybody_in
from cidb2.items.findings.rule import Finding, Rule
from cidb2.items.findings.verdicts import Verdict
from cidb2.items.item import Effect
from cidb2.items.resource import Resource

_BY_URL = frozenset({"lambda:functionurlauthtype", "lambda:invokedviafunctionurl"})


def is_open(function: Resource) -> Verdict:
    """Tell whether the policy of a function or an alias lets everybody invoke it, or use its URL.

    A URL without authentication is open to whomever the policy allows (AWS Lambda Developer Guide,
    'Control access to Lambda function URLs').
    """
    return ask(function, "Policy", lambda policy: lets_everybody_in(policy, _BY_URL))


RULES = (
    Rule(
        Finding.PUBLIC_FUNCTION,
        types=("AWS::Lambda::Function", "AWS::Lambda::Alias"),
        judge=is_open,
        title="Public functions and aliases",
        advice=(
            "aws lambda remove-permission --function-name <function> --statement-id <Sid>; "
            "of an alias with --qualifier <alias>"
        ),
        effect=Effect.EXPOSURE_WIDENED,
    ),
)

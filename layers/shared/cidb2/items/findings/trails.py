"""Findings of trails that do not log, or whose logs can be changed without notice."""

from cidb2.items.findings.content import ask, flag, member
from cidb2.items.findings.rule import Finding, Rule
from cidb2.items.findings.verdicts import Verdict, not_
from cidb2.items.resource import Resource


def does_not_log(trail: Resource) -> Verdict:
    """Tell whether a trail is stopped."""
    return ask(
        trail, "Status", lambda status: not_(flag(status.get("IsLogging"))), not_configured=None
    )


def does_not_validate(trail: Resource) -> Verdict:
    """Tell whether a trail writes no digests, by which changed and deleted logs are noticed."""
    return not_(flag(member(trail, "LogFileValidationEnabled")))


RULES = (
    Rule(
        Finding.TRAIL_NOT_LOGGING,
        types=("AWS::CloudTrail::Trail",),
        judge=does_not_log,
        title="Trails that do not log",
        advice="aws cloudtrail start-logging --name <trail>, or delete the trail.",
        page=(
            "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/"
            "cloudtrail-turning-off-logging.html"
        ),
    ),
    Rule(
        Finding.TRAIL_WITHOUT_VALIDATION,
        types=("AWS::CloudTrail::Trail",),
        judge=does_not_validate,
        title="Trails without log file validation",
        advice="aws cloudtrail update-trail --name <trail> --enable-log-file-validation",
        page=(
            "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/"
            "cloudtrail-log-file-validation-enabling.html"
        ),
    ),
)

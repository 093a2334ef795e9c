"""Notifies subscribers that a run has ended, with its results and a link to its report."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cidb2.ledger.runbook import ADVICE
from functions.results_processor.best_effort import best_effort
from functions.results_processor.summary import asked

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient

Row = Mapping[str, Any]

SUBJECT_CHARACTERS = 99
"""SNS takes fewer than 100 (SNS API Reference, Publish)."""


@dataclass(frozen=True, slots=True)
class Notifications:
    """The topic of run notifications."""

    sns: "SNSClient"
    topic_arn: str
    stack: str

    @best_effort("The notification could not be published")
    def send(self, output: Row) -> str:
        """Publish a run's output and return the message's id; None if that fails.

        E-mail receives it as text, every other protocol as JSON. `status` and `changes` are message
        attributes, by which subscriptions can filter. If the end of a run is retried, its
        notification may be sent twice.
        """
        totals = output["totals"]
        changes = totals["created"] + totals["changed"] + totals["deleted"]
        answer = self.sns.publish(
            TopicArn=self.topic_arn,
            Subject=self._subject(output),
            MessageStructure="json",
            Message=json.dumps({"default": json.dumps(output), "email": self._words(output)}),
            MessageAttributes={
                "status": {"DataType": "String", "StringValue": output["status"]},
                "changes": {"DataType": "Number", "StringValue": str(changes)},
            },
        )
        return answer.get("MessageId", "")

    def _subject(self, output: Row) -> str:
        complete = output["totals"]["scopes"]["COMPLETE"]
        whole = f"{complete:,} of {asked(output):,} scopes complete"
        return f"{output['status']}: {whole} ({self.stack})"[:SUBJECT_CHARACTERS]

    def _words(self, output: Row) -> str:
        from functions.results_processor.page import environment

        template = environment().get_template("notification.txt")
        return template.render(run=output, asked=asked(output), stack=self.stack, advice=ADVICE)

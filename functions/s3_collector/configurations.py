"""Reads the configurations and tags of a bucket by the calls that `cidb2.types.s3` declares."""

from collections.abc import Iterator, Mapping
from typing import Any

from cidb2.aws.caller import Caller
from cidb2.aws.members import Answer, content, entries, member, next_token
from cidb2.collecting.contents import content_of
from cidb2.collecting.fields import FieldReader, answer_of, tag_map
from cidb2.items.resource import TAGS, supplement
from cidb2.types.declaration import Call
from cidb2.types.s3 import CORE, FURTHER, TAGGING

POLICY, POLICY_STATUS = "Policy", "PolicyStatus"

CHOICES: Mapping[str, Mapping[str, Call]] = {"all": {**CORE, **FURTHER}, "core": CORE}
"""The configurations to read and their calls, by the value of S3BucketConfigurations."""

ORDERED = frozenset({supplement("Cors"), f"{supplement('Website')}.RoutingRules"})
"""S3 uses the first rule that matches."""

_TOKEN, _NEXT_TOKEN, _FLAG = "ContinuationToken", "NextContinuationToken", "IsTruncated"


class BucketConfigurations:
    """Reads the configurations of one bucket into its `fields`.

    `omitted` collects the paths of possible secrets that were dropped.
    """

    def __init__(self, account: Caller, bucket: str, region: str, fields: FieldReader) -> None:
        self._account = account
        self._bucket = bucket
        self._region = region
        self._fields = fields
        self.omitted: set[str] = set()

    def read(self, name: str) -> None:
        """Read one configuration: its value, None if the bucket has none, or unreadable.

        Raises ResourceGoneError if the bucket no longer exists.
        """
        call, field = CHOICES["all"][name], supplement(name)
        self._fields.read(
            field,
            lambda: content_of("s3", call).fit(self._value(call), field, self.omitted),
            absent=frozenset(call.absent),
        )

    def read_policy(self) -> None:
        """Read the policy, and its status unless there is no policy."""
        self.read(POLICY)
        policy = supplement(POLICY)
        if self._fields.get(policy) is None and policy not in self._fields.unreadable:
            self._fields.keep(supplement(POLICY_STATUS), None)
        else:
            self.read(POLICY_STATUS)

    def read_tags(self) -> None:
        """Read the tags: an empty map if the bucket has none, or unreadable.

        Raises ResourceGoneError if the bucket no longer exists.
        """
        self._fields.read(
            TAGS,
            lambda: tag_map(member(self._ask(TAGGING), TAGGING.take)),
            absent=frozenset(TAGGING.absent),
        )

    def _value(self, call: Call) -> Any | None:
        if call.operation.startswith("List"):
            pages = self._pages(call)
            return [*entries(pages, call.take, _NEXT_TOKEN, _FLAG)] or None
        answer = self._ask(call)
        if call.may_lack:
            told = {name: value for name, value in answer.items() if name != "ResponseMetadata"}
            return told.get(call.take) if call.take else told or None
        return content(answer, call.take) if call.take else answer_of(answer)

    def _pages(self, call: Call) -> Iterator[Answer]:
        """Yield the pages of a list; S3 omits the list from a page without entries."""
        token: str | None = None
        while True:
            page = answer_of(self._ask(call, token))
            yield {call.take: [], **page}
            token = next_token(page, _NEXT_TOKEN, _FLAG)
            if token is None:
                return

    def _ask(self, call: Call, token: str | None = None) -> Answer:
        arguments = {"Bucket": self._bucket, **({_TOKEN: token} if token else {})}
        return self._account.call("s3", self._region, call.operation, arguments)

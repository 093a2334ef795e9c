"""The regions of an account, and calls that any of them can answer for the whole account."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from cidb2.aws.caller import Caller
from cidb2.aws.endpoints import lead_region, regions_beside
from cidb2.aws.members import IncompleteAnswerError, PageOf, member
from cidb2.observability import logger
from cidb2.reasons import Failure, Reason, explain

Answer = TypeVar("Answer")

_DISABLED = "not-opted-in"
_CLOSED = frozenset({Reason.SCP_DENIED, Reason.REGION_DISABLED, Reason.CREDENTIALS_REJECTED})
"""Reasons that concern one region only, so another may answer. A region that the account has not
enabled does not recognise its credentials."""

OTHER_REFUSALS = 2
"""After this many refusals for other reasons no further region is asked: the account refuses."""


@dataclass(frozen=True, slots=True)
class Regions:
    """The regions that an account may use, and those that it has not opted in to, sorted.

    `unnamed` is set if AWS listed a region without its name, so there may be more.
    """

    enabled: Sequence[str]
    disabled: Sequence[str] = ()
    unnamed: Failure | None = None


@dataclass(frozen=True, slots=True)
class Answered(Generic[Answer]):
    """A region's answer for a whole account; `refused` is why the first region gave none."""

    answer: Answer
    refused: Failure | None


def regions_of(account: Caller, wanted: Iterable[str] = ()) -> Regions:
    """Return the regions that EC2 DescribeRegions names to an account, in whichever region answers.

    The hub's region is asked first, because it is near, then those that the run collects.
    """
    places = [account.region, lead_region(account.region), *wanted]

    def ask(region: str) -> Mapping[str, Any]:
        answer: Mapping[str, Any] = account.client("ec2", region).describe_regions(AllRegions=True)
        member(answer, "Regions")
        return answer

    page = PageOf()
    named = page.entries(first_answer(places, ask).answer, "Regions", "RegionName")
    regions = sorted(named, key=lambda region: str(region["RegionName"]))
    disabled = [one["RegionName"] for one in regions if one.get("OptInStatus") == _DISABLED]
    enabled = [one["RegionName"] for one in regions if one["RegionName"] not in disabled]
    unnamed = None
    if page.lacks:
        unnamed = explain(IncompleteAnswerError(member=page.lacks))
        logger.error("EC2 listed a region without its name")
    return Regions(enabled, disabled, unnamed)


def first_answer(places: Sequence[str], ask: Callable[[str], Answer]) -> Answered[Answer]:
    """Return the first answer from `places`, or else from the other regions of their partition.

    If none answers, raises what the first one raised.
    """
    errors: list[ClientError | BotoCoreError] = []
    others = 0
    for region in dict.fromkeys([*places, *regions_beside(places[0])]):
        try:
            return Answered(ask(region), explain(errors[0]) if errors else None)
        except (ClientError, BotoCoreError) as error:
            failure = explain(error)
            logger.warning(
                "A region did not answer for the account",
                extra={
                    "region": region,
                    "reason": failure.reason,
                    "error_code": failure.error_code,
                },
            )
            errors.append(error)
            others += failure.reason not in _CLOSED
            if others == OTHER_REFUSALS:
                break
    raise errors[0]

"""The regions of an account, and which of them answers for the whole of it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from cidb2.aws.clients import Clients
from cidb2.aws.endpoints import lead_region, regions_beside
from cidb2.aws.members import IncompleteAnswerError, PageOf, member
from cidb2.observability import logger
from cidb2.reasons import Failure, Reason, explain

Answer = TypeVar("Answer")

_DISABLED = "not-opted-in"
_CLOSED = frozenset({Reason.SCP_DENIED, Reason.REGION_DISABLED, Reason.CREDENTIALS_REJECTED})
"""Why one region refuses an account and the next need not. One that is not enabled in the account
does not know its credentials."""

OTHER_REFUSALS = 2
"""After so many refusals for other reasons no further region is asked: they are the account's."""


@dataclass(frozen=True, slots=True)
class Regions:
    """The regions that an account may use, and those that it has not opted in to, in order.

    `unnamed` is why there may be more: AWS listed a region without its name.
    """

    enabled: Sequence[str]
    disabled: Sequence[str] = ()
    unnamed: Failure | None = None


@dataclass(frozen=True, slots=True)
class Answered(Generic[Answer]):
    """What a region answered for a whole account; `refused` is why the first one did not."""

    answer: Answer
    refused: Failure | None


def regions_of(account: Clients, wanted: Iterable[str] = ()) -> Regions:
    """Return the regions as EC2 DescribeRegions names them to an account, from any region.

    The hub's is asked first, for it is near, and then those that the run wants.
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
        logger.error("A region of an account is listed without its name")
    return Regions(enabled, disabled, unnamed)


def first_answer(places: Sequence[str], ask: Callable[[str], Answer]) -> Answered[Answer]:
    """Return what the first region answers that does: of `places`, then of their partition.

    Raises what the first one raised where none does.
    """
    errors: list[ClientError | BotoCoreError] = []
    others = 0
    for region in dict.fromkeys([*places, *regions_beside(places[0])]):
        try:
            return Answered(ask(region), explain(errors[0]) if errors else None)
        except (ClientError, BotoCoreError) as error:
            failure = explain(error)
            logger.warning(
                "A region does not answer for its account",
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

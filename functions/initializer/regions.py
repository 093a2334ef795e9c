"""Checks the regions that a run names against those that exist."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from cidb2.aws.members import IncompleteAnswerError, member
from cidb2.errors import InvalidInputError, RegionsUnavailableError, RegionsUnreadableError
from cidb2.reasons import error_code, explain
from cidb2.redaction import words
from functions.initializer.left_out import LeftOut

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client


def regions_of(
    wanted: Sequence[str] | None, excluded: LeftOut, ec2: "EC2Client"
) -> tuple[str, ...] | None:
    """Return the named regions without the excluded ones; None if the run names no regions.

    Raises InvalidInputError if a region does not exist or none is left, RegionsUnreadableError if
    EC2 refuses to list the regions, and RegionsUnavailableError if it cannot list them now.
    """
    _check({"regions": wanted or (), excluded.field: excluded.names}, ec2)
    if wanted is None:
        return None
    left = tuple(name for name in dict.fromkeys(wanted) if name not in excluded.names)
    if not left:
        raise InvalidInputError(
            excluded.field,
            "leaves no region to collect (allowed: regions that leave at least one of `regions`)",
        )
    return left


def _check(named: dict[str, Sequence[str]], ec2: "EC2Client") -> None:
    fields = [field for field, names in named.items() if names]
    if not fields:
        return
    existing = _existing(fields[0], ec2)
    for field in fields:
        for number, region in enumerate(named[field]):
            if region not in existing.names and existing.unnamed:
                raise _unreadable(field, existing.unnamed)
            if region not in existing.names:
                raise InvalidInputError(
                    f"{field}[{number}]",
                    f"{region} is not a region (allowed: {', '.join(sorted(existing.names))})",
                )


@dataclass(frozen=True, slots=True)
class _Existing:
    """The regions that EC2 lists, and why more may exist."""

    names: set[str]
    unnamed: BotoCoreError | None


def _existing(field: str, ec2: "EC2Client") -> _Existing:
    try:
        regions = member(ec2.describe_regions(AllRegions=True), "Regions")
    except (ClientError, BotoCoreError) as error:
        raise _unreadable(field, error) from error
    names = {region.get("RegionName") for region in regions}
    unnamed = IncompleteAnswerError(member="RegionName") if None in names else None
    return _Existing(names - {None}, unnamed)


def _unreadable(
    field: str, error: ClientError | BotoCoreError
) -> RegionsUnavailableError | RegionsUnreadableError:
    kind = RegionsUnavailableError if explain(error).retryable else RegionsUnreadableError
    return kind(
        f"{field}: cannot be checked, because EC2 cannot list the regions "
        f"({error_code(error)}: {words(error)}). Omit them, or retry"
    )

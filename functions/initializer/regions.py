"""The regions that a run names, checked against those that there are."""

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
    """Return the regions that a run names, less those that it excludes; None where it names none.

    InvalidInputError where one does not exist, or none is left; RegionsUnreadableError where EC2
    refuses to say which there are, RegionsUnavailableError where it cannot say so now.
    """
    _check({"regions": wanted or (), excluded.field: excluded.names}, ec2)
    if wanted is None:
        return None
    left = tuple(name for name in dict.fromkeys(wanted) if name not in excluded.names)
    if not left:
        raise InvalidInputError(
            excluded.field,
            "leaves no region to collect (allowed: what leaves at least one of `regions`)",
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
    """The regions that EC2 names, and why there may be others."""

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

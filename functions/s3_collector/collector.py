"""S3: buckets and their configuration; never objects.

One ListBuckets call lists the buckets of all regions; the fields of a bucket are read in its
region. The account's public access block is read once and stored with each bucket. Only the
partition's lead region returns when a bucket was created; in other regions CreationDate is the time
of the bucket's last change (aws/aws-cli#3597), and is not used.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from itertools import chain
from typing import Any

from cidb2.aws.caller import Caller
from cidb2.aws.endpoints import lead_region
from cidb2.aws.members import PageOf, member
from cidb2.aws.regions import first_answer
from cidb2.collecting.declared import listing_by_hand
from cidb2.collecting.fields import FieldReader
from cidb2.collecting.readers import InParallel, in_turn
from cidb2.collecting.service import Listed, Page, Service, paging
from cidb2.errors import ResourceGoneError
from cidb2.items.resource import CONFIGURATION, Resource
from cidb2.reasons import Failure, Reason
from cidb2.run import Run
from cidb2.scope import Scope
from cidb2.times import now
from cidb2.types.catalog import DECLARED
from functions.s3_collector.account_block import AccountBlock
from functions.s3_collector.configurations import (
    CHOICES,
    ORDERED,
    POLICY,
    POLICY_STATUS,
    BucketConfigurations,
)

PAGE_SIZE = 1_000
"""Buckets per page. With MaxBuckets, ListBuckets returns each bucket's region; accounts with a
quota above 10,000 must set it (S3 API Reference)."""

GONE = frozenset({"NoSuchBucket"})
CREATED = "CreationDate"


class S3Reader:
    """Reads the buckets of one account, only those in the run's regions if it names any.

    `configurations` are the names of those to read.
    """

    def __init__(
        self,
        account: Caller,
        scope: Scope,
        run: Run,
        configurations: Iterable[str] = CHOICES["all"],
    ) -> None:
        self._account = account
        self._configurations = sorted({*configurations} - {POLICY, POLICY_STATUS})
        self._regions = run.regions
        self._account_block = AccountBlock(account, scope.account_id, self._places())

    def pages(self, token: str | None) -> Iterator[Page]:
        lead, *_ = places = self._places()
        listing = first_answer(places, lambda region: self._answers(region, token))
        partition = self._account.client("s3", lead).meta.partition
        for answer in listing.answer:
            page = PageOf()
            listed = [
                Listed(f"arn:{partition}:s3:::{bucket['Name']}", (bucket, listing.refused))
                for bucket in page.entries(answer, "Buckets", "Name")
            ]
            following = page.next_token(answer, "ContinuationToken")
            yield Page(listed, following, page.lacks)

    def _places(self) -> list[str]:
        lead = lead_region(self._account.region)
        return [lead, self._account.region, *(self._regions or ())]

    def _answers(self, region: str, token: str | None) -> Iterable[Mapping[str, Any]]:
        """Return the pages of a region's listing, with the first already fetched."""
        paginator = self._account.client("s3", region).get_paginator("list_buckets")
        pages = iter(paginator.paginate(**paging(PAGE_SIZE, token, "ContinuationToken")))
        return chain([next(pages)], pages)

    def read(self, listed: Listed, in_parallel: InParallel = in_turn) -> Resource | None:
        bucket, undated = listed.detail
        name, region = bucket["Name"], member(bucket, "BucketRegion")
        if self._regions is not None and region not in self._regions:
            return None
        captured_at = now()
        fields = FieldReader(GONE)
        configurations = BucketConfigurations(self._account, name, region, fields)
        # First the fields that take two calls, one after the other.
        in_parallel(
            [
                configurations.read_policy,
                configurations.read_tags,
                *(partial(configurations.read, each) for each in self._configurations),
            ]
        )
        if fields.are_all(Reason.ACCESS_DENIED) and not self._is_still_here(name):
            raise ResourceGoneError(name)
        self._account_block.describe(fields)
        return Resource(
            resource_type="AWS::S3::Bucket",
            resource_id=name,
            resource_name=name,
            arn=listed.arn,
            region=region,
            captured_at=captured_at,
            configuration=_dated(bucket, undated, fields),
            supplementary=fields.supplementary(),
            tags=fields.tags(),
            unreadable=fields.unreadable,
            ordered=ORDERED,
            omitted=tuple(sorted(configurations.omitted)),
        )

    def _is_still_here(self, bucket: str) -> bool:
        """Tell whether a bucket that denies everything still belongs to this account.

        If another account took the name of a deleted bucket, S3 denies every field
        (`cidb2.aws.owners`) with an ordinary AccessDenied. ListBuckets returns this account's
        buckets in order, so the bucket itself is the first with its name as prefix. An incomplete
        answer proves nothing: the bucket is taken to be here.
        """

        def first(region: str) -> Mapping[str, Any]:
            s3 = self._account.client("s3", region)
            answer: Mapping[str, Any] = s3.list_buckets(Prefix=bucket, MaxBuckets=1)
            return answer

        listed = first_answer(self._places(), first).answer.get("Buckets")
        return listed is None or any(one.get("Name", bucket) == bucket for one in listed)


def _dated(
    bucket: Mapping[str, Any], undated: Failure | None, fields: FieldReader
) -> Mapping[str, Any]:
    """Return the entry of a bucket, without a wrong creation date; `undated` is the reason."""
    if undated is None:
        return bucket
    fields.mark_unreadable(f"{CONFIGURATION}.{CREATED}", undated)
    return {name: value for name, value in bucket.items() if name != CREATED}


def buckets(configurations: Iterable[str]) -> Service:
    """Return the service S3, of whose buckets these configurations are read."""
    reader = partial(S3Reader, configurations=configurations)
    return Service(name="s3", listings=(listing_by_hand(DECLARED["s3"], reader),))


S3 = buckets(CHOICES["all"])

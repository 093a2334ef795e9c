"""S3: buckets and their configuration; never objects.

One ListBuckets call lists the buckets of all regions; the fields of a bucket are read in its
region. The account's public access block is read once and stored with each bucket. Only the
partition's lead region returns when a bucket was created; in other regions CreationDate is the time
of the bucket's last change (aws/aws-cli#3597), and is not used.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from itertools import chain
from typing import Any

from cidb2.aws.caller import Caller
from cidb2.aws.endpoints import lead_region
from cidb2.aws.members import PageOf, content, member
from cidb2.aws.regions import first_answer
from cidb2.collecting.declared import listing_by_hand
from cidb2.collecting.fields import FieldReader, answer_of, document, tag_map
from cidb2.collecting.readers import InParallel, in_turn
from cidb2.collecting.service import Listed, Page, Service, paging
from cidb2.errors import ResourceGoneError
from cidb2.items.resource import CONFIGURATION, TAGS, Resource, supplement
from cidb2.reasons import Failure, Reason
from cidb2.run import Run
from cidb2.scope import Scope
from cidb2.times import now
from cidb2.types.catalog import DECLARED
from functions.s3_collector.account_block import AccountBlock

PAGE_SIZE = 1_000
"""Buckets per page. With MaxBuckets, ListBuckets returns each bucket's region; accounts with a
quota above 10,000 must set it (S3 API Reference)."""

GONE = frozenset({"NoSuchBucket"})
CREATED = "CreationDate"
POLICY = supplement("Policy")
POLICY_STATUS = supplement("PolicyStatus")
NO_POLICY = frozenset({"NoSuchBucketPolicy"})


def _configurations(s3: Any, bucket: str) -> dict[str, tuple[Callable[[], Any], frozenset[str]]]:
    """Return the call of each field, and the error codes that mean 'not configured'."""

    def whole(operation: Callable[..., Any]) -> Callable[[], Any]:
        return lambda: answer_of(operation(Bucket=bucket))

    def part(operation: Callable[..., Any], name: str) -> Callable[[], Any]:
        return lambda: content(operation(Bucket=bucket), name)

    def versioning() -> Any:
        answer = s3.get_bucket_versioning(Bucket=bucket)
        return answer_of(answer) if answer.keys() - {"ResponseMetadata"} else None

    def logging() -> Any:
        return s3.get_bucket_logging(Bucket=bucket).get("LoggingEnabled")

    return {
        "Encryption": (
            part(s3.get_bucket_encryption, "ServerSideEncryptionConfiguration"),
            frozenset({"ServerSideEncryptionConfigurationNotFoundError"}),
        ),
        "Versioning": (versioning, frozenset()),
        "PublicAccessBlock": (
            part(s3.get_public_access_block, "PublicAccessBlockConfiguration"),
            frozenset({"NoSuchPublicAccessBlockConfiguration"}),
        ),
        "Logging": (logging, frozenset()),
        "OwnershipControls": (
            part(s3.get_bucket_ownership_controls, "OwnershipControls"),
            frozenset({"OwnershipControlsNotFoundError"}),
        ),
        "LifecycleConfiguration": (
            whole(s3.get_bucket_lifecycle_configuration),
            frozenset({"NoSuchLifecycleConfiguration"}),
        ),
        "Acl": (whole(s3.get_bucket_acl), frozenset()),
    }


class S3Reader:
    """Reads the buckets of one account, only those in the run's regions if it names any."""

    def __init__(self, account: Caller, scope: Scope, run: Run) -> None:
        self._account = account
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
        s3 = self._account.client("s3", region)
        fields = FieldReader(GONE)
        configurations = [
            partial(fields.read, supplement(field), call, absent=absent)
            for field, (call, absent) in _configurations(s3, name).items()
        ]
        # First the field that takes two calls, one after the other.
        in_parallel(
            [
                lambda: self._read_policy(s3, name, fields),
                lambda: self._read_tags(s3, name, fields),
                *configurations,
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

    def _read_tags(self, s3: Any, bucket: str, fields: FieldReader) -> None:
        fields.read(
            TAGS,
            lambda: tag_map(member(s3.get_bucket_tagging(Bucket=bucket), "TagSet")),
            absent=frozenset({"NoSuchTagSet"}),
        )

    def _read_policy(self, s3: Any, bucket: str, fields: FieldReader) -> None:
        policy = fields.read(
            POLICY,
            lambda: document(content(s3.get_bucket_policy(Bucket=bucket), "Policy")),
            absent=NO_POLICY,
        )
        if policy is None and POLICY not in fields.unreadable:
            fields.keep(POLICY_STATUS, None)
        else:
            fields.read(
                POLICY_STATUS,
                lambda: content(s3.get_bucket_policy_status(Bucket=bucket), "PolicyStatus"),
                absent=NO_POLICY,
            )


def _dated(
    bucket: Mapping[str, Any], undated: Failure | None, fields: FieldReader
) -> Mapping[str, Any]:
    """Return the entry of a bucket, without a wrong creation date; `undated` is the reason."""
    if undated is None:
        return bucket
    fields.mark_unreadable(f"{CONFIGURATION}.{CREATED}", undated)
    return {name: value for name, value in bucket.items() if name != CREATED}


S3 = Service(
    name="s3",
    listings=(listing_by_hand(DECLARED["s3"], S3Reader),),
)

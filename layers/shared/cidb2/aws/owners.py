"""The expected owner of a bucket: S3 refuses a request if another account owns the bucket.

Once a bucket is deleted, anybody may create one of the same name, so it may belong to another
account at the next call. Each request names the expected owner; if another account owns the bucket,
S3 answers 403 AccessDenied.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html
"""

from typing import Any

EXPECTED = "ExpectedBucketOwner"


def expect_owner(s3: Any, account_id: str) -> None:
    """Make each request of an S3 client name this account as the expected owner, where it can."""

    def name_owner(params: dict[str, Any], model: Any, **_: Any) -> None:
        if EXPECTED in model.input_shape.members:
            params[EXPECTED] = account_id

    s3.meta.events.register("before-parameter-build.s3", name_owner)

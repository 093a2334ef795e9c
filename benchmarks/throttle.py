"""AWS's published request rates, as token buckets per account, region and operation."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from time import monotonic


@dataclass(frozen=True)
class Rate:
    """A token bucket of `burst` requests, refilled with `per_second`; `page` is its source."""

    burst: float
    per_second: float
    page: str


_EC2 = "https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html"
_KMS = "https://docs.aws.amazon.com/kms/latest/developerguide/requests-per-second.html"
_STS = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"
_SNS = "https://docs.aws.amazon.com/general/latest/gr/sns.html"

PUBLISHED: Mapping[tuple[str, str], Rate] = {
    ("ec2", "DescribeInstances"): Rate(100, 20, _EC2),
    ("ec2", "DescribeRegions"): Rate(100, 20, _EC2),
    ("kms", "DescribeKey"): Rate(2_000, 2_000, _KMS),
    ("kms", "ListResourceTags"): Rate(2_000, 2_000, _KMS),
    ("kms", "GetKeyPolicy"): Rate(1_000, 1_000, _KMS),
    ("kms", "GetKeyRotationStatus"): Rate(1_000, 1_000, _KMS),
    ("kms", "ListKeys"): Rate(500, 500, _KMS),
    ("kms", "ListAliases"): Rate(500, 500, _KMS),
    ("sts", "AssumeRole"): Rate(600, 600, _STS),
    ("sns", "PublishBatch"): Rate(3_000, 3_000, _SNS),
}
"""Requests per second. IAM and S3 publish no rates for these operations. SNS's 30,000 messages per
second (us-east-1) are 3,000 full PublishBatch calls."""

Rates = Mapping[tuple[str, str], Rate]


def scaled(factor: float, rates: Rates = PUBLISHED) -> dict[tuple[str, str], Rate]:
    """Return rates times `factor`, to simulate other callers."""
    return {
        operation: replace(
            rate, burst=max(1, rate.burst * factor), per_second=rate.per_second * factor
        )
        for operation, rate in rates.items()
    }


class Throttle:
    """Decides whether AWS would throttle a request."""

    def __init__(self, rates: Rates, clock: Callable[[], float] = monotonic) -> None:
        self._rates = rates
        self._clock = clock
        self._buckets: dict[tuple[str, str, str, str], tuple[float, float]] = {}

    def refuses(self, account_id: str, region: str, service: str, operation: str) -> bool:
        rate = self._rates.get((service, operation))
        if rate is None:
            return False
        key, moment = (account_id, region, service, operation), self._clock()
        tokens, since = self._buckets.get(key, (rate.burst, moment))
        tokens = min(rate.burst, tokens + (moment - since) * rate.per_second)
        refused = tokens < 1
        self._buckets[key] = (tokens if refused else tokens - 1, moment)
        return refused

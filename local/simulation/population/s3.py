"""Plants S3 buckets: with and without policy, encryption, versioning, lifecycle, logging, ACL."""

import json
from typing import Any

from moto.backends import get_backend
from moto.s3.models import FakeBucket, S3Backend, get_canned_acl

from local.simulation.population.site import Site

POLICIES = (None, "encrypted transport", "public", None, "encrypted transport")
OWNERSHIPS = ("BucketOwnerEnforced", "BucketOwnerEnforced", "BucketOwnerPreferred", None)
BLOCKED = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
LARGE_RULES, LONGEST_PREFIX = 300, 1_024
"""Size of a lifecycle configuration whose JSON exceeds a 256 KiB message. Prefixes have the maximum
length of a key, to need fewer rules."""


def plant(site: Site, amount: int) -> None:
    """Create `amount` buckets in the site's Regions."""
    for _ in range(amount):
        _plant_bucket(site)


def plant_oversize_bucket(site: Site) -> None:
    """Create a bucket whose description exceeds the size of an SNS message."""
    text = "expire the partition of customer {:04d} when its retention period is over"
    prefix = "customers/{:04d}/".ljust(LONGEST_PREFIX, "x")
    rules = [_rule(text.format(n), prefix.format(n), days=400) for n in range(LARGE_RULES)]
    _plant_bucket(site).set_lifecycle(rules)


def block_public_access(site: Site) -> None:
    """Block public access account-wide, and create a bucket that would otherwise be public."""
    control = get_backend("s3control")[site.account_id]["aws"]
    control.put_public_access_block(site.account_id, dict.fromkeys(BLOCKED, True))
    bucket = _plant_bucket(site)
    bucket.policy = _policy(bucket, "public")
    bucket.public_access_block = None


def change(site: Site) -> None:
    """Make one bucket public, unless the account blocks that, and tag another."""
    if buckets := _planted(site):
        opened, tagged = site.rng.choice(buckets), site.rng.choice(buckets)
        opened.policy = _policy(opened, "public")
        opened.public_access_block = None
        opened.versioning_status = "Suspended" if opened.is_versioned else "Enabled"
        _backend(site).put_bucket_tagging(tagged.name, {"Geprüft": str(site.number())})


def delete(site: Site) -> None:
    """Delete one bucket."""
    if buckets := _planted(site):
        _backend(site).delete_bucket(site.rng.choice(buckets).name)


def _backend(site: Site) -> S3Backend:
    return get_backend("s3")[site.account_id]["aws"]


def _planted(site: Site) -> list[FakeBucket]:
    return [b for name, b in _backend(site).buckets.items() if name.endswith(site.account_id)]


def _policy(bucket: FakeBucket, kind: str | None) -> bytes | None:
    if kind is None:
        return None
    statement: dict[str, Any] = {"Principal": "*", "Resource": f"{bucket.arn}/*"}
    if kind == "public":
        statement |= {"Sid": "Öffentlich", "Effect": "Allow", "Action": "s3:GetObject"}
    else:
        condition = {"Bool": {"aws:SecureTransport": "false"}}
        statement |= {"Effect": "Deny", "Action": "s3:*", "Condition": condition}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]}).encode()


def _rule(name: str, prefix: str, days: int) -> dict[str, Any]:
    both = {"Prefix": prefix, "Tag": [{"Key": "Aufbewahrung", "Value": "kurz"}]}
    return {
        "ID": name,
        "Status": "Enabled",
        "Filter": {"And": both},
        "Transition": [{"Days": "30", "StorageClass": "STANDARD_IA"}],
        "Expiration": {"Days": str(days)},
    }


def _plant_bucket(site: Site) -> FakeBucket:
    backend, region = _backend(site), site.rng.choice(site.regions)
    bucket = backend.create_bucket(f"{site.name('data')}-{site.account_id}", region)
    bucket.creation_date = site.moment()
    bucket.policy = _policy(bucket, site.one_of(POLICIES))
    key = f"arn:aws:kms:{region}:{site.account_id}:alias/aws/s3"
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
    if site.chance(0.4):
        rule = {"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": "true"}
        backend.put_bucket_encryption(bucket.name, {"Rule": rule})
    if site.chance(0.8):
        blocked = {name: site.rng.choice(("true", "true", "false")) for name in BLOCKED}
        backend.put_public_access_block(bucket.name, blocked)
    bucket.ownership_rule = site.one_of(OWNERSHIPS)  # type: ignore[assignment]  # a text, as moto keeps it
    bucket.versioning_status = site.rng.choice((None, "Enabled", "Enabled", "Suspended"))
    bucket.set_acl(get_canned_acl(site.rng.choice(("private", "private", "public-read"))))
    if site.chance(0.3):
        bucket.logging = {"TargetBucket": bucket.name, "TargetPrefix": "log/"}
    if site.chance(0.4):
        days = site.rng.randrange(40, 3650)
        bucket.set_lifecycle([_rule(f"rule {n}", f"tmp/{n}/", days) for n in range(2)])
    backend.put_bucket_tagging(bucket.name, site.tags())
    return bucket

"""Where a person finds an object of the bucket: links into the console of AWS."""

from urllib.parse import urlencode

_DOMAINS = {"cn-": "amazonaws.cn", "us-gov-": "amazonaws-us-gov.com"}


def object_url(region: str, bucket: str, key: str) -> str:
    """Return the page of an object; it asks who opens it to sign in, and never runs out.

    Whoever may not read the object may not open it there: a signed URL would ask nobody.
    """
    domain = next(
        (domain for prefix, domain in _DOMAINS.items() if region.startswith(prefix)),
        "aws.amazon.com",
    )
    asked = urlencode({"region": region, "prefix": key}, safe="/")
    return f"https://{region}.console.{domain}/s3/object/{bucket}?{asked}"

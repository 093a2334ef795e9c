"""The services that CIDB2 collects: their names, and which of them are listed region by region."""

from cidb2.scope import ALL_REGIONS, GLOBAL

REGIONAL = {"iam": False, "kms": True, "ec2": True, "s3": False}
SERVICES = tuple(REGIONAL)


def unlisted_region(service: str) -> str:
    """Return what stands for the regions of an account whose regions nobody could list."""
    return ALL_REGIONS if REGIONAL[service] else GLOBAL

"""What botocore's own list of endpoints says of regions: which one leads, and what they offer."""

import socket
from functools import cache
from typing import Any

from botocore.exceptions import EndpointConnectionError
from botocore.regions import EndpointResolver

from cidb2.aws.sessions import LOADER

_UNKNOWN_NAME = (socket.EAI_NONAME, socket.EAI_NODATA)
"""What a resolver says of a name that does not exist; any other of its errors may pass."""


class EndpointNotOfferedError(EndpointConnectionError):
    """Raised where a service has no endpoint in a region, by its name and by botocore's list."""

    fmt = "There is no endpoint of {service} in {region}"


def lead_region(region: str) -> str:
    """Return the region of the same partition in which what concerns whole accounts lives.

    It is IAM's; where botocore names none, the partition has no other region.
    """
    endpoint = resolver().construct_endpoint("iam", region) or {}
    lead: str = endpoint.get("credentialScope", {}).get("region", region)
    return lead


def regions_beside(region: str) -> list[str]:
    """Return the regions of the same partition, this one too, whoever has enabled them."""
    return _regions_of("ec2", region)


def partition_of(region: str) -> str:
    """Return the partition that a region is in: `aws`, `aws-cn`, `aws-us-gov` and so on."""
    partition: str = resolver().get_partition_for_region(region)
    return partition


def refuse_unknown_name(service: str, region: str, error: BaseException | None) -> None:
    """Raise EndpointNotOfferedError where `error` says so and botocore's list does not object.

    The list alone proves nothing, for it lags behind AWS.
    """
    if isinstance(error, EndpointConnectionError) and _is_unknown_name(error):
        offering, known = _regions_of(service, region), _regions_of("ec2", region)
        if offering and region in known and region not in offering:
            raise EndpointNotOfferedError(service=service, region=region) from error


def _is_unknown_name(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, socket.gaierror):
            return error.errno in _UNKNOWN_NAME
        error = error.__cause__ or error.__context__
    return False


def _regions_of(endpoint_prefix: str, region: str) -> list[str]:
    """Return in which regions of a region's partition a service is; EC2 is in every one."""
    regions: list[str] = resolver().get_available_endpoints(endpoint_prefix, partition_of(region))
    return regions


@cache
def resolver() -> Any:
    """Return botocore's list of endpoints, which it reads itself where it makes clients."""
    return EndpointResolver(LOADER.load_data("endpoints"), uses_builtin_data=True)

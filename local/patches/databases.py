"""What RDS and EMR of moto 5.2.5 answer otherwise than AWS."""

from collections.abc import Iterator, Mapping
from typing import Any

from moto.core.responses import BaseResponse
from moto.emr.responses import ElasticMapReduceResponse
from moto.rds.models import OptionGroup, RDSBackend

from local.patches.replacement import Replacement

_region_from_host = ElasticMapReduceResponse.get_region_from_url


def replacements() -> Iterator[Replacement]:
    """Yield the replacements."""
    yield RDSBackend, "describe_option_groups", option_groups
    yield ElasticMapReduceResponse, "get_region_from_url", region


def option_groups(backend: RDSBackend, asked: Mapping[str, Any]) -> list[OptionGroup]:
    """DescribeOptionGroups: every group where none is named, and no error if there is none."""
    name = asked.get("option_group_name")
    return [group for group in backend.option_groups.values() if name in (None, group.name)]


def region(response: ElasticMapReduceResponse, request: Any, full_url: str) -> str:
    """The region of a request, for hosts of AWS and for any other (moto: us-east-1)."""
    if ".amazonaws." in full_url:
        return _region_from_host(response, request, full_url)
    return BaseResponse.get_region_from_url(response, request, full_url)

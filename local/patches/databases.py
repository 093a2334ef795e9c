"""Corrects responses of RDS and EMR in moto 5.2.5."""

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
    """DescribeOptionGroups: without a name, returns all groups, and no error if there are none."""
    name = asked.get("option_group_name")
    return [group for group in backend.option_groups.values() if name in (None, group.name)]


def region(response: ElasticMapReduceResponse, request: Any, full_url: str) -> str:
    """The region of a request to any host, AWS's or not (moto: us-east-1)."""
    if ".amazonaws." in full_url:
        return _region_from_host(response, request, full_url)
    return BaseResponse.get_region_from_url(response, request, full_url)

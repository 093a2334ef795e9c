"""Planting context for a service in one region of an account."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from local.simulation.population.planted import Planted
from local.simulation.population.site import Client, Site

STRANGER = "210987654321"
"""An account outside the organisation."""
PASSWORD = "hunter2-hunter2-hunter2"
"""A secret in AWS's responses or requests that must not be stored."""
TAGS = {"Name": "Zürich", "Besitzer": "Łukasz Żak"}
TAG_LIST = [{"Key": key, "Value": value} for key, value in TAGS.items()]
LOWER_TAGS = [{"key": key, "value": value} for key, value in TAGS.items()]
SECTIONS = ("configuration.", "supplementaryConfiguration.")


class Place:
    """Where a service's types are planted; `service` is its name in ARNs."""

    def __init__(self, site: Site, client: Client, service: str, region: str = "") -> None:
        self.account = site.account_id
        self.region = region or site.regions[0]
        self._client = client
        self._service = service

    def client(self, service: str) -> Any:
        """Return a client for this account and region."""
        return self._client(service, account=self.account, region=self.region)

    def arn(self, resource: str, service: str = "") -> str:
        """Return the ARN of a resource of this service, or of another one."""
        return f"arn:aws:{service or self._service}:{self.region}:{self.account}:{resource}"

    @cached_property
    def vpc(self) -> str:
        """The default VPC."""
        answer = self.client("ec2").describe_vpcs(Filters=_having("is-default", "true"))
        return str(answer["Vpcs"][0]["VpcId"])

    @cached_property
    def subnets(self) -> list[str]:
        """The subnets of the default VPC."""
        answer = self.client("ec2").describe_subnets(Filters=_having("vpc-id", self.vpc))
        return [each["SubnetId"] for each in answer["Subnets"]]

    def planted(
        self,
        kind: str,
        resource: str,
        shows: Mapping[str, Any],
        *,
        own_id: str = "",
        name: str | None = "",
        tags: Mapping[str, str] = TAGS,
        region: str = "",
        findings: tuple[str, ...] = (),
    ) -> Planted:
        """Return a resource's expected values, by paths into the configuration or the item.

        `resource` is its ARN, or the end of it. The id defaults to the end of `resource`, and the
        name to the id.
        """
        own_id = own_id or resource.replace("/", ":").rpartition(":")[2]
        return Planted(
            f"AWS::{kind}",
            self.account,
            region or self.region,
            resource if resource.startswith("arn:") else self.arn(resource),
            own_id,
            own_id if name == "" else name,
            tags,
            {
                path if path.startswith(SECTIONS) else f"configuration.{path}": value
                for path, value in shows.items()
            },
            findings,
        )


def _having(name: str, value: str) -> list[dict[str, object]]:
    return [{"Name": name, "Values": [value]}]

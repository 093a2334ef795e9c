"""Planting context for EC2 in one region of an account."""

from typing import Any

from local.simulation.population.planted import Planted
from local.simulation.population.site import Site

CONFIGURATION = "configuration."
SECTIONS = (CONFIGURATION, "supplementaryConfiguration.")


class Ec2Place:
    """A client of EC2, and `other`: an account to share with."""

    def __init__(self, site: Site, client: Any, other: str) -> None:
        self.account = site.account_id
        self.region = client.meta.region_name
        self.client = client
        self.other = other
        self._site = site

    def planted(
        self,
        kind: str,
        resource: str,
        own_id: str,
        shows: dict[str, Any],
        *,
        name: str | None = None,
        arn: str = "",
    ) -> Planted:
        """Tag a resource; return its expected values, by paths into the configuration or the item.

        `resource` is the part of the ARN before the id. Without a `name`, the tag Name is set.
        """
        tags = self._site.tags() | ({} if name else {"Name": self._site.name(kind.lower())})
        listed = [{"Key": key, "Value": value} for key, value in tags.items()]
        self.client.create_tags(Resources=[own_id], Tags=listed)
        return Planted(
            f"AWS::EC2::{kind}",
            self.account,
            self.region,
            arn or f"arn:aws:ec2:{self.region}:{self.account}:{resource}/{own_id}",
            own_id,
            name or tags["Name"],
            tags,
            {
                path if path.startswith(SECTIONS) else f"{CONFIGURATION}{path}": value
                for path, value in shows.items()
            },
        )

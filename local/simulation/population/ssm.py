"""Plants a parameter with a password, and a document that an outside account may run."""

import json
from collections.abc import Iterator
from typing import Any

from local.simulation.population.place import PASSWORD, STRANGER, TAG_LIST, Place
from local.simulation.population.planted import Planted
from local.simulation.population.site import Client, Site

CONTENT = {
    "schemaVersion": "2.2",
    "description": "x",
    "mainSteps": [
        {"action": "aws:runShellScript", "name": "a", "inputs": {"runCommand": ["true"]}}
    ],
}


def plant_each(site: Site, client: Client, _other: str) -> Iterator[Planted]:
    """Create both; a parameter's value is never read."""
    place = Place(site, client, "ssm")
    ssm = place.client("ssm")
    ssm.put_parameter(Name="/prod/url", Value=PASSWORD, Type="String", Tags=TAG_LIST)
    shows: dict[str, Any] = {"Type": "String"}
    yield place.planted("SSM::Parameter", "parameter/prod/url", shows, own_id="/prod/url")
    ssm.create_document(
        Name="patch",
        Content=json.dumps(CONTENT),
        DocumentType="Command",
        DocumentFormat="JSON",
        Tags=TAG_LIST,
    )
    ssm.modify_document_permission(Name="patch", PermissionType="Share", AccountIdsToAdd=[STRANGER])
    shows = {"supplementaryConfiguration.SharedWith": [STRANGER]}
    yield place.planted("SSM::Document", "document/patch", shows)

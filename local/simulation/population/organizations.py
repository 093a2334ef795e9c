"""Plants an organisation policy that denies a unit everything outside Europe."""

import json
from collections.abc import Iterator

from local.simulation.population.place import TAG_LIST, TAGS
from local.simulation.population.planted import Planted
from local.simulation.population.site import Client, Site

DOCUMENT = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Deny",
            "NotAction": ["iam:*", "organizations:*", "sts:*"],
            "Resource": "*",
            "Condition": {"StringNotLike": {"aws:RequestedRegion": "eu-*"}},
        }
    ],
}


def plant_each(site: Site, client: Client, management: str) -> Iterator[Planted]:
    """Create a policy for a unit and an account. The organisation already exists."""
    organizations = client("organizations", account=management, region=site.regions[0])
    [root] = organizations.list_roots()["Roots"]
    units = organizations.list_organizational_units_for_parent(ParentId=root["Id"])
    [sandbox] = [one for one in units["OrganizationalUnits"] if one["Name"] == "Sandbox"]
    policy = organizations.create_policy(
        Name="Europe only",
        Description="Where we may work",
        Type="SERVICE_CONTROL_POLICY",
        Content=json.dumps(DOCUMENT),
        Tags=TAG_LIST,
    )["Policy"]["PolicySummary"]
    for target in (sandbox["Id"], site.account_id):
        organizations.attach_policy(PolicyId=policy["Id"], TargetId=target)
    yield Planted(
        "AWS::Organizations::Policy",
        management,
        "global",
        policy["Arn"],
        policy["Id"],
        "Europe only",
        TAGS,
        {
            "configuration.Content": DOCUMENT,
            "configuration.PolicySummary.Type": "SERVICE_CONTROL_POLICY",
            "supplementaryConfiguration.Targets.0.Name": "Sandbox",
            "supplementaryConfiguration.Targets.1.TargetId": site.account_id,
        },
    )

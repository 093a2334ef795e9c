"""Plants what an organisation has: policies of both kinds, and a delegated administrator."""

import json
from collections.abc import Iterator
from typing import Any

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
    """Create policies and a delegated administrator. The organisation already exists."""
    organizations = client("organizations", account=management, region=site.regions[0])
    organizations.register_delegated_administrator(
        AccountId=site.account_id, ServicePrincipal="guardduty.amazonaws.com"
    )
    yield _delegating(organizations, site, management)
    yield _denying(organizations, site, management)


def _delegating(organizations: Any, site: Site, management: str) -> Planted:
    """Let a member account read the backup policies, by the organisation's resource policy."""
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{site.account_id}:root"},
        "Action": ["organizations:DescribePolicy", "organizations:ListPolicies"],
        "Resource": "*",
        "Condition": {"StringEquals": {"organizations:PolicyType": "BACKUP_POLICY"}},
    }
    document = {"Version": "2012-10-17", "Statement": [statement]}
    policy = organizations.put_resource_policy(Content=json.dumps(document), Tags=TAG_LIST)
    summary = policy["ResourcePolicy"]["ResourcePolicySummary"]
    return Planted(
        "AWS::Organizations::ResourcePolicy",
        management,
        "global",
        summary["Arn"],
        summary["Id"],
        TAGS["Name"],
        TAGS,
        {"configuration.Content": document},
    )


def _denying(organizations: Any, site: Site, management: str) -> Planted:
    """Deny a unit and an account everything outside Europe."""
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
    return Planted(
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

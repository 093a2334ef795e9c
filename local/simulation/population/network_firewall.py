"""Plants a firewall and its policy."""

from collections.abc import Iterator

from local.simulation.population.place import TAG_LIST, Place
from local.simulation.population.planted import Planted
from local.simulation.population.site import Client, Site

PASS = {
    "StatelessDefaultActions": ["aws:pass"],
    "StatelessFragmentDefaultActions": ["aws:pass"],
}


def plant_each(site: Site, client: Client, _other: str) -> Iterator[Planted]:
    """Create a policy that passes all traffic, and a firewall that uses it."""
    place = Place(site, client, "network-firewall")
    firewall = place.client("network-firewall")
    policy = place.arn("firewall-policy/open")
    firewall.create_firewall_policy(FirewallPolicyName="open", FirewallPolicy=PASS, Tags=TAG_LIST)
    shows = {"FirewallPolicy": PASS}
    yield place.planted(
        "NetworkFirewall::FirewallPolicy", policy, shows, own_id=policy, name="open"
    )
    made = firewall.create_firewall(
        FirewallName="edge",
        FirewallPolicyArn=policy,
        VpcId=place.vpc,
        SubnetMappings=[{"SubnetId": each} for each in place.subnets],
        Tags=TAG_LIST,
    )["Firewall"]["FirewallArn"]
    shows_more = {"Firewall.VpcId": place.vpc, "Firewall.FirewallPolicyArn": policy}
    yield place.planted("NetworkFirewall::Firewall", made, shows_more, own_id=made, name="edge")

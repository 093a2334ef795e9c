"""Plants unencrypted internet-facing load balancers and their targets."""

from collections.abc import Iterator
from typing import Any

from local.simulation.population.place import PASSWORD, TAG_LIST, Place
from local.simulation.population.planted import Planted
from local.simulation.population.site import Client, Site

ATTRIBUTES = "supplementaryConfiguration.Attributes"
V2 = "ElasticLoadBalancingV2"


def plant_each(site: Site, client: Client, _other: str) -> Iterator[Planted]:
    """Create load balancers of both generations, with a listener, a rule, and targets."""
    place = Place(site, client, "elasticloadbalancing")
    elb = place.client("elbv2")
    targets = elb.create_target_group(
        Name="orders", Protocol="HTTP", Port=80, VpcId=place.vpc, Tags=TAG_LIST
    )["TargetGroups"][0]["TargetGroupArn"]
    shows: dict[str, Any] = {"VpcId": place.vpc, "supplementaryConfiguration.Targets": []}
    yield place.planted(f"{V2}::TargetGroup", targets, shows, own_id=targets, name="orders")
    balancer = elb.create_load_balancer(
        Name="web", Scheme="internet-facing", Subnets=place.subnets, Tags=TAG_LIST
    )["LoadBalancers"][0]["LoadBalancerArn"]
    shows = {"Scheme": "internet-facing", "VpcId": place.vpc}
    yield place.planted(f"{V2}::LoadBalancer", balancer, shows, own_id=balancer, name="web")
    listener = elb.create_listener(
        LoadBalancerArn=balancer,
        Protocol="HTTP",
        Port=80,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": targets}],
        Tags=TAG_LIST,
    )["Listeners"][0]["ListenerArn"]
    header = {"HttpHeaderName": "x-origin-verify", "Values": [PASSWORD]}
    elb.create_rule(
        ListenerArn=listener,
        Priority=1,
        Conditions=[{"Field": "http-header", "HttpHeaderConfig": header}],
        Actions=[{"Type": "forward", "TargetGroupArn": targets}],
    )
    shows = {
        "Protocol": "HTTP",
        "supplementaryConfiguration.Scheme": "internet-facing",
        "supplementaryConfiguration.Rules.0.Conditions.0.HttpHeaderConfig": {
            "HttpHeaderName": "x-origin-verify"
        },
    }
    yield place.planted(
        f"{V2}::Listener",
        listener,
        shows,
        own_id=listener,
        name="Zürich",
        findings=("LISTENER_WITHOUT_TLS",),
    )
    yield _with_old_tls(place, elb, balancer, targets)
    yield _classic(place)


def _with_old_tls(place: Place, elb: Any, balancer: str, targets: str) -> Planted:
    """Create a listener with AWS's default security policy, which allows old TLS."""
    policy, issued = "ELBSecurityPolicy-2016-08", place.client("acm").list_certificates()
    listener = elb.create_listener(
        LoadBalancerArn=balancer,
        Protocol="HTTPS",
        Port=443,
        SslPolicy=policy,
        Certificates=[{"CertificateArn": issued["CertificateSummaryList"][0]["CertificateArn"]}],
        DefaultActions=[{"Type": "forward", "TargetGroupArn": targets}],
        Tags=TAG_LIST,
    )["Listeners"][0]["ListenerArn"]
    return place.planted(
        f"{V2}::Listener",
        listener,
        {"SslPolicy": policy},
        own_id=listener,
        name="Zürich",
        findings=("LISTENER_WITH_OLD_TLS",),
    )


def _classic(place: Place) -> Planted:
    place.client("elb").create_load_balancer(
        LoadBalancerName="old",
        Listeners=[{"Protocol": "http", "LoadBalancerPort": 80, "InstancePort": 8080}],
        Subnets=place.subnets,
        Tags=TAG_LIST,
    )
    shows = {"Scheme": "internet-facing"}
    return place.planted(
        "ElasticLoadBalancing::LoadBalancer",
        "loadbalancer/old",
        shows,
        findings=("LISTENER_WITHOUT_TLS",),
    )

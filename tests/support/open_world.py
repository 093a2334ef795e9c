"""Networks with each way in and out, and what stands in them: open, closed and not known."""

from dataclasses import replace
from typing import Any

from tests.support.builders import ACCOUNT
from tests.support.found import FOUND
from tests.support.related_world import OTHER, REGION, Owned, owned

WORLD4, WORLD6 = "0.0.0.0/0", "::/0"
GATEWAY = "igw-0000000a"
OFFICE = "192.0.2.0/24"
BALANCING = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:"


def _ec2(kind: str, name: str, account: str = ACCOUNT, fields: Any = None, **content: Any) -> Owned:
    part = {"RouteTable": "route-table", "SecurityGroup": "security-group"}.get(kind, kind.lower())
    arn = f"ec2:{part}/{name}"
    return owned(f"EC2::{kind}", arn, name, fields, account=account, **content)


def _rule(protocol: str, first: int | None = None, last: int | None = None, **to: Any) -> Any:
    ports = {} if first is None else {"FromPort": first, "ToPort": last or first}
    return {
        "IpProtocol": protocol,
        **ports,
        "IpRanges": [{"CidrIp": one} for one in to.get("v4", ())],
        "Ipv6Ranges": [{"CidrIpv6": one} for one in to.get("v6", ())],
        "PrefixListIds": [{"PrefixListId": one} for one in to.get("lists", ())],
    }


def _group(name: str, *rules: Any, account: str = ACCOUNT) -> Owned:
    return _ec2("SecurityGroup", name, account, IpPermissions=[*rules])


LISTS = [
    _ec2("PrefixList", "pl-0000000a", fields={"Entries": [{"Cidr": OFFICE}, {"Cidr": WORLD4}]}),
    _ec2("PrefixList", "pl-0000000b", fields={"Entries": [{"Cidr": OFFICE}]}),
]
LISTED, OF_OFFICES, OF_AWS = "pl-0000000a", "pl-0000000b", "pl-0000000f"
GROUPS = [
    _group("sg-web", _rule("tcp", 443, v4=[WORLD4]), _rule("tcp", 80, 88, v6=[WORLD6])),
    _group("sg-all", _rule("-1", v4=[OFFICE, WORLD4], v6=[WORLD6])),
    _group("sg-halves", _rule("udp", 53, v4=["0.0.0.0/1", "128.0.0.0/1"], v6=["2000::/3"])),
    _group("sg-ping", _rule("icmp", -1, v4=[WORLD4])),
    _group("sg-listed", _rule("tcp", 22, lists=[OF_OFFICES]), _rule("tcp", 25, lists=[LISTED])),
    _group("sg-of-aws", _rule("tcp", 443, lists=[OF_AWS])),
    _group("sg-database", _rule("tcp", 5000, 6000, v4=[WORLD4])),
    _group("sg-office", _rule("tcp", 22, v4=[OFFICE]), _rule("tcp", 22, lists=[OF_OFFICES])),
    _ec2("SecurityGroup", "sg-unread"),
    _group("sg-of-other", _rule("tcp", 8080, v4=[WORLD4]), account=OTHER),
]


def _out(gateway: str = GATEWAY, **more: Any) -> list[Any]:
    to_all = {"DestinationCidrBlock": WORLD4, "GatewayId": gateway, "State": "active", **more}
    to_all6 = {"DestinationIpv6CidrBlock": WORLD6, "GatewayId": gateway, **more}
    return [to_all, to_all6]


def _table(name: str, vpc: str, routes: Any, *subnets: str, account: str = ACCOUNT) -> Owned:
    local = {"DestinationCidrBlock": "10.0.0.0/8", "GatewayId": "local", "State": "active"}
    associations = [{"SubnetId": one, "Main": False} for one in subnets] or [{"Main": True}]
    content = {"VpcId": vpc, "Associations": associations, "Routes": [local, *routes]}
    return _ec2("RouteTable", name, account, **content)


TABLES = [
    _table("rtb-a-main", "vpc-a", [{"DestinationCidrBlock": WORLD4, "NatGatewayId": "nat-1"}]),
    _table("rtb-a-public", "vpc-a", _out(), "subnet-public"),
    _table("rtb-a-only4", "vpc-a", _out()[:1], "subnet-only4"),
    _table("rtb-a-listed", "vpc-a",
           [{"DestinationPrefixListId": LISTED, "GatewayId": GATEWAY}], "subnet-listed"),
    _table("rtb-a-of-aws", "vpc-a",
           [{"DestinationPrefixListId": OF_AWS, "GatewayId": GATEWAY}], "subnet-of-aws"),
    _table("rtb-a-hole", "vpc-a", _out(State="blackhole"), "subnet-hole"),
    _table("rtb-a-firewall", "vpc-a", _out("vpce-0000000a"), "subnet-firewall"),
    _table("rtb-b-main", "vpc-b", _out()),
    _table("rtb-b-private", "vpc-b", [], "subnet-closed"),
    _table("rtb-o-main", "vpc-o", _out("igw-0000000b"), account=OTHER),
]  # fmt: skip
SUBNETS = [
    *(_ec2("Subnet", f"subnet-{name}", VpcId="vpc-a")
      for name in ("public", "only4", "listed", "of-aws", "hole", "firewall", "private")),
    *(_ec2("Subnet", f"subnet-{name}", VpcId="vpc-b") for name in ("implied", "closed")),
    _ec2("Subnet", "subnet-shared", OTHER, VpcId="vpc-o"),
    _ec2("Subnet", "subnet-tableless", VpcId="vpc-c"),
]  # fmt: skip


def card(
    name: str, subnet: str, *groups: str, v4: str = "192.0.2.1", v6: str = "", **more: Any
) -> Owned:
    public = {"Association": {"PublicIp": v4}} if v4 else {}
    content = {
        "SubnetId": subnet,
        "Groups": [{"GroupId": one} for one in groups],
        "PrivateIpAddresses": [{"PrivateIpAddress": "10.0.0.1", **public}],
        "Ipv6Addresses": [{"Ipv6Address": v6}] if v6 else [],
        **more,
    }
    return owned("EC2::NetworkInterface", f"ec2:network-interface/{name}", name, **content)


GLOBAL6, OWN6 = "2001:db8::1", "fd00::1"
CARDS = [
    card("eni-open", "subnet-public", "sg-office", "sg-web",
         Attachment={"InstanceId": "i-0000000a"}),
    card("eni-both", "subnet-public", "sg-all", v6=GLOBAL6),
    card("eni-only6", "subnet-public", "sg-web", v4="", v6=GLOBAL6),
    card("eni-own6", "subnet-public", "sg-web", v4="", v6=OWN6),
    card("eni-no-way-6", "subnet-only4", "sg-web", v6=GLOBAL6),
    card("eni-implied", "subnet-implied", "sg-halves"),
    card("eni-ping", "subnet-implied", "sg-ping"),
    card("eni-closed", "subnet-closed", "sg-all"),
    card("eni-listed", "subnet-listed", "sg-listed"),
    card("eni-private", "subnet-private", "sg-all"),
    card("eni-hole", "subnet-hole", "sg-all"),
    card("eni-office", "subnet-public", "sg-office"),
    card("eni-inside", "subnet-public", "sg-all", v4=""),
    card("eni-nat", "subnet-public", InterfaceType="nat_gateway"),
    card("eni-nlb", "subnet-public", InterfaceType="network_load_balancer",
         RequesterManaged=True, Description="ELB net/nlb/1"),
    card("eni-shared", "subnet-shared", "sg-of-other"),
    card("eni-list-of-aws", "subnet-public", "sg-of-aws"),
    card("eni-route-of-aws", "subnet-of-aws", "sg-all"),
    card("eni-firewall", "subnet-firewall", "sg-all"),
    card("eni-group-gone", "subnet-public", "sg-gone"),
    card("eni-subnet-gone", "subnet-gone", "sg-web"),
    card("eni-tableless", "subnet-tableless", "sg-web"),
    card("eni-no-group", "subnet-public"),
    card("eni-unread-group", "subnet-public", "sg-unread"),
    card("eni-all-gone-but-private", "subnet-private", "sg-gone"),
]  # fmt: skip


def balancer(name: str, *groups: str, subnet: str = "subnet-public", **more: Any) -> Owned:
    kind = "net" if more.get("Type") == "network" else "app"
    given = {
        "Scheme": "internet-facing",
        "Type": "application",
        "IpAddressType": "ipv4",
        "SecurityGroups": [*groups],
        "AvailabilityZones": [{"SubnetId": subnet}],
    }
    arn = f"elasticloadbalancing:loadbalancer/{kind}/{name}/1"
    return owned("ElasticLoadBalancingV2::LoadBalancer", arn, name, **given | more)


BALANCERS = [
    balancer("alb", "sg-web"),
    balancer("alb-dual", "sg-web", IpAddressType="dualstack"),
    balancer("alb-only6", "sg-web", IpAddressType="dualstack-without-public-ipv4"),
    balancer("alb-internal", "sg-web", Scheme="internal"),
    balancer("alb-office", "sg-office"),
    balancer("alb-private", "sg-web", subnet="subnet-private"),
    balancer("alb-no-group"),
    balancer("nlb", Type="network"),
    balancer("nlb-office", "sg-office", Type="network"),
    owned("ElasticLoadBalancingV2::Listener", "elasticloadbalancing:listener/net/nlb/1/1", "nlb/1",
          LoadBalancerArn=f"{BALANCING}loadbalancer/net/nlb/1", Protocol="TLS", Port=8443),
    owned("ElasticLoadBalancing::LoadBalancer", "elasticloadbalancing:loadbalancer/classic",
          Scheme="internet-facing", SecurityGroups=["sg-web"], Subnets=["subnet-public"]),
]  # fmt: skip


def database(name: str, group: str, *, is_public: bool | None = True) -> Owned:
    told = {} if is_public is None else {"PubliclyAccessible": is_public}
    content: Any = {
        "Engine": "postgres",
        "Endpoint": {"Port": 5432},
        "VpcSecurityGroups": [{"VpcSecurityGroupId": group}],
        "DBSubnetGroup": {"DBSubnetGroupName": "db"},
        **told,
    }
    return owned("RDS::DBInstance", f"rds:db:{name}", name, **content)


DATABASES = [
    database("db-open", "sg-database"),
    database("db-other-port", "sg-web"),
    database("db-private", "sg-database", is_public=False),
    database("db-unknown", "sg-database", is_public=None),
    owned("RDS::DBSubnetGroup", "rds:subgrp:db", "db",
          Subnets=[{"SubnetIdentifier": "subnet-private"}, {"SubnetIdentifier": "subnet-public"}]),
]  # fmt: skip
PUBLIC = [
    Owned(ACCOUNT, replace(one, arn=f"{one.arn}-{finding}", resource_name=finding))
    for finding, one in FOUND.items()
    if finding.startswith("PUBLIC_") and finding != "PUBLIC_DATABASE"
]


def cluster(name: str, *to: str, is_public: bool = True) -> Owned:
    access = {"endpointPublicAccess": is_public, "publicAccessCidrs": [*to]}
    return owned("EKS::Cluster", f"eks:cluster/{name}", name, resourcesVpcConfig=access)


REST = [
    *PUBLIC,
    cluster("eks-open", WORLD4),
    cluster("eks-office", OFFICE),
    cluster("eks-private", WORLD4, is_public=False),
    owned("S3::Bucket", "s3:unread", unread=["supplementaryConfiguration.PolicyStatus"]),
    owned("EC2::NetworkInterface", "ec2:network-interface/eni-unread", unread=["configuration"]),
]
OPEN_WORLD = [*LISTS, *GROUPS, *TABLES, *SUBNETS, *CARDS, *BALANCERS, *DATABASES, *REST]

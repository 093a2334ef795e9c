"""What is open to the internet, in DuckDB, against plain Python, whole and with denied listings."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest

from cidb2.lake.lines import item_line
from lake.duck import LocalLake, open_lake
from lake.imported import imported
from lake.saved import saved_queries
from tests.support.builders import ACCOUNT
from tests.support.open_world import (
    BALANCERS,
    CARDS,
    DATABASES,
    GLOBAL6,
    GROUPS,
    LISTS,
    OPEN_WORLD,
    PUBLIC,
    SUBNETS,
    TABLES,
    card,
)
from tests.support.planted_lake import PlantedLake
from tests.support.related_world import OTHER, REGION, ListingOf, Owned, owned, scopes_of

QUESTION = saved_queries()["open-to-the-internet"]
OPEN, UNKNOWN = "OPEN", "NOT KNOWN"
LISTINGS = sorted({one.listing for one in OPEN_WORLD})
PUBLIC6 = ip_network("2000::/3")
HALF = {4: 1, 6: 4}
"""The longest prefix of a range that is at least half of the internet."""

Row = dict[str, Any]
Found = set[tuple[str, str, str]]


@pytest.fixture
def planted(tmp_path: Path) -> PlantedLake:
    return PlantedLake(tmp_path)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Row]]:
    planted = PlantedLake(tmp_path_factory.mktemp("open"))
    planted.plant_scopes(0, scopes_of(OPEN_WORLD))
    with open_lake(planted.folder) as lake:
        yield ask(lake)


def ask(lake: LocalLake) -> list[Row]:
    return lake.ask(QUESTION.sql).by_column()


def asked_of(planted: PlantedLake, world: Sequence[Owned], **planting: Any) -> list[Row]:
    planted.plant_scopes(0, scopes_of(world, **planting))
    with open_lake(planted.folder) as lake:
        return ask(lake)


def reached(rows: Sequence[Row]) -> Found:
    return {
        (row["answer"], row["arn"], row["way"][-4:])
        for row in rows
        if row["way"] and row["way"].endswith((", IPv4", ", IPv6"))
    }


class Internet:
    """Judges, in plain Python, what the internet reaches in what was listed."""

    def __init__(self, listed: Collection[Owned]) -> None:
        self._listed = listed
        self._by_name: Mapping[Any, Owned] = {
            (one.resource.resource_type.rpartition("::")[2], one.resource.resource_id): one
            for one in listed
        }

    def reached(self) -> Found:
        found = set()
        for end in self._listed:
            for version in (4, 6):
                verdicts = self._verdicts(end, version)
                if False not in verdicts:
                    answer = OPEN if all(verdicts) else UNKNOWN
                    found.add((answer, end.arn, f"IPv{version}"))
        return found

    def _verdicts(self, end: Owned, version: int) -> list[bool | None]:
        own, content = end.resource.resource_type.split("::", 1)[1], end.resource.configuration
        assert content is not None
        port, free, names = None, False, [*content.get("SecurityGroups", ())]
        subnets = [one["SubnetId"] for one in content.get("AvailabilityZones", ())]
        match own:
            case "EC2::NetworkInterface" if content:
                pairs = content["PrivateIpAddresses"]
                told = [one["Association"]["PublicIp"] for one in pairs if "Association" in one]
                told += [one["Ipv6Address"] for one in content["Ipv6Addresses"]]
                every = map(ip_address, told)
                has = [one for one in every if one.version == version]
                is_public = any(one.version == 4 or one in PUBLIC6 for one in has)
                is_public &= content.get("InterfaceType") != "nat_gateway"
                free = content.get("InterfaceType") == "network_load_balancer"
                names = [one["GroupId"] for one in content["Groups"]]
                subnets = [content["SubnetId"]]
            case "ElasticLoadBalancingV2::LoadBalancer" | "ElasticLoadBalancing::LoadBalancer":
                kinds = {"ipv4": {4}, "dualstack": {4, 6}, "dualstack-without-public-ipv4": {6}}
                versions = kinds[content.get("IpAddressType", "ipv4")]
                is_public = content["Scheme"] == "internet-facing" and version in versions
                free = content.get("Type") == "network"
                subnets += content.get("Subnets", ())
            case "RDS::DBInstance":
                is_public = content.get("PubliclyAccessible") is True and version == 4
                port = content["Endpoint"]["Port"]
                names = [one["VpcSecurityGroupId"] for one in content["VpcSecurityGroups"]]
                of = self._by_name.get(("DBSubnetGroup", "db"))
                assert not of or of.resource.configuration
                members = (of.resource.configuration or {})["Subnets"] if of else ()
                subnets = [one["SubnetIdentifier"] for one in members]
            case _:
                is_public = False
        if not is_public:
            return [False]
        doors = [self._lets_in(name, version, port) for name in names]
        exits = [self._leads_out(name, version) for name in subnets]
        return [_any(doors or [True if free else None]), _any(exits or [None])]

    def _lets_in(self, name: str, version: int, port: int | None) -> bool | None:
        group = self._content("SecurityGroup", name)
        if not group:
            return None
        verdicts: list[bool | None] = [False]
        for rule in group["IpPermissions"]:
            first, last = rule.get("FromPort"), rule.get("ToPort")
            if port is None or first is None or first <= port <= last:
                ranges = [one["CidrIp"] for one in rule["IpRanges"]]
                ranges += [one["CidrIpv6"] for one in rule["Ipv6Ranges"]]
                verdicts.append(_is_world(ranges, version))
                verdicts += [self._holds(one, version) for one in rule["PrefixListIds"]]
        return _any(verdicts)

    def _holds(self, named: Mapping[str, str], version: int) -> bool | None:
        one = self._by_name.get(("PrefixList", named["PrefixListId"]))
        entries = one.resource.supplementary["Entries"] if one else None
        return None if entries is None else _is_world([each["Cidr"] for each in entries], version)

    def _leads_out(self, name: str, version: int) -> bool | None:
        subnet = self._content("Subnet", name)
        tables = [
            one.resource.configuration or {}
            for one in self._listed
            if one.resource.resource_type == "AWS::EC2::RouteTable"
        ]
        if not subnet:
            return None
        of_vpc = [one for one in tables if one["VpcId"] == subnet["VpcId"]]
        explicit = [
            one for one in of_vpc if name in [of.get("SubnetId") for of in one["Associations"]]
        ]
        main = [one for one in of_vpc if one["Associations"][0]["Main"]]
        verdicts: list[bool | None] = [False]
        for route in [*explicit, *main][0]["Routes"] if explicit or main else ():
            gateway = route.get("GatewayId", "")
            destination = route.get("DestinationCidrBlock", route.get("DestinationIpv6CidrBlock"))
            to_all = (
                _is_world([destination], version)
                if destination
                else self._holds({"PrefixListId": route["DestinationPrefixListId"]}, version)
            )
            if route.get("State") != "blackhole" and gateway[:3] in ("igw", "vpc"):
                verdicts.append(to_all and (gateway.startswith("igw") or None))
        return _any(verdicts) if explicit or main else None

    def _content(self, kind: str, name: str) -> Mapping[str, Any] | None:
        one = self._by_name.get((kind, name))
        return one.resource.configuration if one else None


def _any(verdicts: Collection[bool | None]) -> bool | None:
    return True if True in verdicts else None if None in verdicts else False


def _is_world(ranges: Sequence[str], version: int) -> bool:
    nets = [ip_network(one) for one in ranges]
    return any(one.version == version and one.prefixlen <= HALF[version] for one in nets)


def test_what_the_internet_reaches_is_what_plain_python_finds(whole: list[Row]) -> None:
    expected = Internet(OPEN_WORLD).reached()
    assert reached(whole) == expected
    assert {answer for answer, *_ in expected} == {OPEN, UNKNOWN}


@pytest.mark.parametrize("denied", LISTINGS, ids="/".join)
def test_what_is_open_stays_in_the_answer_if_a_part_cannot_be_listed(
    whole: list[Row], planted: PlantedLake, denied: ListingOf
) -> None:
    """As OPEN or as NOT KNOWN, unless it cannot be listed itself; nothing else becomes OPEN."""
    rows = asked_of(planted, OPEN_WORLD, denied=[denied])
    listed = [one for one in OPEN_WORLD if one.listing != denied]
    assert reached(rows) == Internet(listed).reached()
    there = {one.arn for one in listed}
    was_open = {row["arn"] for row in whole if row["answer"] == OPEN}
    assert was_open & there <= {row["arn"] for row in rows}
    assert {row["arn"] for row in rows if row["answer"] == OPEN} <= was_open


@pytest.mark.parametrize(
    "kind", [GROUPS, LISTS, SUBNETS, TABLES], ids=["groups", "lists", "subnets", "tables"]
)
def test_what_was_listed_before_a_denial_is_not_certain_today(
    planted: PlantedLake, kind: Sequence[Owned]
) -> None:
    planted.plant_scopes(1, scopes_of(OPEN_WORLD))
    denied = {one.listing for one in kind}
    rows = asked_of(planted, OPEN_WORLD, denied=denied)
    listed = [one for one in OPEN_WORLD if one.listing not in denied]
    of_today = Internet(listed).reached()
    assert {one[1:] for one in reached(rows) if one[0] == OPEN} == {
        one[1:] for one in of_today if one[0] == OPEN
    }
    opened = {one[1:] for one in Internet(OPEN_WORLD).reached()}
    assert opened <= {one[1:] for one in reached(rows)}
    assert any("ACCESS_DENIED: " in (row["because"] or "") for row in rows if row["arn"])


def test_the_rest_is_what_findings_say_and_kubernetes_endpoints(whole: list[Row]) -> None:
    rest = {
        (row["answer"], row["resourcename"], row["way"])
        for row in whole
        if row["arn"] and not (row["way"] or "").endswith((", IPv4", ", IPv6"))
    }
    public = [str(one.resource.resource_name) for one in PUBLIC]
    assert rest == {
        *((OPEN, name, name.lower().replace("_", " ")) for name in public),
        (OPEN, "eks-open", "public endpoint"),
        (UNKNOWN, "unread", "public bucket"),
        (UNKNOWN, "db-unknown", "public database"),
        (UNKNOWN, "eni-unread", None),
    }
    [bucket] = [row for row in whole if row["resourcename"] == "unread"]
    assert "supplementaryConfiguration.PolicyStatus" in bucket["because"]


@pytest.mark.parametrize(
    ("name", "way", "ports", "because"),
    [
        ("eni-open", "IPv4", "tcp 443", "192.0.2.1 through sg-web and igw-0000000a"),
        ("eni-both", "IPv6", "all", f"{GLOBAL6} through sg-all and igw-0000000a"),
        ("eni-only6", "IPv6", "tcp 80-88", f"{GLOBAL6} through sg-web and igw-0000000a"),
        ("eni-ping", "IPv4", "icmp", "192.0.2.1 through sg-ping and igw-0000000a"),
        ("eni-listed", "IPv4", "tcp 25", "192.0.2.1 through sg-listed and igw-0000000a"),
        ("nlb", "IPv4", "tls 8443", "its endpoint through no security group and igw-0000000a"),
        ("db-open", "IPv4", "tcp 5000-6000", "its endpoint through sg-database and igw-0000000a"),
        ("eni-firewall", "IPv4", "all", "vpce-0000000a filters what passes"),
        ("eni-list-of-aws", "IPv4", None, "the entries of pl-0000000f are not known"),
        ("eni-group-gone", "IPv4", None, "sg-gone is in no listing"),
        ("eni-subnet-gone", "IPv4", "tcp 443", "subnet-gone is in no listing"),
        ("eni-tableless", "IPv4", "tcp 443",
         "the route table of subnet-tableless is in no listing"),
        ("eni-unread-group", "IPv4", None, "the rules of sg-unread could not be read"),
        ("eni-no-group", "IPv4", None, "no security group is told"),
    ],
)  # fmt: skip
def test_ports_and_what_leads_there_are_told(
    whole: list[Row], name: str, way: str, ports: str | None, because: str
) -> None:
    [row] = [
        row for row in whole if row["resourcename"] == name and (row["way"] or "").endswith(way)
    ]
    assert (row["ports"], row["because"]) == (ports, because)


def test_an_interface_tells_what_it_serves(whole: list[Row]) -> None:
    served = {row["resourcename"]: row["serves"] for row in whole if row["serves"]}
    assert served == {"eni-open": "i-0000000a", "eni-nlb": "ELB net/nlb/1"}


def test_each_resource_and_way_is_there_once_with_the_name_of_its_account(
    planted: PlantedLake,
) -> None:
    account = owned("Organizations::Account", f"organizations:account/o-1/{ACCOUNT}", ACCOUNT)
    named = Owned(ACCOUNT, account.resource)
    rows = asked_of(planted, [*OPEN_WORLD, named])
    keys = [(row["arn"], row["way"]) for row in rows if row["arn"]]
    assert len(keys) == len({*keys}) > len(CARDS + BALANCERS + DATABASES) // 2
    assert {row["accountname"] for row in rows if row["arn"]} == {ACCOUNT}


def test_a_route_table_that_could_not_be_read_may_be_that_of_any_subnet(
    planted: PlantedLake,
) -> None:
    """Of its account and region, if no other table has it by name."""
    unread = owned("EC2::RouteTable", "ec2:route-table/rtb-x", unread=["configuration"])
    rows = asked_of(planted, [*OPEN_WORLD, unread])
    told = {row["resourcename"]: row for row in rows if row["way"] == "public address, IPv4"}
    assert told["eni-open"]["answer"] == OPEN
    assert told["eni-implied"]["answer"] == UNKNOWN
    assert told["eni-implied"]["because"] == "UNREADABLE: the routes of subnet-implied"


def test_lines_without_findings_are_not_judged_yet_and_counted(
    planted: PlantedLake, monkeypatch: pytest.MonkeyPatch
) -> None:
    def without_findings(*given: Any) -> bytes:
        return item_line(*given).replace(b'"findings":', b'"of_old":')

    monkeypatch.setattr("tests.support.planted_lake.item_line", without_findings)
    rows = asked_of(planted, OPEN_WORLD)
    [buckets] = [row for row in rows if row["resourcetype"] == "AWS::S3::Bucket"]
    assert (buckets["answer"], buckets["arn"]) == (UNKNOWN, None)
    assert buckets["because"] == "EARLIER_RELEASE: 2 not judged yet"


def test_the_import_has_the_same_answer(planted: PlantedLake) -> None:
    planted.plant_scopes(0, scopes_of(OPEN_WORLD))
    with open_lake(planted.folder) as lake, imported(planted.folder) as tables:
        assert tables.ask(QUESTION.question).by_column() == ask(lake)


def test_hostile_texts_open_nothing(planted: PlantedLake) -> None:
    lie = '"PublicIp": "192.0.2.9", "CidrIp": "0.0.0.0/0", "Ipv6Address": "2001:db8::9"'
    liar = card("eni-liar", "subnet-public", "sg-all", v4="", Description=lie)
    rows = asked_of(planted, [*OPEN_WORLD, liar])
    assert "eni-liar" not in {row["resourcename"] for row in rows}


def test_an_account_without_the_network_of_its_interfaces_is_told(planted: PlantedLake) -> None:
    """A subnet that another account shares, whose EC2 no run has collected."""
    away = [(OTHER, "ec2", REGION, name) for name in ("DescribeSubnets", "DescribeRouteTables")]
    rows = asked_of(planted, OPEN_WORLD, denied=away)
    [shared] = [row for row in rows if row["resourcename"] == "eni-shared"]
    assert (shared["answer"], shared["because"]) == (UNKNOWN, "subnet-shared is in no listing")

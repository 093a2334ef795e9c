"""Plants EC2 instances with public addresses: the internet reaches one, and not the other."""

from collections.abc import Iterator

from local.simulation.population.ec2_place import Ec2Place
from local.simulation.population.planted import Planted

HTTPS = 443
REACHED, UNREACHED = "host-open-to-the-internet", "host-with-a-private-route"
PUBLIC, PRIVATE = "10.30.1.0/24", "10.30.2.0/24"


def plant_hosts(place: Ec2Place) -> Iterator[Planted]:
    """Create a VPC in which one subnet routes to the internet, and an instance in each subnet.

    Both are behind one group that lets the world in. The other subnet has the main route table.
    """
    ec2, name = place.client, "web"
    vpc = ec2.create_vpc(CidrBlock="10.30.0.0/16")["Vpc"]["VpcId"]
    public, private = (
        ec2.create_subnet(VpcId=vpc, CidrBlock=each)["Subnet"]["SubnetId"]
        for each in (PUBLIC, PRIVATE)
    )
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    ec2.associate_route_table(RouteTableId=table, SubnetId=public)
    group = ec2.create_security_group(GroupName=name, Description="web", VpcId=vpc)["GroupId"]
    rule = {"IpProtocol": "tcp", "FromPort": HTTPS, "ToPort": HTTPS}
    to_all = [rule | {"IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=to_all)
    shows = {"IpPermissions.0.FromPort": HTTPS}
    yield place.planted("SecurityGroup", "security-group", group, shows, name=name)
    for host, subnet in ((REACHED, public), (UNREACHED, private)):
        _plant_host(place, host, subnet, group)


def _plant_host(place: Ec2Place, name: str, subnet: str, group: str) -> None:
    card = {
        "DeviceIndex": 0,
        "SubnetId": subnet,
        "AssociatePublicIpAddress": True,
        "Groups": [group],
    }
    [made] = place.client.run_instances(
        ImageId="ami-0123456789abcdef0", MinCount=1, MaxCount=1, NetworkInterfaces=[card]
    )["Instances"]
    [of_host] = made["NetworkInterfaces"]
    named = [made["InstanceId"], of_host["NetworkInterfaceId"]]
    place.client.create_tags(Resources=named, Tags=[{"Key": "Name", "Value": name}])

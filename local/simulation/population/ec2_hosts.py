"""Plants EC2 instances with public addresses: the internet reaches one, and none of the others."""

from collections.abc import Iterator

from local.simulation.population.ec2_place import Ec2Place
from local.simulation.population.planted import Planted

HTTPS = 443
REACHED, UNREACHED = "host-open-to-the-internet", "host-with-a-private-route"


def plant_hosts(place: Ec2Place, vpc: str, public: str, private: str) -> Iterator[Planted]:
    """Create an instance in each of two subnets, behind one group that lets the world in.

    `public` is a subnet that routes to an internet gateway, and `private` one that does not.
    """
    ec2, name = place.client, "web"
    group = ec2.create_security_group(GroupName=name, Description="web", VpcId=vpc)["GroupId"]
    rule = {"IpProtocol": "tcp", "FromPort": HTTPS, "ToPort": HTTPS}
    to_all = [rule | {"IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=to_all)
    shows = {"IpPermissions.0.FromPort": HTTPS}
    yield place.planted("SecurityGroup", "security-group", group, shows, name=name)
    for host, subnet in ((REACHED, public), (UNREACHED, private)):
        card = {
            "DeviceIndex": 0,
            "SubnetId": subnet,
            "AssociatePublicIpAddress": True,
            "Groups": [group],
        }
        [made] = ec2.run_instances(
            ImageId="ami-0123456789abcdef0", MinCount=1, MaxCount=1, NetworkInterfaces=[card]
        )["Instances"]
        [of_host] = made["NetworkInterfaces"]
        tagged = [{"Key": "Name", "Value": host}]
        ec2.create_tags(Resources=[made["InstanceId"], of_host["NetworkInterfaceId"]], Tags=tagged)

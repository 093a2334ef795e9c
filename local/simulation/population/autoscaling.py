"""Plants an Auto Scaling group, and a launch configuration with a password in its user data."""

from collections.abc import Iterator
from typing import Any

from local.simulation.population.place import PASSWORD, TAG_LIST, Place
from local.simulation.population.planted import Planted
from local.simulation.population.site import Client, Site


def plant_each(site: Site, client: Client, _other: str) -> Iterator[Planted]:
    """Create a group without instances: EC2's module plants those."""
    place = Place(site, client, "autoscaling")
    scaling = place.client("autoscaling")
    scaling.create_launch_configuration(
        LaunchConfigurationName="old",
        ImageId="ami-12345678",
        InstanceType="t3.micro",
        AssociatePublicIpAddress=True,
        UserData=PASSWORD,
    )
    [made] = scaling.describe_launch_configurations()["LaunchConfigurations"]
    shows: dict[str, Any]
    arn, shows = made["LaunchConfigurationARN"], {"AssociatePublicIpAddress": True}
    yield place.planted("AutoScaling::LaunchConfiguration", arn, shows, own_id="old", tags={})
    scaling.create_auto_scaling_group(
        AutoScalingGroupName="web",
        LaunchConfigurationName="old",
        MinSize=0,
        MaxSize=1,
        VPCZoneIdentifier=",".join(place.subnets),
        Tags=[{**tag, "PropagateAtLaunch": True} for tag in TAG_LIST],
    )
    [group] = scaling.describe_auto_scaling_groups()["AutoScalingGroups"]
    arn, shows = group["AutoScalingGroupARN"], {"LaunchConfigurationName": "old"}
    yield place.planted("AutoScaling::AutoScalingGroup", arn, shows, own_id="web")

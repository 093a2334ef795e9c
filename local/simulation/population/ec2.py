"""Plants EC2 instances: running, stopped and terminated, with names in many scripts."""

from collections.abc import Iterator
from typing import Any

from moto.backends import get_backend
from moto.ec2.models import EC2Backend
from moto.ec2.models.instances import Instance

from local.simulation.population.ec2_hosts import plant_hosts
from local.simulation.population.ec2_networks import plant_networks
from local.simulation.population.ec2_place import Ec2Place
from local.simulation.population.ec2_storage import plant_settings, plant_storage
from local.simulation.population.planted import Planted
from local.simulation.population.site import Client, Site

STATES = ("running", "running", "stopped", "running", "running", "terminated", "running")
TYPES = (("m7g.large", "arm64"), ("t3.micro", "x86_64"), ("c7i.2xlarge", "x86_64"))
OLD_TYPE = "t3.micro"
"""Instances of this type do not require IMDSv2 tokens."""
NAMES = ("{}", "{} – Nœud", "サーバー {}", "🛰 {}", None)


def keep_one_subnet(backend: EC2Backend) -> None:
    """Delete all but the first subnet of the default VPC, to plant fewer resources."""
    for _, subnet in sorted(backend.get_default_subnets().items())[1:]:
        backend.delete_subnet(subnet.id)
    [acl] = backend.network_acls.values()
    standing = backend.get_default_subnets().values()
    kept = {one.id for one in standing}
    of_subnets: Any = acl._associations
    for key in [key for key, each in of_subnets.items() if each.subnet_id not in kept]:
        del of_subnets[key]


def plant(site: Site, amount: int) -> None:
    """Create `amount` instances in the site's Regions."""
    for _ in range(amount):
        _plant_instance(site, get_backend("ec2")[site.account_id][site.rng.choice(site.regions)])


def plant_each(site: Site, client: Client, other: str) -> Iterator[Planted]:
    """Create one resource of each type; some are shared with the account `other`."""
    region = site.regions[0]
    place = Ec2Place(site, client("ec2", account=site.account_id, region=region), other)
    yield from plant_networks(place)
    yield from plant_hosts(place)
    yield from plant_storage(place)
    yield plant_settings(place)


def change(site: Site) -> None:
    """Stop one running instance and tag another."""
    if running := [i for _, i in _instances(site) if i.state == "running"]:
        site.rng.choice(running).stop()
        site.rng.choice(running).add_tag("Patched", f"✅ {site.number()}")


def delete(site: Site) -> None:
    """Remove one instance, as AWS does an hour after its termination."""
    for backend, instance in _instances(site):
        if instance.state == "terminated":
            holder = next(r for r in backend.reservations.values() if instance in r.instances)
            del backend.reservations[holder.id]
            return


def _instances(site: Site) -> list[tuple[EC2Backend, Instance]]:
    backends = [get_backend("ec2")[site.account_id][region] for region in site.regions]
    return [(backend, instance) for backend in backends for instance in backend.all_instances()]


def _plant_instance(site: Site, backend: EC2Backend) -> None:
    instance_type, architecture = site.rng.choice(TYPES)
    name, subnets = site.one_of(NAMES), sorted(backend.get_default_subnets().items())
    instance = backend.run_instances(
        image_id=f"ami-{site.rng.randrange(16**17):017x}",
        count=1,
        user_data=None,
        security_group_names=["default"],
        instance_type=instance_type,
        is_instance_type_default=True,  # else moto searches thousands of offerings
        region_name=backend.region_name,
        subnet_id=site.rng.choice(subnets)[1].id,
        tags={"instance": site.tags() | ({"Name": name.format(site.name("node"))} if name else {})},
        ebs_optimized=site.chance(0.5),
        metadata_options={
            "HttpTokens": "optional" if instance_type == OLD_TYPE else "required",
            "HttpPutResponseHopLimit": 2,
        },
    ).instances[0]
    instance.architecture, instance.virtualization_type = architecture, "hvm"
    instance.kernel_id = None
    instance.launch_time = site.moment()
    for attached in (*instance.nics.values(), *instance.block_device_mapping.values()):
        attached.attach_time = instance.launch_time
    for device in instance.block_device_mapping.values():
        volume = backend.volumes[device.volume_id]
        volume.create_time = instance.launch_time
        if volume.attachment:
            volume.attachment.attach_time = instance.launch_time
    state = site.one_of(STATES)
    if state != "running":
        (instance.stop if state == "stopped" else instance.terminate)()
        instance._reason = f"User initiated ({site.moment():%Y-%m-%d %H:%M:%S} GMT)"

"""Plants a publicly accessible Amazon MQ broker."""

from collections.abc import Iterator

from moto.backends import get_backend

from local.simulation.population.place import PASSWORD, TAGS, Place
from local.simulation.population.planted import Planted
from local.simulation.population.site import Client, Site


def plant_each(site: Site, client: Client, _other: str) -> Iterator[Planted]:
    """Create a broker."""
    place = Place(site, client, "mq")
    mq = place.client("mq")
    broker = mq.create_broker(
        BrokerName="orders",
        EngineType="RABBITMQ",
        EngineVersion="3.13",
        HostInstanceType="mq.m5.large",
        DeploymentMode="SINGLE_INSTANCE",
        AutoMinorVersionUpgrade=False,
        PubliclyAccessible=True,
        Users=[{"Username": "admin", "Password": PASSWORD}],
    )["BrokerId"]
    arn = place.arn(f"broker:orders:{broker}")  # moto's ARN lacks the name
    get_backend("mq")[place.account][place.region].brokers[broker].arn = arn
    mq.create_tags(ResourceArn=arn, Tags=TAGS)
    shows = {"PubliclyAccessible": True}
    yield place.planted("AmazonMQ::Broker", arn, shows, own_id=broker, name="orders")

"""Plants an SNS topic, and a subscribed endpoint with a password."""

from collections.abc import Iterator

from local.simulation.population.place import PASSWORD, TAG_LIST, Place
from local.simulation.population.planted import Planted
from local.simulation.population.site import Client, Site


def plant_each(site: Site, client: Client, _other: str) -> Iterator[Planted]:
    """Create an unencrypted topic and two subscriptions."""
    place = Place(site, client, "sns")
    sns, queue = place.client("sns"), place.arn("jobs", "sqs")
    topic = sns.create_topic(Name="orders", Tags=TAG_LIST)["TopicArn"]
    shows = {"DisplayName": ""}
    yield place.planted("SNS::Topic", "orders", shows, own_id=topic, name="orders")
    for protocol, endpoint, shows in (
        ("sqs", queue, {"Endpoint": queue}),
        ("https", f"https://user:{PASSWORD}@example.com/", {"Protocol": "https"}),
    ):
        subscribed = sns.subscribe(
            TopicArn=topic, Protocol=protocol, Endpoint=endpoint, ReturnSubscriptionArn=True
        )["SubscriptionArn"]
        yield place.planted(
            "SNS::Subscription", subscribed, shows, own_id=subscribed, name=None, tags={}
        )

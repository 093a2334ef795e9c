"""Plants a public and a private Route 53 zone, and records with and without secrets."""

from collections.abc import Iterator
from typing import Any

from local.simulation.population.place import PASSWORD, TAG_LIST, TAGS, Place
from local.simulation.population.planted import Planted
from local.simulation.population.site import Client, Site

DOMAIN = "example.com."
PRIVATE = "intern.example.com."


def plant_each(site: Site, client: Client, _other: str) -> Iterator[Planted]:
    """Create a public zone with an address and a TXT record, and a private zone."""
    place = Place(site, client, "route53")
    route53 = place.client("route53")
    public = _zone(route53, DOMAIN)
    yield _planted_zone(place, public, DOMAIN, {"Config.PrivateZone": False})
    address = {"Name": f"www.{DOMAIN}", "Type": "A", "ResourceRecords": [{"Value": "192.0.2.1"}]}
    text = {"Name": DOMAIN, "Type": "TXT", "ResourceRecords": [{"Value": f'"{PASSWORD}"'}]}
    changes = [
        {"Action": "CREATE", "ResourceRecordSet": {"TTL": 300, **each}} for each in (address, text)
    ]
    route53.change_resource_record_sets(HostedZoneId=public, ChangeBatch={"Changes": changes})
    vpc = {"VPCRegion": place.region, "VPCId": place.vpc}
    private = _zone(route53, PRIVATE, VPC=vpc, HostedZoneConfig={"PrivateZone": True})
    shows = {"Config.PrivateZone": True, "supplementaryConfiguration.VPCs": [vpc]}
    yield _planted_zone(place, private, PRIVATE, shows)
    for zone in (public, private):
        for record in route53.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]:
            yield _record(place, zone, record)


def _zone(route53: Any, name: str, **arguments: Any) -> str:
    made = route53.create_hosted_zone(Name=name, CallerReference=name, **arguments)
    zone = str(made["HostedZone"]["Id"]).removeprefix("/hostedzone/")
    route53.change_tags_for_resource(ResourceType="hostedzone", ResourceId=zone, AddTags=TAG_LIST)
    return zone


def _planted_zone(place: Place, zone: str, name: str, shows: dict[str, Any]) -> Planted:
    arn = f"arn:aws:route53:::hostedzone/{zone}"
    return place.planted("Route53::HostedZone", arn, shows, name=name, tags=TAGS, region="global")


def _record(place: Place, zone: str, record: dict[str, Any]) -> Planted:
    """Return a record's expected values; TXT values may be secret, so they are excluded."""
    name, kind = record["Name"], record["Type"]
    shows = {"Type": kind}
    if kind != "TXT":
        shows["ResourceRecords"] = record["ResourceRecords"]
    arn = f"arn:aws:route53:::hostedzone/{zone}/recordset/{name}/{kind}"
    return place.planted("Route53::RecordSet", arn, shows, own_id=name, tags={}, region="global")

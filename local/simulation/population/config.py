"""Plants a stopped AWS Config recorder, and a rule."""

from collections.abc import Iterator
from typing import Any

from local.simulation.population.place import TAG_LIST, Place
from local.simulation.population.planted import Planted
from local.simulation.population.site import Client, Site


def plant_each(site: Site, client: Client, _other: str) -> Iterator[Planted]:
    """Create a recorder, its delivery channel, and an AWS managed rule."""
    place = Place(site, client, "config")
    config, source = place.client("config"), {"Owner": "AWS"}
    source["SourceIdentifier"] = "ENCRYPTED_VOLUMES"
    config.put_config_rule(
        ConfigRule={"ConfigRuleName": "encrypted", "Source": source}, Tags=TAG_LIST
    )
    [rule] = config.describe_config_rules()["ConfigRules"]
    shows: dict[str, Any]
    resource, shows = f"config-rule/{rule['ConfigRuleId']}", {"Source.Owner": "AWS"}
    yield place.planted("Config::ConfigRule", resource, shows, name="encrypted")
    role, bucket = f"arn:aws:iam::{place.account}:role/config", f"config-{place.account}"
    config.put_configuration_recorder(ConfigurationRecorder={"name": "all", "roleARN": role})
    place.client("s3").create_bucket(Bucket=bucket)
    config.put_delivery_channel(DeliveryChannel={"name": "all", "s3BucketName": bucket})
    [recorder] = config.describe_configuration_recorders()["ConfigurationRecorders"]
    shows = {
        "supplementaryConfiguration.DeliveryChannels.0.s3BucketName": bucket,
        "supplementaryConfiguration.Status.0.recording": False,
    }
    yield place.planted(
        "Config::ConfigurationRecorder", recorder["arn"], shows, own_id="all", tags={}
    )

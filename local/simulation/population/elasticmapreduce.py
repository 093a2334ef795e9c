"""Plants an EMR cluster with a password in its configuration."""

from collections.abc import Iterator

from local.simulation.population.place import PASSWORD, TAG_LIST, Place
from local.simulation.population.planted import Planted
from local.simulation.population.site import Client, Site

HIVE = "hive-site"


def plant_each(site: Site, client: Client, _other: str) -> Iterator[Planted]:
    """Create a cluster that is idle and lacks termination protection."""
    place = Place(site, client, "elasticmapreduce")
    made = place.client("emr").run_job_flow(
        Name="nightly",
        Instances={
            "InstanceCount": 1,
            "MasterInstanceType": "m5.xlarge",
            "KeepJobFlowAliveWhenNoSteps": True,
        },
        Configurations=[{"Classification": HIVE, "Properties": {"password": PASSWORD}}],
        JobFlowRole="EMR_EC2_DefaultRole",
        ServiceRole="EMR_DefaultRole",
        Tags=TAG_LIST,
    )
    shows = {"TerminationProtected": False, "Configurations": [{"Classification": HIVE}]}
    yield place.planted("EMR::Cluster", f"cluster/{made['JobFlowId']}", shows, name="nightly")

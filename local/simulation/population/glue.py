"""Plants one of each of Glue's types, with passwords in typical places."""

from collections.abc import Iterator

from local.simulation.population.place import PASSWORD, TAGS, Place
from local.simulation.population.planted import Planted
from local.simulation.population.site import Client, Site


def plant_each(site: Site, client: Client, _other: str) -> Iterator[Planted]:
    """Create a database, a crawler, and a job and a connection with passwords."""
    place = Place(site, client, "glue")
    glue, role = place.client("glue"), f"arn:aws:iam::{place.account}:role/glue"
    glue.create_database(DatabaseInput={"Name": "lake"}, Tags=TAGS)
    yield place.planted("Glue::Database", "database/lake", {"CatalogId": place.account})
    script = {"Name": "glueetl", "ScriptLocation": "s3://scripts/load.py"}
    arguments = {"--password": PASSWORD}
    glue.create_job(Name="load", Role=role, Command=script, DefaultArguments=arguments, Tags=TAGS)
    yield place.planted("Glue::Job", "job/load", {"Role": role, "Command": script})
    targets = {"S3Targets": [{"Path": "s3://lake/"}]}
    glue.create_crawler(Name="nightly", Role=role, DatabaseName="lake", Targets=targets, Tags=TAGS)
    yield place.planted("Glue::Crawler", "crawler/nightly", {"DatabaseName": "lake"})
    kept = {"JDBC_ENFORCE_SSL": "false"}
    url = f"jdbc:mysql://db/?password={PASSWORD}"
    glue.create_connection(
        ConnectionInput={
            "Name": "orders",
            "ConnectionType": "JDBC",
            "ConnectionProperties": {"JDBC_CONNECTION_URL": url, "PASSWORD": PASSWORD, **kept},
        },
        Tags=TAGS,
    )
    yield place.planted("Glue::Connection", "connection/orders", {"ConnectionProperties": kept})

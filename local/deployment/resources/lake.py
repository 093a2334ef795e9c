"""Databases and tables of Glue, workgroups and named queries of Athena."""

from local.deployment.resources.registry import only, resource, tag_list
from local.deployment.stack import Created, Deployment, Properties


@resource("AWS::Glue::Database", "CatalogId DatabaseInput")
def database(deployment: Deployment, properties: Properties) -> Created:
    """Create a Glue database."""
    deployment.client("glue").create_database(**properties)
    return Created(properties["DatabaseInput"]["Name"])


@resource("AWS::Glue::Table", "CatalogId DatabaseName TableInput")
def glue_table(deployment: Deployment, properties: Properties) -> Created:
    """Create a Glue table."""
    deployment.client("glue").create_table(**properties)
    return Created(properties["TableInput"]["Name"])


@resource(
    "AWS::Athena::WorkGroup", "Description Name RecursiveDeleteOption Tags WorkGroupConfiguration"
)
def work_group(deployment: Deployment, properties: Properties) -> Created:
    """Create a workgroup."""
    configuration = dict(properties["WorkGroupConfiguration"])
    if "BytesScannedCutoffPerQuery" in configuration:
        cutoff = int(configuration["BytesScannedCutoffPerQuery"])
        configuration["BytesScannedCutoffPerQuery"] = cutoff
    deployment.client("athena").create_work_group(
        Configuration=configuration,
        Tags=tag_list(properties),
        **only(properties, "Description Name"),
    )
    return Created(properties["Name"])


@resource("AWS::Athena::NamedQuery", "Database Description Name QueryString WorkGroup")
def named_query(deployment: Deployment, properties: Properties) -> Created:
    """Save a query."""
    made = deployment.client("athena").create_named_query(**properties)["NamedQueryId"]
    return Created(made, {"NamedQueryId": made})

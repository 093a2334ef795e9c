"""SQL over files: the databases and tables of Glue, the workgroups and named queries of Athena."""

from typing import Any

from moto.backends import get_backend

from local.resources.registry import only, resource, tag_list
from local.stack import Created, Deployment, Properties, StackResource


def change_database(deployment: Deployment, old: StackResource, properties: Properties) -> None:
    """Change what is said of a database."""
    deployment.client("glue").update_database(Name=old.physical_id, **properties)


@resource(
    "AWS::Glue::Database",
    "CatalogId DatabaseInput",
    lambda deployment, database: deployment.client("glue").delete_database(
        Name=database.physical_id
    ),
    changeable="DatabaseInput",
    change=change_database,
)
def database(deployment: Deployment, properties: Properties) -> Created:
    """Create a database of the catalogue."""
    deployment.client("glue").create_database(**properties)
    return Created(properties["DatabaseInput"]["Name"])


def delete_glue_table(deployment: Deployment, table: StackResource) -> None:
    """Delete a table; its files stay."""
    deployment.client("glue").delete_table(
        DatabaseName=table.properties["DatabaseName"], Name=table.physical_id
    )


@resource(
    "AWS::Glue::Table",
    "CatalogId DatabaseName TableInput",
    delete_glue_table,
    changeable="TableInput",
    change=lambda deployment, _, properties: deployment.client("glue").update_table(**properties),
)
def glue_table(deployment: Deployment, properties: Properties) -> Created:
    """Create a table of the catalogue."""
    deployment.client("glue").create_table(**properties)
    return Created(properties["TableInput"]["Name"])


def backend(deployment: Deployment) -> Any:
    """Return moto's Athena, which has no UpdateWorkGroup and no DeleteNamedQuery."""
    return get_backend("athena")[deployment.stack.account][deployment.stack.region]


def work_group_settings(properties: Properties) -> Properties:
    """Return a workgroup's configuration as Athena's API takes it."""
    configuration = dict(properties["WorkGroupConfiguration"])
    if "BytesScannedCutoffPerQuery" in configuration:
        cutoff = int(configuration["BytesScannedCutoffPerQuery"])
        configuration["BytesScannedCutoffPerQuery"] = cutoff
    return configuration


def delete_work_group(deployment: Deployment, group: StackResource) -> None:
    """Delete a workgroup, with all that is in it where the template says so."""
    deployment.client("athena").delete_work_group(
        WorkGroup=group.physical_id, **only(group.properties, "RecursiveDeleteOption")
    )


def change_work_group(deployment: Deployment, old: StackResource, properties: Properties) -> None:
    """Change a workgroup's configuration."""
    group = backend(deployment).work_groups[old.physical_id]
    group.configuration = work_group_settings(properties)


@resource(
    "AWS::Athena::WorkGroup",
    "Description Name RecursiveDeleteOption Tags WorkGroupConfiguration",
    delete_work_group,
    changeable="WorkGroupConfiguration",
    change=change_work_group,
)
def work_group(deployment: Deployment, properties: Properties) -> Created:
    """Create a workgroup."""
    deployment.client("athena").create_work_group(
        Configuration=work_group_settings(properties),
        Tags=tag_list(properties),
        **only(properties, "Description Name"),
    )
    return Created(properties["Name"])


@resource(
    "AWS::Athena::NamedQuery",
    "Database Description Name QueryString WorkGroup",
    lambda deployment, query: backend(deployment).named_queries.pop(query.physical_id),
)
def named_query(deployment: Deployment, properties: Properties) -> Created:
    """Save a query; one that changes is a new one to CloudFormation too."""
    made = deployment.client("athena").create_named_query(**properties)["NamedQueryId"]
    return Created(made, {"NamedQueryId": made})

"""Lambda functions, layers, permissions and event source mappings."""

from typing import Any

from local.resources.registry import only, resource, tag_map
from local.stack import Created, Deployment, Properties, StackResource

FUNCTION_SETTINGS = (
    "Architectures Code Description Environment EphemeralStorage Handler KmsKeyArn Layers "
    "LoggingConfig MemorySize Role Runtime Timeout TracingConfig"
)


def package_at(deployment: Deployment, place: dict[str, str]) -> dict[str, Any]:
    """Return code as Lambda's API takes it; moto would not look at the version of an object."""
    if "S3ObjectVersion" not in place:
        return place
    stored = deployment.client("s3").get_object(
        Bucket=place["S3Bucket"], Key=place["S3Key"], VersionId=place["S3ObjectVersion"]
    )
    return {"ZipFile": stored["Body"].read()}


def delete_function(deployment: Deployment, function_resource: StackResource) -> None:
    """Delete a function."""
    deployment.client("lambda").delete_function(FunctionName=function_resource.physical_id)


def function_settings(properties: Properties) -> dict[str, Any]:
    """Return a function's properties as Lambda's API takes them."""
    settings = only(properties, FUNCTION_SETTINGS)
    if "KmsKeyArn" in settings:
        settings["KMSKeyArn"] = settings.pop("KmsKeyArn")
    for number in ("MemorySize", "Timeout"):
        if number in settings:
            settings[number] = int(settings[number])
    variables = settings.get("Environment", {}).get("Variables", {})
    settings["Environment"] = {"Variables": {key: str(variables[key]) for key in variables}}
    return settings


def change_function(deployment: Deployment, old: StackResource, properties: Properties) -> None:
    """Change a function's code and configuration."""
    client, name = deployment.client("lambda"), old.physical_id
    settings = function_settings(properties)
    code, architectures = settings.pop("Code"), settings.pop("Architectures")
    package = package_at(deployment, code)
    client.update_function_code(FunctionName=name, Architectures=architectures, **package)
    client.update_function_configuration(FunctionName=name, **settings)


@resource(
    "AWS::Lambda::Function",
    f"{FUNCTION_SETTINGS} FunctionName ReservedConcurrentExecutions Tags",
    delete_function,
    changeable=FUNCTION_SETTINGS,
    change=change_function,
)
def function(deployment: Deployment, properties: Properties) -> Created:
    """Create a function."""
    client = deployment.client("lambda")
    name = properties.get("FunctionName") or deployment.name()
    settings = function_settings(properties)
    settings["Code"] = package_at(deployment, settings["Code"])
    arn = client.create_function(FunctionName=name, Tags=tag_map(properties), **settings)[
        "FunctionArn"
    ]
    if "ReservedConcurrentExecutions" in properties:
        client.put_function_concurrency(
            FunctionName=name,
            ReservedConcurrentExecutions=int(properties["ReservedConcurrentExecutions"]),
        )
    return Created(name, {"Arn": arn})


def delete_layer(deployment: Deployment, layer_resource: StackResource) -> None:
    """Delete a layer's version."""
    layer_arn, _, version = layer_resource.physical_id.rpartition(":")
    deployment.client("lambda").delete_layer_version(
        LayerName=layer_arn.rpartition(":")[2], VersionNumber=int(version)
    )


@resource(
    "AWS::Lambda::LayerVersion",
    "CompatibleArchitectures CompatibleRuntimes Content Description LayerName LicenseInfo",
    delete_layer,
)
def layer(deployment: Deployment, properties: Properties) -> Created:
    """Publish a layer."""
    content = package_at(deployment, properties["Content"])
    settings = {"LayerName": deployment.name(140), **properties, "Content": content}
    arn = deployment.client("lambda").publish_layer_version(**settings)["LayerVersionArn"]
    return Created(arn, {"LayerVersionArn": arn})


def delete_permission(deployment: Deployment, permission_resource: StackResource) -> None:
    """Take a permission from its function."""
    deployment.client("lambda").remove_permission(
        FunctionName=permission_resource.properties["FunctionName"],
        StatementId=permission_resource.physical_id,
    )


@resource(
    "AWS::Lambda::Permission",
    "Action FunctionName Principal PrincipalOrgID SourceAccount SourceArn",
    delete_permission,
)
def permission(deployment: Deployment, properties: Properties) -> Created:
    """Let a service or an account invoke a function."""
    statement = deployment.name(100)
    deployment.client("lambda").add_permission(StatementId=statement, **properties)
    return Created(statement, {"Id": statement})


def delete_mapping(deployment: Deployment, mapping_resource: StackResource) -> None:
    """Delete an event source mapping."""
    deployment.client("lambda").delete_event_source_mapping(UUID=mapping_resource.physical_id)


@resource(
    "AWS::Lambda::EventSourceMapping",
    "BatchSize Enabled EventSourceArn FilterCriteria FunctionName FunctionResponseTypes "
    "KmsKeyArn MaximumBatchingWindowInSeconds ScalingConfig Tags",
    delete_mapping,
)
def event_source_mapping(deployment: Deployment, properties: Properties) -> Created:
    """Feed a function from a queue."""
    settings: dict[str, Any] = dict(properties)
    for number in ("BatchSize", "MaximumBatchingWindowInSeconds"):
        if number in settings:
            settings[number] = int(settings[number])
    if "ScalingConfig" in settings:
        most = int(settings["ScalingConfig"]["MaximumConcurrency"])
        settings["ScalingConfig"] = {"MaximumConcurrency": most}
    settings["Tags"] = tag_map(properties)
    made = deployment.client("lambda").create_event_source_mapping(**settings)
    return Created(made["UUID"], {"Id": made["UUID"], "EventSourceMappingArn": made["UUID"]})

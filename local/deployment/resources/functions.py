"""Lambda functions, layers and event source mappings."""

from typing import Any

from local.deployment.resources.registry import only, resource, tag_map
from local.deployment.stack import Created, Deployment, Properties

FUNCTION_SETTINGS = (
    "Architectures Code Description Environment EphemeralStorage Handler Layers "
    "LoggingConfig MemorySize Role Runtime Timeout TracingConfig"
)


def function_settings(properties: Properties) -> dict[str, Any]:
    """Convert a function's properties to Lambda's API parameters."""
    settings = only(properties, FUNCTION_SETTINGS)
    for number in ("MemorySize", "Timeout"):
        if number in settings:
            settings[number] = int(settings[number])
    variables = settings.get("Environment", {}).get("Variables", {})
    settings["Environment"] = {"Variables": {key: str(variables[key]) for key in variables}}
    return settings


@resource(
    "AWS::Lambda::Function", f"{FUNCTION_SETTINGS} FunctionName ReservedConcurrentExecutions Tags"
)
def function(deployment: Deployment, properties: Properties) -> Created:
    """Create a function."""
    client = deployment.client("lambda")
    name = properties.get("FunctionName") or deployment.name()
    settings = function_settings(properties)
    arn = client.create_function(FunctionName=name, Tags=tag_map(properties), **settings)[
        "FunctionArn"
    ]
    if "ReservedConcurrentExecutions" in properties:
        client.put_function_concurrency(
            FunctionName=name,
            ReservedConcurrentExecutions=int(properties["ReservedConcurrentExecutions"]),
        )
    return Created(name, {"Arn": arn})


@resource(
    "AWS::Lambda::LayerVersion",
    "CompatibleArchitectures CompatibleRuntimes Content Description LayerName LicenseInfo",
)
def layer(deployment: Deployment, properties: Properties) -> Created:
    """Publish a layer."""
    settings = {"LayerName": deployment.name(140), **properties}
    arn = deployment.client("lambda").publish_layer_version(**settings)["LayerVersionArn"]
    return Created(arn, {"LayerVersionArn": arn})


@resource(
    "AWS::Lambda::EventSourceMapping",
    "BatchSize Enabled EventSourceArn FilterCriteria FunctionName FunctionResponseTypes "
    "KmsKeyArn MaximumBatchingWindowInSeconds ScalingConfig Tags",
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

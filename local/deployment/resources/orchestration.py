"""State machines and schedules."""

import re
from typing import Any

from local.deployment.resources.registry import only, resource, tag_list
from local.deployment.stack import Created, Deployment, Properties

SUBSTITUTION = re.compile(r"\$\{([A-Za-z0-9]+)\}")


def definition(properties: Properties) -> str:
    """Return the ASL definition with its substitutions applied."""
    values: dict[str, Any] = properties.get("DefinitionSubstitutions", {})
    return SUBSTITUTION.sub(
        lambda found: str(values.get(found[1], found[0])), properties["DefinitionString"]
    )


def camel(value: Any) -> Any:
    """Return a structure with camelCase keys, as in Step Functions' API."""
    if isinstance(value, list):
        return [camel(item) for item in value]
    if isinstance(value, dict):
        return {key[:1].lower() + key[1:]: camel(item) for key, item in value.items()}
    return value


@resource(
    "AWS::StepFunctions::StateMachine",
    "DefinitionString DefinitionSubstitutions LoggingConfiguration RoleArn StateMachineType Tags "
    "TracingConfiguration",
)
def state_machine(deployment: Deployment, properties: Properties) -> Created:
    """Create a state machine."""
    name = deployment.name(80)
    arn = deployment.client("stepfunctions").create_state_machine(
        name=name,
        definition=definition(properties),
        roleArn=properties["RoleArn"],
        type=properties.get("StateMachineType", "STANDARD"),
        tags=tag_list(properties, "key", "value"),
        **camel(only(properties, "LoggingConfiguration TracingConfiguration")),
    )["stateMachineArn"]
    return Created(arn, {"Arn": arn, "Name": name})


SCHEDULE_SETTINGS = (
    "Description EndDate FlexibleTimeWindow KmsKeyArn ScheduleExpression "
    "ScheduleExpressionTimezone StartDate State Target"
)


@resource("AWS::Scheduler::Schedule", f"{SCHEDULE_SETTINGS} GroupName Name")
def schedule(deployment: Deployment, properties: Properties) -> Created:
    """Create a schedule. It fires only through EmbeddedAws.trigger."""
    settings = {"Name": deployment.name(), **properties}
    arn = deployment.client("scheduler").create_schedule(**settings)["ScheduleArn"]
    return Created(settings["Name"], {"Arn": arn})

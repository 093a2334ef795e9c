"""State machines and schedules."""

import json
import re
from typing import Any

from samtranslator.yaml_helper import yaml_parse

from local.resources.registry import only, resource, tag_list
from local.stack import Created, Deployment, Properties, StackResource

SUBSTITUTION = re.compile(r"\$\{([A-Za-z0-9]+)\}")


def definition(deployment: Deployment, properties: Properties) -> str:
    """Return the ASL as text, from the template or from S3, its substitutions filled in."""
    if "DefinitionS3Location" in properties:
        where = properties["DefinitionS3Location"]
        named = {"VersionId" if key == "Version" else key: where[key] for key in where}
        answer = deployment.client("s3").get_object(**named)
        given = yaml_parse(answer["Body"].read().decode())  # JSON is YAML too
    else:
        given = properties.get("DefinitionString", properties.get("Definition"))
    text = given if isinstance(given, str) else json.dumps(given)
    values: dict[str, Any] = properties.get("DefinitionSubstitutions", {})
    return SUBSTITUTION.sub(lambda found: str(values.get(found[1], found[0])), text)


def camel(value: Any) -> Any:
    """Return a structure with its keys begun in lower case, as Step Functions' API has them."""
    if isinstance(value, list):
        return [camel(item) for item in value]
    if isinstance(value, dict):
        return {key[:1].lower() + key[1:]: camel(item) for key, item in value.items()}
    return value


def delete_state_machine(deployment: Deployment, machine: StackResource) -> None:
    """Delete a state machine."""
    deployment.client("stepfunctions").delete_state_machine(stateMachineArn=machine.physical_id)


MACHINE_SETTINGS = (
    "Definition DefinitionS3Location DefinitionString DefinitionSubstitutions "
    "EncryptionConfiguration LoggingConfiguration RoleArn TracingConfiguration"
)


def change_state_machine(
    deployment: Deployment, old: StackResource, properties: Properties
) -> None:
    """Change a state machine's definition, role and settings."""
    deployment.client("stepfunctions").update_state_machine(
        stateMachineArn=old.physical_id,
        definition=definition(deployment, properties),
        roleArn=properties["RoleArn"],
        **camel(
            only(properties, "EncryptionConfiguration LoggingConfiguration TracingConfiguration")
        ),
    )


@resource(
    "AWS::StepFunctions::StateMachine",
    f"{MACHINE_SETTINGS} StateMachineName StateMachineType Tags",
    delete_state_machine,
    changeable=MACHINE_SETTINGS,
    change=change_state_machine,
)
def state_machine(deployment: Deployment, properties: Properties) -> Created:
    """Create a state machine."""
    name = properties.get("StateMachineName") or deployment.name(80)
    arn = deployment.client("stepfunctions").create_state_machine(
        name=name,
        definition=definition(deployment, properties),
        roleArn=properties["RoleArn"],
        type=properties.get("StateMachineType", "STANDARD"),
        tags=tag_list(properties, "key", "value"),
        **camel(
            only(properties, "EncryptionConfiguration LoggingConfiguration TracingConfiguration")
        ),
    )["stateMachineArn"]
    return Created(arn, {"Arn": arn, "Name": name})


def delete_schedule(deployment: Deployment, schedule_resource: StackResource) -> None:
    """Delete a schedule."""
    deployment.client("scheduler").delete_schedule(
        Name=schedule_resource.physical_id, **only(schedule_resource.properties, "GroupName")
    )


SCHEDULE_SETTINGS = (
    "Description EndDate FlexibleTimeWindow KmsKeyArn ScheduleExpression "
    "ScheduleExpressionTimezone StartDate State Target"
)


def change_schedule(deployment: Deployment, old: StackResource, properties: Properties) -> None:
    """Change everything of a schedule but its name and group."""
    settings = only(properties, f"{SCHEDULE_SETTINGS} GroupName")
    deployment.client("scheduler").update_schedule(Name=old.physical_id, **settings)


@resource(
    "AWS::Scheduler::Schedule",
    f"{SCHEDULE_SETTINGS} GroupName Name",
    delete_schedule,
    changeable=SCHEDULE_SETTINGS,
    change=change_schedule,
)
def schedule(deployment: Deployment, properties: Properties) -> Created:
    """Create a schedule. It does not fire by itself: nobody waits a day for a laptop."""
    settings = {"Name": deployment.name(), **properties}
    arn = deployment.client("scheduler").create_schedule(**settings)["ScheduleArn"]
    return Created(settings["Name"], {"Arn": arn})

"""What a request to CloudFormation asks for: a template, its parameters and tags."""

from collections.abc import Callable
from typing import Any
from urllib.parse import unquote, urlsplit

from samtranslator.yaml_helper import yaml_parse

from local.call import Call
from local.cloudformation.record import Revision
from local.template import transform


def revision(call: Call, before: Revision | None, client: Callable[..., Any]) -> Revision:
    """Return what a stack is to become; `before` is what it is."""
    asked = call.parameters
    text = before.body if asked.get("UsePreviousTemplate") and before else body(call, client)
    given = {
        each["ParameterKey"]: before.parameters.get(each["ParameterKey"])
        if each.get("UsePreviousValue") and before
        else each["ParameterValue"]
        for each in asked.get("Parameters", [])
    }
    parameters = {name: value for name, value in given.items() if value is not None}
    tags = tuple(sorted((tag["Key"], tag["Value"]) for tag in asked.get("Tags", [])))
    return Revision(text, transform(yaml_parse(text), call.region, parameters), parameters, tags)


def template(call: Call, client: Callable[..., Any]) -> dict[str, Any]:
    """Return the template of a request as it stands there."""
    parsed: dict[str, Any] = yaml_parse(body(call, client))
    return parsed


def body(call: Call, client: Callable[..., Any]) -> str:
    """Return the text of a request's template, from S3 where it is there."""
    asked = call.parameters
    if "TemplateURL" not in asked:
        return str(asked["TemplateBody"])
    bucket, _, key = unquote(urlsplit(asked["TemplateURL"]).path).lstrip("/").partition("/")
    s3 = client("s3", call.account, call.region)
    return str(s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode())

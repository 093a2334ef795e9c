"""Prepares a SAM template for deployment: packages local folders, transforms SAM."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import yaml
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import intrinsics_multi_constructor

from local.deployment.stack import DeploymentError

SAM = "AWS::Serverless-2016-10-31"
MACRO = "Fn::Transform"
INCLUDE = "AWS::Include"
Template = dict[str, Any]
Upload = Callable[[Path], str]  # takes a folder, returns the s3:// URI of its package


def load_template(path: Path, region: str, parameters: dict[str, Any], upload: Upload) -> Template:
    """Return the CloudFormation template that `sam package` and AWS's transform would produce.

    `parameters` are the values that the transform may read. Works offline.
    """
    template = read_template(path)
    if template.get("Transform") != SAM:
        return template
    defaults = template.get("Globals", {}).get("Function", {})
    for resource in template["Resources"].values():
        properties = resource.get("Properties", {})
        if resource["Type"] == "AWS::Serverless::Function":
            folder = path.parent / properties.get("CodeUri", defaults.get("CodeUri", "."))
            properties["CodeUri"] = upload(import_root(folder, resource.get("Metadata", {})))
        elif resource["Type"] == "AWS::Serverless::LayerVersion":
            properties["ContentUri"] = upload(path.parent / properties["ContentUri"])
        elif isinstance(definition := properties.get("DefinitionUri"), str):
            properties["Definition"] = parse((path.parent / definition).read_text("utf-8"))
            del properties["DefinitionUri"]
    translator = Translator({}, Parser(), boto_session=boto3.Session(region_name=region))
    done: Template = json.loads(json.dumps(translator.translate(template, parameters)))
    return done


def read_template(path: Path) -> Template:
    """Return the template in a file, with the Resources of its included snippet merged in.

    As on AWS, a snippet cannot use short forms of intrinsic functions. Raises DeploymentError.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/transform-aws-include.html
    """
    template = parse(path.read_text("utf-8"))
    macro = template.get("Resources", {}).pop(MACRO, None)
    if macro is None:
        return template
    if macro["Name"] != INCLUDE:
        raise DeploymentError(f"the macro {macro['Name']} is not supported here")
    snippet = path.parent / macro["Parameters"]["Location"]
    try:
        template["Resources"] |= yaml.load(snippet.read_text("utf-8"), yaml.CSafeLoader)
    except yaml.YAMLError as error:
        raise DeploymentError(f"{snippet.name} is not valid YAML or JSON: {error}") from error
    return template


class _ShortForms(yaml.CSafeLoader):
    """Parses the short forms of intrinsic functions like SAM's parser, ten times as fast."""


_ShortForms.add_multi_constructor("!", intrinsics_multi_constructor)


def parse(text: str) -> Template:
    """Return a template, with intrinsic functions in their long form."""
    template: Template = yaml.load(text, _ShortForms)  # noqa: S506 - a safe loader
    return template


def import_root(folder: Path, metadata: dict[str, Any]) -> Path:
    """Return the folder to which a function's handler name is relative.

    With `ParentPackageMode: explicit`, SAM builds CodeUri below its ParentPackages. Unbuilt sources
    are already below them, so the root is that many folders up.
    """
    build = metadata.get("BuildProperties", {})
    if build.get("ParentPackageMode") != "explicit":
        return folder
    parents = tuple(build["ParentPackages"].replace("/", ".").split("."))
    resolved = folder.resolve()
    return (
        resolved.parents[len(parents) - 1] if resolved.parts[-len(parents) :] == parents else folder
    )

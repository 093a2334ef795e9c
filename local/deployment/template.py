"""A SAM template, made ready to deploy: local folders packaged, SAM turned into CloudFormation."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import boto3
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

SAM = "AWS::Serverless-2016-10-31"
Template = dict[str, Any]
Upload = Callable[[Path], str]  # a folder in, the s3:// URI of its package out


def load_template(path: Path, region: str, parameters: dict[str, Any], upload: Upload) -> Template:
    """Return the CloudFormation template that `sam package` and AWS's transform make of a file.

    `parameters` are the values that the transform may look at. Works without a network.
    """
    template = cast("Template", yaml_parse(path.read_text()))
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
            properties["Definition"] = yaml_parse((path.parent / definition).read_text())
            del properties["DefinitionUri"]
    translator = Translator({}, Parser(), boto_session=boto3.Session(region_name=region))
    done: Template = json.loads(json.dumps(translator.translate(template, parameters)))
    return done


def import_root(folder: Path, metadata: dict[str, Any]) -> Path:
    """Return the folder that a function's handler is named from.

    With `ParentPackageMode: explicit` SAM builds CodeUri below its ParentPackages; unbuilt, the
    sources lie below them already, so the root is that many folders up.
    """
    build = metadata.get("BuildProperties", {})
    if build.get("ParentPackageMode") != "explicit":
        return folder
    parents = tuple(build["ParentPackages"].replace("/", ".").split("."))
    resolved = folder.resolve()
    return (
        resolved.parents[len(parents) - 1] if resolved.parts[-len(parents) :] == parents else folder
    )

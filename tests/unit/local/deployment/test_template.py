"""The embedded AWS reads a template with the resources that it includes, as AWS does."""

import json
from pathlib import Path
from typing import Any

import pytest

from local.deployment.stack import DeploymentError
from local.deployment.template import read_template

TOPIC = {"Type": "AWS::SNS::Topic"}


def write(folder: Path, macro: str, snippet: str) -> Path:
    """Write a template and the snippet that it includes; return the template's path."""
    include = {"Name": macro, "Parameters": {"Location": "more/snippet.yaml"}}
    template: dict[str, Any] = {"Resources": {"Own": TOPIC, "Fn::Transform": include}}
    (folder / "more").mkdir()
    (folder / "more" / "snippet.yaml").write_text(snippet)
    path = folder / "template.yaml"
    path.write_text(json.dumps(template))
    return path


def test_included_resources_stand_beside_the_templates_own(tmp_path: Path) -> None:
    path = write(tmp_path, "AWS::Include", "More: {Type: AWS::SNS::Topic}")
    assert read_template(path)["Resources"] == {"Own": TOPIC, "More": TOPIC}


def test_a_snippet_with_a_short_form_is_refused_as_on_aws(tmp_path: Path) -> None:
    path = write(tmp_path, "AWS::Include", "More: {Type: AWS::SNS::Topic, Condition: !Ref Is}")
    with pytest.raises(DeploymentError, match="is not valid"):
        read_template(path)


def test_another_macro_is_refused_by_name(tmp_path: Path) -> None:
    path = write(tmp_path, "Surprise", "{}")
    with pytest.raises(DeploymentError, match="macro Surprise"):
        read_template(path)

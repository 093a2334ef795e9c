"""AWS's own lists, as shipped in cfn-lint: actions, resources and CloudFormation types."""

import json
import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any

LISTS = files("cfnlint.data")


@cache
def actions() -> dict[str, Any]:
    """Return AWS's services with their actions (in lower case) and resources.

    From the Service Authorization Reference.
    """
    path = LISTS / "AdditionalSpecs" / "Policies.json"
    lists: dict[str, Any] = json.loads(path.read_text())
    return lists


def has_action(action: str) -> bool:
    """Return whether AWS has an IAM action."""
    prefix, _, name = action.partition(":")
    return name.lower() in actions().get(prefix, {}).get("Actions", {})


def arn_formats(service: str) -> Iterator[tuple[str, str]]:
    """Yield the ARN patterns of a service's resources, up to the account and after it."""
    for resource in actions()[service]["Resources"].values():
        for text in resource["ARNFormats"]:
            *place, name = (
                re.sub(r"\$\{[A-Za-z]+\}", "[^:]+", part) for part in text.split(":", 5)
            )
            yield ":".join(place), name


@cache
def cloudformation_types() -> frozenset[str]:
    """Return the names of CloudFormation's types in us-east-1, which has the most."""
    path = LISTS / "schemas" / "providers" / "us-east-1.json"
    return frozenset(json.loads(path.read_text()))

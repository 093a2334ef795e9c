"""Template parameters: defaults, types and constraints.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html
"""

import re
from collections.abc import Iterator
from typing import Any


class InvalidParameterError(ValueError):
    """A parameter is missing, unknown, or violates a constraint of the template."""


def parameter_values(declared: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """Return a value for each declared parameter: lists as lists, all others as strings.

    Raises InvalidParameterError, which names the parameter and the allowed values.
    """
    if unknown := sorted(set(given) - set(declared)):
        raise InvalidParameterError(f"the template has no parameter {', '.join(unknown)}")
    return {name: _value(name, rules, given) for name, rules in declared.items()}


def _value(name: str, rules: dict[str, Any], given: dict[str, Any]) -> Any:
    value = given.get(name, rules.get("Default"))
    if value is None:
        raise InvalidParameterError(f"parameter {name} needs a value")
    text = ",".join(map(str, value)) if isinstance(value, list) else str(value)
    if rules["Type"] == "CommaDelimitedList" or rules["Type"].startswith("List<"):
        items = [item.strip() for item in text.split(",")]
        for item in items:
            _check(name, rules, item)
        return items
    _check(name, rules, text)
    return text


def _check(name: str, rules: dict[str, Any], text: str) -> None:
    for problem in _problems(rules, text):
        explained = rules.get("ConstraintDescription", problem)
        raise InvalidParameterError(f"parameter {name}: {text!r} is not allowed: {explained}")


def _problems(rules: dict[str, Any], text: str) -> Iterator[str]:
    if rules["Type"] in ("Number", "List<Number>"):
        yield from _problems_of_number(rules, text)
    allowed = [str(value) for value in rules.get("AllowedValues", [])]
    if allowed and text not in allowed:
        yield f"allowed are {', '.join(allowed)}"
    if not re.fullmatch(rules.get("AllowedPattern", ".*"), text, re.DOTALL):
        yield f"it must match {rules['AllowedPattern']}"
    if len(text) < int(rules.get("MinLength", 0)):
        yield f"at least {rules['MinLength']} characters"
    if len(text) > int(rules.get("MaxLength", len(text))):
        yield f"at most {rules['MaxLength']} characters"


def _problems_of_number(rules: dict[str, Any], text: str) -> Iterator[str]:
    try:
        number = float(text)
    except ValueError:
        yield "it is not a number"
        return
    if number < float(rules.get("MinValue", number)):
        yield f"the minimum is {rules['MinValue']}"
    if number > float(rules.get("MaxValue", number)):
        yield f"the maximum is {rules['MaxValue']}"

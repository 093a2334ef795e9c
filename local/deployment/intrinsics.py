"""CloudFormation's intrinsic functions, conditions and pseudo parameters.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
"""

import base64
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

NO_VALUE = object()
VARIABLE = re.compile(r"\$\{([^}!][^}]*)\}")
LITERAL = re.compile(r"\$\{!([^}]*)\}")


class UnresolvedReferenceError(Exception):
    """A template refers to something missing, or uses an unsupported function."""


@dataclass
class Resolver:
    """Resolves values of a template. `attribute` is called for GetAtt; `references` holds Refs."""

    references: dict[str, Any]
    attribute: Callable[[str, str], Any]
    mappings: dict[str, Any] = field(default_factory=dict)
    conditions: dict[str, Any] = field(default_factory=dict)

    def resolve(self, value: Any) -> Any:
        """Return the value with all intrinsic functions resolved."""
        if isinstance(value, list):
            items = [self.resolve(item) for item in value]
            return [item for item in items if item is not NO_VALUE]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            [(name, argument)] = value.items()
            if name == "Ref":
                return self._ref(argument)
            if name == "Condition" and isinstance(argument, str):
                return self.holds(argument)
            if name.startswith("Fn::"):
                function = FUNCTIONS.get(name)
                if function is None:
                    raise UnresolvedReferenceError(f"{name} is not supported")
                return function(self, argument)
        done = {key: self.resolve(item) for key, item in value.items()}
        return {key: item for key, item in done.items() if item is not NO_VALUE}

    def holds(self, condition: str) -> bool:
        """Return whether the named condition is true."""
        if condition not in self.conditions:
            raise UnresolvedReferenceError(f"no condition {condition}")
        return bool(self.resolve(self.conditions[condition]))

    def _ref(self, name: str) -> Any:
        if name == "AWS::NoValue":
            return NO_VALUE
        if name not in self.references:
            raise UnresolvedReferenceError(f"Ref {name}: no such parameter or resource")
        return self.references[name]

    def _get_att(self, argument: Any) -> Any:
        resource, attribute = argument if isinstance(argument, list) else argument.split(".", 1)
        return self.attribute(resource, attribute)

    def _sub(self, argument: Any) -> str:
        text, local = argument if isinstance(argument, list) else (argument, {})

        def value_of(match: re.Match[str]) -> str:
            name = match[1].strip()
            if name in local:
                return str(self.resolve(local[name]))
            found = self._get_att(name) if "." in name else self._ref(name)
            return ",".join(found) if isinstance(found, list) else str(found)

        return LITERAL.sub(r"${\1}", VARIABLE.sub(value_of, text))

    def _if(self, argument: list[Any]) -> Any:
        condition, then, otherwise = argument
        return self.resolve(then if self.holds(condition) else otherwise)

    def _equals(self, argument: list[Any]) -> bool:
        left, right = (str(self.resolve(side)) for side in argument)
        return left == right

    def _join(self, argument: list[Any]) -> str:
        separator, parts = argument
        return str(separator.join(str(part) for part in self.resolve(parts)))

    def _select(self, argument: list[Any]) -> Any:
        index, options = argument
        return self.resolve(options)[int(self.resolve(index))]

    def _split(self, argument: list[Any]) -> list[str]:
        separator, text = argument
        return str(self.resolve(text)).split(separator)

    def _find_in_map(self, argument: list[Any]) -> Any:
        name, first, second = (self.resolve(key) for key in argument)
        try:
            return self.mappings[name][first][second]
        except KeyError as error:
            raise UnresolvedReferenceError(f"Fn::FindInMap {[name, first, second]}") from error


FUNCTIONS: dict[str, Callable[[Resolver, Any], Any]] = {
    "Fn::GetAtt": Resolver._get_att,
    "Fn::Sub": Resolver._sub,
    "Fn::If": Resolver._if,
    "Fn::Equals": Resolver._equals,
    "Fn::And": lambda resolver, argument: all(resolver.resolve(argument)),
    "Fn::Or": lambda resolver, argument: any(resolver.resolve(argument)),
    "Fn::Not": lambda resolver, argument: not resolver.resolve(argument)[0],
    "Fn::Join": Resolver._join,
    "Fn::Select": Resolver._select,
    "Fn::Split": Resolver._split,
    "Fn::FindInMap": Resolver._find_in_map,
    "Fn::Base64": lambda resolver, argument: base64.b64encode(
        str(resolver.resolve(argument)).encode()
    ).decode(),
}


def names_in(value: Any) -> Iterator[str]:
    """Yield every parameter or resource to which a value refers."""
    if isinstance(value, list):
        for item in value:
            yield from names_in(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            if key == "Ref":
                yield item
            elif key == "Fn::GetAtt":
                yield item[0] if isinstance(item, list) else item.split(".")[0]
            elif key == "Fn::Sub":
                text, local = item if isinstance(item, list) else (item, {})
                yield from (name.split(".")[0].strip() for name in VARIABLE.findall(text))
                yield from names_in(list(local.values()))
            else:
                yield from names_in(item)

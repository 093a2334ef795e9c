"""DynamoDB's conditions: there are only a few texts, which moto parses again for every request.

A condition is parsed once per text, names and types of its values. The values are looked up when it
is evaluated.
"""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from moto.dynamodb import comparisons
from moto.dynamodb.comparisons import AttributeValue, ConditionExpressionParser

from local.patches.replacement import Replacement

_asked = threading.local()
"""The values of the thread's current request."""


@dataclass(frozen=True)
class Named:
    """Placeholder for a value in a parsed condition."""

    name: str
    type: str

    @property
    def value(self) -> Any:
        return _asked.values[self.name][self.type]


class LateValue(AttributeValue):
    """An operand whose value may be looked up at evaluation."""

    @property
    def value(self) -> Any:
        return self._given.value if isinstance(self._given, Named) else self._given

    @value.setter
    def value(self, given: Any) -> None:
        self._given = given


def replacements() -> Iterator[Replacement]:
    """Yield the replacements."""
    yield comparisons, "AttributeValue", LateValue
    yield ConditionExpressionParser, "parse", _parsed_once(ConditionExpressionParser.parse)


def _parsed_once(parse: Any) -> Any:
    known: dict[Any, tuple[Any, list[str], list[str]]] = {}

    def parsed(self: Any) -> Any:
        text, names = self.condition_expression, self.expression_attribute_names or {}
        if not text:
            return parse(self)
        _asked.values = self.expression_attribute_values or {}
        named = {
            name: {kind: Named(name, kind) for kind in each} for name, each in _asked.values.items()
        }
        key = (text, *names.items(), *((name, *each) for name, each in named.items()))
        if key not in known:
            parser = ConditionExpressionParser(text, names, named)  # type: ignore[arg-type]
            operation = parse(parser)
            known[key] = operation, parser.expr_attr_names_found, parser.expr_attr_values_found
        operation, names_found, values_found = known[key]
        self.expr_attr_names_found.extend(names_found)
        self.expr_attr_values_found.extend(values_found)
        return operation

    return parsed

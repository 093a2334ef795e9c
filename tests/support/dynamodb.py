"""moto's inventory table without HTTP: the same conditions and rows, many times as fast."""

import json
from collections.abc import Mapping
from typing import Any

from moto.dynamodb.exceptions import ConditionalCheckFailed
from moto.dynamodb.models import dynamodb_backends

from cidb2.aws.attributes import from_attributes
from cidb2.aws.table import Row
from tests.support.aws import HUB, REGION
from tests.support.builders import client_error
from tests.support.hub import INVENTORY_TABLE


class WirelessTable:
    """A DynamoDB client with only PutItem, which exposes the rows.

    Needs a deployed hub; it writes to the hub's inventory table.
    """

    def __init__(self) -> None:
        self._table = dynamodb_backends[HUB][REGION].tables[INVENTORY_TABLE]

    def put_item(self, *, Item: Mapping[str, Any], **options: Any) -> None:
        """Put an item as PutItem does, including its condition."""
        try:
            self._table.put_item(
                dict(Item),
                condition_expression=options.get("ConditionExpression"),
                expression_attribute_names=options.get("ExpressionAttributeNames", {}),
                expression_attribute_values=options.get("ExpressionAttributeValues"),
                return_values_on_condition_check_failure=options.get(
                    "ReturnValuesOnConditionCheckFailure"
                ),
            )
        except ConditionalCheckFailed as refusal:
            error = client_error("ConditionalCheckFailedException")
            error.response.update(json.loads(refusal.description))
            raise error from refusal

    def rows(self) -> dict[tuple[str, str], Row]:
        """Return all rows by key."""
        rows = [from_attributes(item.to_json()["Attributes"]) for item in self._table.all_items()]
        return {(row["pk"], row["sk"]): row for row in rows}

    def clear(self) -> None:
        self._table.items.clear()

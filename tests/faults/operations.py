"""The AWS operations that the system calls, told apart by who calls them and what they touch."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from cidb2.aws.attributes import from_attributes
from local.deployment.stack import Stack
from local.gateway.call import Call

RECORD = Path(__file__).with_name("operations.txt")
FUNCTION = "AWS::Lambda::Function"
CALLERS = {"InitializerFunction": "initializer", "ResultsProcessorFunction": "results processor"}
MEMBER = "member"


@dataclass(frozen=True, order=True)
class Operation:
    """One operation of one caller; `target` is a part of a table or bucket, or a function.

    `caller` is a function, `collector` for what all of them do in the hub, `member iam` and the
    like for what a collector does in a member account, or `state machine`.
    """

    caller: str
    service: str
    name: str
    target: str = ""

    def __str__(self) -> str:
        return f"{self.caller} {self.service}:{self.name} {self.target}".rstrip()

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the operation that `str` wrote."""
        head, _, rest = text.partition(":")
        caller, _, service = head.rpartition(" ")
        name, _, target = rest.partition(" ")
        return cls(caller, service, name, target)


class Catalogue:
    """Tells which operation of the system a call is, in one deployed stack."""

    def __init__(self, stack: Stack) -> None:
        self._names = {one.physical_id: one.logical_id for one in stack.of_type(FUNCTION)}
        self._inventory = stack.outputs["InventoryTableName"]

    def operation(self, call: Call) -> Operation | None:
        """Return the operation, or None where the call is not the system's."""
        session = call.principal.session_name or ""
        if call.operation == "DescribeExecution":
            return None  # moto asks how a child stands; Step Functions is told by its own rule
        if session == "states":
            caller = "state machine"
        elif session.startswith("cidb2-"):
            caller = f"{MEMBER} {session.split('-')[1]}"
        elif session in self._names:
            function = self._names[session]
            default = "collector" if "Collector" in function else "reporter"
            caller = CALLERS.get(function, default)
        else:
            return None
        return Operation(caller, call.service, call.operation, self._target(call))

    def _target(self, call: Call) -> str:
        asked = call.parameters
        if call.operation == "Invoke":
            return self._names[asked["FunctionName"].rpartition(":")[2]]
        if call.operation == "StartExecution":
            return str(json.loads(asked["input"])["collector"]["name"])
        if call.service == "s3" and "Key" in asked:
            first, *_, last = asked["Key"].split("/")
            return str(last if first == "runs" else first)
        if call.service == "dynamodb":
            return " ".join(filter(None, self._rows(asked)))
        return ""

    def _rows(self, asked: dict[str, Any]) -> tuple[str, str]:
        table = asked.get("TableName") or next(iter(asked["RequestItems"]))
        if table == self._inventory:
            return "inventory", asked.get("IndexName", "")
        if "RequestItems" in asked:
            keys = from_attributes(_first_key(asked["RequestItems"][table]))
        elif "ExpressionAttributeValues" in asked and "Key" not in asked:
            keys = from_attributes(asked["ExpressionAttributeValues"])
            keys = {name.removeprefix(":"): value for name, value in keys.items()}
        else:
            keys = from_attributes(asked.get("Key") or asked["Item"])
        kind = "run" if keys["pk"] == "runs" else keys["sk"].partition("#")[0]
        return "runs", str(kind)


def _first_key(requests: Any) -> Any:
    """Return a key, or a row with its key, out of what a batch reads or writes of a table."""
    if "Keys" in requests:
        return requests["Keys"][0]
    [request] = requests[0].values()
    return request.get("Item") or request["Key"]


def recorded() -> dict[Operation, str]:
    """Return the operations on record and the scenario in which each is called."""
    lines = RECORD.read_text().splitlines()
    pairs = [line.split(" | ") for line in lines if not line.startswith("#")]
    return {Operation.parse(text): scenario for scenario, text in pairs}


def record(found: Iterable[tuple[str, Operation]]) -> None:
    """Write the record anew."""
    head = "# What the system calls, by scenario; written by CIDB2_RECORD=1 pytest tests/faults\n"
    RECORD.write_text(head + "".join(f"{scenario} | {one}\n" for scenario, one in found))


def mentions(call: Call, account: str) -> bool:
    """Tell whether a call is about an account, by the id in its parameters."""
    return account in json.dumps(call.parameters, default=str, ensure_ascii=False)

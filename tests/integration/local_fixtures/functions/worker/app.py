"""Does what its event says, so that a test can have any behaviour of a function."""

import os
import signal
import sys
import time
from typing import Any

import boto3
from fixture_layer import greeting  # type: ignore[import-not-found]

STATE = {"invocations": 0}
TABLE: Any = boto3.resource("dynamodb").Table(os.environ.get("TABLE", "none"))


class CustomError(Exception):
    """An error with a name of its own."""


def handler(event: dict[str, Any], context: Any) -> Any:
    """Obey `event["do"]`."""
    STATE["invocations"] += 1
    match event.get("do", "echo"):
        case "echo":
            return {"event": event, "pid": os.getpid(), "invocations": STATE["invocations"]}
        case "describe":
            return {
                "greeting": greeting(),
                "environment": dict(os.environ),
                "remaining": context.get_remaining_time_in_millis(),
                "arn": context.invoked_function_arn,
                "identity": boto3.client("sts").get_caller_identity()["Arn"],
            }
        case "raise":
            raise CustomError(event.get("message", "as told"))
        case "sleep":
            time.sleep(event["seconds"])
            return {"slept": event["seconds"]}
        case "exit":
            sys.exit(3)
        case "die":
            os.kill(os.getpid(), signal.SIGKILL)
        case "print":
            print(event["text"])
            return None
        case "count":
            return {"round": event["round"] + 1, "status": event["statuses"][event["round"]]}
        case "write":
            for number in range(event["items"]):
                TABLE.put_item(Item={"pk": f"{event['prefix']}{number}"})
            return {"written": event["items"]}
        case "fail_once":
            marker = f"failed-{event['id']}"
            if "Item" not in TABLE.get_item(Key={"pk": marker}):
                TABLE.put_item(Item={"pk": marker})
                raise CustomError("the first time")
            return {"done": event["id"]}
    return None

"""Check an environment's parameters before anything is built or deployed.

`python -m tools.check_parameters prod` checks `parameter_overrides` of samconfig.toml against the
template, and the schedule's input against the schema of the execution input: CloudFormation would
accept an input that every run rejects. Prints the first error in one line and exits with 1.
"""

import json
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path

from samcli.cli.types import CfnParameterOverridesType
from samtranslator.yaml_helper import yaml_parse

from cidb2.errors import InvalidInputError
from cidb2.types.selection import check_input
from local.deployment.parameters import InvalidParameterError, parameter_values

ROOT = Path(__file__).resolve().parent.parent
SCHEDULE_INPUT = "InventoryScheduleInput"


def overrides(config: Path, environment: str) -> dict[str, str]:
    """Return an environment's parameters in samconfig.toml, as the SAM CLI reads them."""
    parameters = tomllib.loads(config.read_text("utf-8"))[environment]["deploy"]["parameters"]
    given: dict[str, str] = CfnParameterOverridesType().convert(
        parameters.get("parameter_overrides", ""), None, None
    )
    return given


def check_parameters(given: Mapping[str, str]) -> None:
    """Raise InvalidParameterError if a value is invalid, naming the parameter and field."""
    declared = yaml_parse((ROOT / "template.yaml").read_text("utf-8"))["Parameters"]
    values = parameter_values(declared, dict(given))
    try:
        document = json.loads(values[SCHEDULE_INPUT])
    except ValueError as error:
        raise InvalidParameterError(
            f"parameter {SCHEDULE_INPUT}: {error} (allowed: a JSON object)"
        ) from None
    try:
        check_input(document)
    except InvalidInputError as error:
        raise InvalidParameterError(f"parameter {SCHEDULE_INPUT}: {error}") from None


def main() -> int:
    try:
        check_parameters(overrides(ROOT / "samconfig.toml", sys.argv[1]))
    except InvalidParameterError as error:
        print(f"samconfig.toml, {sys.argv[1]}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

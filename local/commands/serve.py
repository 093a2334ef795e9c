"""`make aws`: keeps the stack running for the AWS CLI and `sam local invoke`."""

import json
import re
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from local.commands import options
from local.commands.member_roles import deploy_member_roles
from local.commands.places import OWN, TEMPLATE, private
from local.deployment.template import read_template
from local.emulator.embedded import FUNCTION, EmbeddedAws
from local.gateway.identity import operator
from local.simulation.population import Organisation

PORT = 4566
BANNER = """
The embedded AWS is at {endpoint}: {resources} resources of template.yaml, {accounts} accounts.

  set -a; . {env}; set +a
  aws stepfunctions start-execution --state-machine-arn $STATE_MACHINE_ARN --input '{{}}'
  aws dynamodb scan --table-name $INVENTORY_TABLE_NAME --max-items 3
  sam build -t {template} && sam local invoke IamCollectorFunction \\
      --event events/collector.json --env-vars {sam_env} --docker-network host

Logs of the functions: {folder}/logs. Ctrl-C ends it.
"""


def variables(aws: EmbeddedAws) -> dict[str, str]:
    """Return the environment variables for the AWS CLI and SDKs, and the stack's outputs."""
    credentials = operator(aws.stack.account, aws.stack.region)
    outputs = {_upper_snake(name): str(value) for name, value in aws.stack.outputs.items()}
    return {
        "AWS_ENDPOINT_URL": aws.endpoint,
        "AWS_DEFAULT_REGION": aws.stack.region,
        "AWS_REGION": aws.stack.region,
        **{name.upper(): value for name, value in vars(credentials).items()},
        **outputs,
    }


def function_variables(aws: EmbeddedAws) -> dict[str, dict[str, str]]:
    """Return each function's resolved environment, in the format of `sam --env-vars`."""
    return {
        function.logical_id: {
            **function.properties.get("Environment", {}).get("Variables", {}),
            "AWS_ENDPOINT_URL": aws.endpoint,
        }
        for function in aws.stack.of_type(FUNCTION)
    }


def sam_template(source: Path) -> dict[str, Any]:
    """Return the template with AWS_ENDPOINT_URL in the functions' variables.

    `sam local invoke` only sets variables that the template declares. The result belongs in a
    folder beside the sources.
    """
    template = read_template(source)
    common = template["Globals"]["Function"].setdefault("Environment", {})
    common.setdefault("Variables", {})["AWS_ENDPOINT_URL"] = ""
    for resource in template["Resources"].values():
        properties = resource.get("Properties", {})
        for uri in ("CodeUri", "ContentUri", "DefinitionUri"):
            if uri in properties:
                properties[uri] = f"../{properties[uri]}"
    return template


def main(arguments: Sequence[str] | None = None, *, folder: Path = OWN, port: int = PORT) -> int:
    """Serve until Ctrl-C or SIGTERM; write the files that clients need into `folder`."""
    chosen = options.parse(arguments)
    planted = Organisation(chosen.accounts, chosen.resources, chosen.regions, chosen.seed)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with (
            private(folder),
            EmbeddedAws(
                TEMPLATE,
                folder=folder / "logs",
                port=port,
                only_signed=True,
                before_deploy=lambda aws: planted.plant(aws.client),
            ) as aws,
        ):
            deploy_member_roles(aws, planted)
            env, sam_env = folder / "aws.env", folder / "sam-env.json"
            template = folder / "template.json"
            template.write_text(json.dumps(sam_template(TEMPLATE), indent=2))
            env.write_text("".join(f"{key}={value}\n" for key, value in variables(aws).items()))
            sam_env.write_text(json.dumps(function_variables(aws), indent=2))
            banner = BANNER.format(
                endpoint=aws.endpoint,
                resources=len(aws.stack.resources),
                accounts=len(planted.accounts),
                env=_relative(env),
                template=_relative(template),
                sam_env=_relative(sam_env),
                folder=_relative(folder),
            )
            print(banner, flush=True)
            signal.pause()
    except KeyboardInterrupt:
        print("stopped")
    return 0


def _relative(path: Path) -> Path:
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def _upper_snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).upper()


if __name__ == "__main__":
    sys.exit(main())

"""Deploys the collector role in the accounts of a simulated organisation."""

from functools import partial

from local.commands.places import MEMBER_TEMPLATE
from local.deployment.deploy import deploy
from local.deployment.stack import Stack
from local.deployment.template import load_template
from local.emulator.embedded import EmbeddedAws
from local.simulation.population import Organisation


def deploy_member_roles(aws: EmbeddedAws, planted: Organisation) -> dict[str, Stack]:
    """Deploy the role in every account that should have it; return the stacks by account."""
    asked = aws.client("organizations").describe_organization()["Organization"]
    outputs = aws.stack.outputs
    given = {
        "Hub": f"{aws.stack.account}/{aws.stack.region}/{aws.stack.name}",
        "CollectorRoleArns": outputs["CollectorRoleArns"],
        "ExternalId": outputs["ExternalId"],
        "OrganizationId": asked["Id"],
        "RoleName": outputs["CollectorRoleName"],
    }
    template = load_template(MEMBER_TEMPLATE, aws.stack.region, given, str)
    stacks = {}
    for account in planted.accounts:
        if account.has_role:
            name = f"{aws.stack.name}-collector-role"
            stack = Stack(name, account.id, aws.stack.region, given)
            stacks[account.id] = deploy(template, stack, partial(aws.client, account=account.id))
        if account.condition == "kms denied":
            aws.faults.deny(scp=True, service="kms", account=account.id)
    return stacks

"""The collector role in the accounts of a simulated organisation, as its operators deploy it."""

from functools import partial

from local import deploy
from local.embedded import EmbeddedAws
from local.places import MEMBER_TEMPLATE
from local.population import Organisation
from local.resources import HANDLERS
from local.stack import Stack
from local.template import load_template


def deploy_member_roles(aws: EmbeddedAws, planted: Organisation) -> dict[str, Stack]:
    """Deploy the collector role in every account that has it; return its stacks by account."""
    asked = aws.client("organizations").describe_organization()["Organization"]
    outputs = {name: aws.stack.outputs[name] for name in ("CollectorRoleArns", "ExternalId")}
    given = {**outputs, "OrganizationId": asked["Id"]}
    template = load_template(MEMBER_TEMPLATE, aws.stack.region, given, str)
    stacks = {}
    for account in planted.accounts:
        if account.has_role:
            stack = Stack("cidb2-collector-role", account.id, aws.stack.region, given)
            deploy.deploy(template, stack, partial(aws.client, account=account.id), HANDLERS)
            stacks[account.id] = stack
        if account.condition == "kms denied":
            aws.faults.deny(scp=True, service="kms", account=account.id)
    return stacks

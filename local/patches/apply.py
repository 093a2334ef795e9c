"""Applies all patches, in order: later ones build on earlier ones."""

from contextlib import ExitStack

from local.patches import (
    answers,
    databases,
    ec2_operations,
    functions,
    organizations,
    queues,
    speed,
    states,
    tables,
)
from local.patches.replacement import put_in_place


def apply(endpoint: str, hub_account: str) -> ExitStack:
    """Patch moto; closing the returned stack reverts all patches."""
    patches = ExitStack()
    put_in_place(answers.replacements(), patches)
    put_in_place(databases.replacements(), patches)
    put_in_place(ec2_operations.replacements(), patches)
    put_in_place(functions.replacements(), patches)
    put_in_place(organizations.replacements(), patches)
    put_in_place(queues.replacements(), patches)
    put_in_place(tables.replacements(), patches)
    put_in_place(states.replacements(endpoint, hub_account, patches), patches)
    put_in_place(speed.replacements(), patches)
    return patches

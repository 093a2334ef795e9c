"""CloudFormation over this project's deployer, in place of moto's, which skips what it lacks."""

from local.cloudformation.api import CloudFormation
from local.cloudformation.record import Revision

__all__ = ["CloudFormation", "Revision"]

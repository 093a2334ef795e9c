"""Lambda handler of Initialize: turns an execution's input into a run."""

from functools import cache
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from cidb2.aws.clients import Clients, hub_clients
from cidb2.aws.sessions import session_with
from cidb2.aws.sts import credentials_of
from cidb2.aws.table import Table
from cidb2.ledger.metering import Meter
from cidb2.ledger.writer import Ledger
from cidb2.observability import annotate, logger, sanitize_errors, tracer
from cidb2.settings import InitializerSettings
from functions.initializer.accounts import Organization
from functions.initializer.initialize import Execution, Initializer

CONNECTIONS = 10
ATTEMPTS = 7
"""More than elsewhere, because Organizations throttles early and only this function reads it: a
call may back off for 51 seconds, and the function has 300."""

SESSION_NAME = "cidb2-organization"


@logger.inject_lambda_context(clear_state=True)
@tracer.capture_lambda_handler(capture_response=False)
@sanitize_errors
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Return the run of an input. Raises InvalidInputError if the input is invalid."""
    meter = Meter("initializer", context)
    execution = Execution(arn=event["execution"]["id"], started_at=event["execution"]["startedAt"])
    annotate(execution=execution.arn)
    initializer = _initializer()
    hub = _hub(initializer.settings)
    initialized = initializer.initialize(event["input"], execution)
    run_id = initialized["run"]["runId"]
    annotate(run_id=run_id)
    meter.write_down(run_id, hub, initializer.ledger)
    return initialized


@cache
def _initializer() -> Initializer:
    settings = InitializerSettings.from_env()
    hub = _hub(settings)
    return Initializer(
        settings=settings,
        organization=Organization(_organizations(settings, hub)),
        ledger=Ledger(
            Table(hub.client("dynamodb"), settings.runs_table), settings.run_retention_days
        ),
        s3=hub.client("s3"),
        ec2=hub.client("ec2"),
    )


def _hub(settings: InitializerSettings) -> Clients:
    return hub_clients(settings.region, CONNECTIONS, ATTEMPTS, settings.account)


def _organizations(settings: InitializerSettings, hub: Clients) -> Any:
    """Return the client that reads the organisation, with OrganizationsRoleArn if it is set."""
    if not settings.organizations_role_arn:
        return hub.client("organizations")
    arguments = {"RoleSessionName": SESSION_NAME, "ExternalId": settings.external_id}
    credentials = credentials_of(hub, settings.organizations_role_arn, arguments)
    member = Clients(session_with(credentials), settings.region, CONNECTIONS, ATTEMPTS)
    return member.client("organizations")

"""What decides on deletions, repeats and figures is read as it was last written.

moto is always consistent, so only the requests themselves tell.
"""

from collections.abc import Iterator

import pytest

from cidb2.aws.clients import hub_clients
from cidb2.aws.table import Table
from cidb2.items.claim_check import ClaimCheck
from cidb2.items.inventory import Inventory
from tests.support.aws import MEMBER, REGION
from tests.support.hub import BUCKET, INVENTORY_TABLE, RUNS_TABLE, Hub, run_state
from tests.support.instances import FIRST, SECOND, reservations
from tests.support.messages import key_arn, record, seen
from tests.support.wire import Wire

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("one_listing_each")]


def queries(wire: Wire) -> Iterator[tuple[str, bool]]:
    """Yield which rows each query of a table was for, and whether it had to be consistent.

    Not those of indexes, which cannot be, nor those of the list of all runs, which people read.
    """
    for call in wire.of("Query"):
        values = call.parameters["ExpressionAttributeValues"]
        names = [value["S"] for value in values.values()]
        if "IndexName" not in call.parameters and "runs" not in names:
            yield names[1].partition("#")[0], call.parameters.get("ConsistentRead", False)


def test_journal_and_ledger_are_read_consistently(hub: Hub, wire: Wire) -> None:
    wire.answers("DescribeInstances", reservations(range(2)))
    for run_id in (FIRST, SECOND):
        run = run_state(run_id, services={"ec2": True})
        hub.keep_accounts(run, [MEMBER])
        hub.take("ec2", run=run)
        hub.process(run)
    wire.refuses("AssumeRole", "AccessDenied")
    hub.collect("iam")
    asked = {*queries(wire)}
    of_runs = ("collection", "failure", "journal", "scope", "stored", "usage")
    assert asked == {(kind, True) for kind in (*of_runs, "coverage", "covered")}


def test_current_rows_and_history_are_read_consistently(hub: Hub, wire: Wire) -> None:
    hub.report([record(seen())])
    clients = hub_clients(REGION, 4)
    table = Table(clients.client("dynamodb"), INVENTORY_TABLE)
    inventory = Inventory(table, ClaimCheck(clients.client("s3"), BUCKET))
    assert len([*inventory.history(key_arn("key-1"))]) == 1
    assert len([*inventory.items([key_arn("key-1")])]) == 1
    assert [*queries(wire)] == [("version", True)]
    wanted = [call.parameters["RequestItems"].items() for call in wire.of("BatchGetItem")]
    tables = {(table, keys["ConsistentRead"]) for each in wanted for table, keys in each}
    assert tables == {(INVENTORY_TABLE, True), (RUNS_TABLE, True)}


def test_regions_of_an_input_are_checked_against_all_that_there_are(hub: Hub, wire: Wire) -> None:
    hub.initialize({"accounts": [MEMBER], "regions": [REGION]})
    assert [call.parameters for call in wire.of("DescribeRegions")] == [{"AllRegions": True}]

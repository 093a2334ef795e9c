"""What nobody can change is read once: afterwards its item in the inventory says what it is."""

from dataclasses import replace
from typing import Any

import pytest

from cidb2.items.item import Item
from cidb2.items.resource import Resource
from cidb2.reasons import Failure, Reason
from cidb2.types.catalog import DECLARED
from tests.support.builders import ACCOUNT, REGION, a_resource, client_error
from tests.support.collecting import Collecting, Listing
from tests.support.declared import Reading

KNOWN, NEW = a_resource("known"), a_resource("new")
CHANGED = replace(KNOWN, configuration={"Description": "as nobody can have changed it"})


def recall(listed: Resource, item: Item) -> Resource:
    return replace(listed, configuration=item["configuration"], tags=item["tags"])


def collecting(*listed: Resource) -> tuple[Collecting, list[str]]:
    """Return an account and the ARNs that will be read of it."""
    read: list[str] = []
    listing = Listing([listed], recall=recall, on_read=read.append)
    return Collecting({REGION: listing}), read


def test_only_what_is_not_known_is_read() -> None:
    made, read = collecting(CHANGED, NEW)
    made.know(KNOWN)
    made.collect()
    assert read == [NEW.arn]
    assert made.changes == {KNOWN.arn: "UNCHANGED", NEW.arn: "CREATED"}
    assert made.outcomes == {REGION: ("COMPLETE", None)}
    said = {item["arn"]: item["configuration"] for item in made.published}
    assert said[KNOWN.arn] == KNOWN.configuration


def test_what_is_not_listed_is_deleted_all_the_same() -> None:
    gone = a_resource("gone")
    made, _ = collecting(CHANGED, NEW)
    made.know(KNOWN, gone)
    made.collect()
    assert made.changes[gone.arn] == "DELETED"


def test_an_item_with_a_field_that_nobody_could_read_is_read_again() -> None:
    denied = Failure(Reason.ACCESS_DENIED, "AccessDenied", "", retryable=False)
    partly = replace(KNOWN, tags=None, unreadable={"tags": denied})
    made, read = collecting(CHANGED, NEW)
    made.know(partly)
    made.collect()
    assert sorted(read) == sorted([CHANGED.arn, NEW.arn])
    assert made.changes[KNOWN.arn] == "CHANGED"


def test_an_item_with_a_hash_by_other_rules_is_read_again() -> None:
    made, read = collecting(CHANGED)
    [item] = made.know(KNOWN)
    made.inventory_table.store([item | {"contentHash": "0" * 64}])
    made.collect()
    assert read == [KNOWN.arn]


def test_what_cannot_be_recalled_is_read(caplog: pytest.LogCaptureFixture) -> None:
    def fail(_listed: Resource, _item: Item) -> Resource:
        raise ValueError

    read: list[str] = []
    listing = Listing([[CHANGED, NEW]], recall=fail, on_read=read.append)
    made = Collecting({REGION: listing})
    made.know(KNOWN)
    made.collect()
    assert sorted(read) == sorted([KNOWN.arn, NEW.arn])
    assert made.outcomes == {REGION: ("COMPLETE", None)}
    [logged] = [record for record in caplog.records if hasattr(record, "arn")]
    assert (vars(logged)["region"], vars(logged)["arn"]) == (REGION, KNOWN.arn)


def test_the_item_of_another_scope_is_not_taken() -> None:
    made, read = collecting(CHANGED)
    made.know(KNOWN, service="ec2")
    made.collect()
    assert read == [KNOWN.arn]


class TestTaskDefinitions:
    ARN = f"arn:aws:ecs:{REGION}:{ACCOUNT}:task-definition/web:7"

    def reading(self, described: Any) -> Reading:
        answers = {
            "list_task_definitions": {"taskDefinitionArns": [self.ARN]},
            "describe_task_definition": described,
        }
        return Reading(DECLARED["ecs"], "AWS::ECS::TaskDefinition", answers)

    def test_one_is_recalled_as_it_was_read(self) -> None:
        told = {
            "taskDefinition": {
                "family": "web",
                "containerDefinitions": [{"environment": [{"name": "A", "value": "secret"}]}],
            },
            "tags": [{"key": "team", "value": "payments"}],
        }
        [read] = self.reading(told).read()
        assert (read.tags, read.resource_name) == ({"team": "payments"}, "web:7")
        item: Any = {
            "resourceName": read.resource_name,
            "configuration": read.configuration,
            "supplementaryConfiguration": read.supplementary,
            "tags": read.tags,
            "omitted": [*read.omitted],
        }
        [listed] = self.reading(client_error("AccessDeniedException")).listed()
        assert listed.recall is not None
        recalled = listed.recall(item)
        assert recalled.content_hash == read.content_hash
        assert recalled.omitted == (
            "configuration.taskDefinition.containerDefinitions.environment.value",
        )

    def test_what_is_a_secret_by_now_is_not_recalled(self) -> None:
        container = {"environment": [{"name": "A", "value": "kept by an earlier release"}]}
        item: Any = {
            "resourceName": "web:7",
            "configuration": {"taskDefinition": {"containerDefinitions": [container]}},
            "supplementaryConfiguration": {},
            "tags": {},
        }
        [listed] = self.reading({}).listed()
        assert listed.recall is not None
        assert "earlier" not in repr(listed.recall(item).configuration)

    def test_what_somebody_can_change_is_not_recalled(self) -> None:
        answers = {"list_clusters": {"clusterArns": [f"{self.ARN}"]}}
        [listed] = Reading(DECLARED["ecs"], "AWS::ECS::Cluster", answers).listed()
        assert listed.recall is None


def test_nothing_else_is_immutable() -> None:
    immutable = {
        each.type for service in DECLARED.values() for each in service.types if each.is_immutable
    }
    assert immutable == {"AWS::ECS::TaskDefinition"}

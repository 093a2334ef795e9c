"""A scope of several listings: each is complete, compared and deleted from on its own."""

import json
import re
from typing import Any

import pytest

from cidb2.ledger.coverage import NEVER
from cidb2.times import parse
from cidb2.types.catalog import DECLARED
from cidb2.types.listings import listing_of
from tests.support.builders import ACCOUNT, REGION, a_config, a_resource, a_run, client_error
from tests.support.collecting import Collecting, Listing
from tests.support.gzip_member import only_member
from tools.services import declared

VOLUMES, GROUPS = "DescribeVolumes", "DescribeSecurityGroups"
NEXT_RUN_ID = "20261125T034830Z-9c9d9e9f"
DENIED = client_error("UnauthorizedOperation", status=403)


def resource(kind: str, name: str) -> Any:
    resource_type = {"instance": "Instance", "volume": "Volume", "security-group": "SecurityGroup"}
    return a_resource(
        name,
        resource_type=f"AWS::EC2::{resource_type[kind]}",
        resource_name=None,
        arn=f"arn:aws:ec2:{REGION}:{ACCOUNT}:{kind}/{name}",
    )


INSTANCE, VOLUME, GROUP = (
    resource("instance", "i-1"),
    resource("volume", "vol-1"),
    resource("security-group", "sg-1"),
)


def several(
    instances: Listing | None = None,
    volumes: Listing | None = None,
    groups: Listing | None = None,
    **config: Any,
) -> Collecting:
    return Collecting(
        {REGION: instances or Listing([[INSTANCE]])},
        service="ec2",
        run=a_run(services=("ec2",), config=a_config(**config)),
        others={VOLUMES: volumes or Listing([[VOLUME]]), GROUPS: groups or Listing([[GROUP]])},
    )


def denied() -> Listing:
    return Listing([[]], 0, DENIED)


def only_volumes(
    instances: Listing | None = None, volumes: Listing | None = None, **run: Any
) -> Collecting:
    """Return the collection of a run that is narrowed to volumes."""
    collecting = several(instances, volumes, denied())
    collecting.run = a_run(services=("ec2",), types=("AWS::EC2::Volume",), **run)
    return collecting


def in_lake(collecting: Collecting) -> set[str]:
    return {key.split("/")[6] for key in collecting.s3.objects if key.startswith("lake/items/")}


def test_a_scope_is_complete_when_all_of_its_listings_are() -> None:
    collecting = several()
    collecting.collect()
    assert collecting.outcomes == {REGION: ("COMPLETE", None)}
    assert collecting.scopes[REGION]["items"] == 3
    assert "listings" not in collecting.scopes[REGION]
    assert in_lake(collecting) == {"DescribeInstances", VOLUMES, GROUPS}


def test_a_listing_that_is_denied_costs_no_other_listing_anything() -> None:
    gone = resource("instance", "i-gone"), resource("volume", "vol-gone")
    collecting = several(volumes=denied())
    collecting.know(INSTANCE, VOLUME, GROUP, *gone)
    collecting.collect()
    assert collecting.changes == {
        INSTANCE.arn: "UNCHANGED",
        GROUP.arn: "UNCHANGED",
        gone[0].arn: "DELETED",
    }
    row = collecting.scopes[REGION]
    assert (row["outcome"], row["reason"]) == ("PARTIAL", "ACCESS_DENIED")
    assert row["listings"].keys() == {VOLUMES}
    assert row["listings"][VOLUMES]["outcome"] == "FAILED"
    assert row["listings"][VOLUMES]["errorCode"] == "UnauthorizedOperation"
    assert in_lake(collecting) == {"DescribeInstances", GROUPS}


def test_a_scope_whose_listings_all_failed_has_failed() -> None:
    collecting = several(denied(), denied(), denied())
    collecting.know(INSTANCE, VOLUME)
    collecting.collect()
    assert collecting.outcomes == {REGION: ("FAILED", "ACCESS_DENIED")}
    assert collecting.changes == {}


def test_coverage_names_the_listings_that_the_last_attempt_missed() -> None:
    collecting = several(volumes=denied())
    collecting.collect()
    [row] = collecting.ledger.coverage(ACCOUNT)
    assert (row["lastOutcome"], row["lastListings"]) == ("PARTIAL", [VOLUMES])
    assert row["listingsCompleteAt"] == {VOLUMES: NEVER}


def test_the_breaker_looks_at_each_listing_alone() -> None:
    """21 of 21 volumes are gone, of 63 known items of the scope: a third, and suspicious."""
    instances = [resource("instance", f"i-{number}") for number in range(42)]
    volumes = [resource("volume", f"vol-{number}") for number in range(21)]
    collecting = several(Listing([instances]), Listing([[]]), Listing([[]]))
    collecting.know(*instances, *volumes)
    collecting.collect()
    assert "DELETED" not in collecting.changes.values()
    row = collecting.scopes[REGION]
    assert {name: one["reason"] for name, one in row["listings"].items()} == {
        VOLUMES: "SUSPECT_MASS_DELETION"
    }


def test_a_message_that_failed_is_missed_by_its_own_listing() -> None:
    collecting = several()
    collecting.sns.verdict = lambda entry: "InternalError" if "vol-1" in str(entry) else None
    collecting.collect()
    assert collecting.scopes[REGION]["listings"].keys() == {VOLUMES}
    assert collecting.scopes[REGION]["reason"] == "PUBLISH_FAILED"


def test_a_listing_that_has_ended_is_not_listed_again_in_the_next_invocation() -> None:
    pages = [[resource("volume", f"vol-{number}")] for number in range(3)]
    collecting = several(volumes=Listing(pages), groups=denied())
    answers = collecting.collect_to_the_end(lambda: 1)
    assert len(answers) > 1
    assert collecting.listings[REGION].asked_from == [None]
    assert collecting.others[GROUPS].asked_from == [None]
    assert collecting.scopes[REGION]["items"] == 4
    assert collecting.scopes[REGION]["listings"].keys() == {GROUPS}


def test_the_deadline_costs_only_the_listings_that_have_not_ended() -> None:
    left = [10**6]
    pages = [[resource("volume", f"vol-{number}")] for number in range(3)]
    collecting = several(volumes=Listing(pages, on_page=left.clear))
    first = collecting.collect(None, lambda: sum(left))
    assert first["status"] == "CONTINUE"
    collecting.clock = lambda: parse(collecting.run.deadline)
    assert collecting.collect(first["continuation"])["status"] == "DONE"
    row = collecting.scopes[REGION]
    assert (row["outcome"], row["reason"]) == ("PARTIAL", "TIMEOUT")
    outcomes = {name: one["outcome"] for name, one in row["listings"].items()}
    assert outcomes == {VOLUMES: "FAILED", GROUPS: "FAILED"}
    assert in_lake(collecting) == {"DescribeInstances"}


def test_the_next_run_deletes_from_the_listing_that_failed_before() -> None:
    collecting = several(volumes=denied())
    collecting.know(VOLUME)
    collecting.collect()
    collecting.store()
    collecting.begin_run(NEXT_RUN_ID, services=("ec2",))
    collecting.others[VOLUMES] = Listing([[]])
    collecting.collect()
    assert collecting.changes[VOLUME.arn] == "DELETED"


def test_a_line_of_the_lake_names_its_listing() -> None:
    collecting = several()
    collecting.collect()
    lines = [
        json.loads(only_member(body))
        for key, body in collecting.s3.objects.items()
        if key.startswith("lake/items/")
    ]
    assert {line["arn"]: line["listing"] for line in lines} == {
        INSTANCE.arn: "DescribeInstances",
        VOLUME.arn: VOLUMES,
        GROUP.arn: GROUPS,
    }


@pytest.mark.parametrize(
    ("arn", "listing"),
    [
        (INSTANCE.arn, "DescribeInstances"),
        (VOLUME.arn, VOLUMES),
        (GROUP.arn, GROUPS),
        (f"arn:aws:ec2:{REGION}::snapshot/snap-1", "DescribeSnapshots"),
        (f"arn:aws:ec2:{REGION}:{ACCOUNT}:key-pair/a name/with slashes", "DescribeKeyPairs"),
        (f"arn:aws:ec2:{REGION}:{ACCOUNT}:unheard-of/x", "DescribeInstances"),
        ("no arn", "DescribeInstances"),
    ],
)
def test_an_arn_tells_its_listing(arn: str, listing: str) -> None:
    assert listing_of("ec2", arn) == listing


@pytest.mark.parametrize(
    ("service", "resource_type"),
    [(service, each.type) for service, declared in DECLARED.items() for each in declared.types],
)
def test_an_arn_of_each_type_tells_the_listing_of_the_type(
    service: str, resource_type: str
) -> None:
    """Else what one listing knows would be missed, and deleted, by another."""
    declared = DECLARED[service]
    shape = declared.arns[resource_type].resource.replace("{Path}", "/path/").replace("{/", "/{")
    arn = f"arn:aws:{service}:{REGION}:{ACCOUNT}:" + re.sub(r"\{[^}]*\}|\*+", "x", shape)
    [expected] = [each.listing.name for each in declared.types if each.type == resource_type]
    assert listing_of(service, arn) == expected


def test_a_run_narrowed_to_types_compares_and_deletes_in_their_listings_alone() -> None:
    gone = resource("instance", "i-gone"), resource("volume", "vol-gone")
    collecting = only_volumes(instances=Listing([[]]))
    collecting.know(INSTANCE, *gone)
    collecting.collect()
    assert collecting.changes == {VOLUME.arn: "CREATED", gone[1].arn: "DELETED"}
    assert collecting.listings[REGION].asked_from == []
    assert collecting.others[GROUPS].asked_from == []
    assert in_lake(collecting) == {VOLUMES}


def test_a_run_narrowed_to_types_is_complete_and_says_what_it_renewed() -> None:
    collecting = only_volumes()
    collecting.collect()
    row = collecting.scopes[REGION]
    assert (row["outcome"], row["items"]) == ("COMPLETE", 1)
    assert (row["isNarrowed"], row["renewedListings"]) == (True, [VOLUMES])
    assert "listings" not in row


def test_a_run_narrowed_to_types_renews_the_coverage_of_their_listings_alone() -> None:
    collecting = several()
    collecting.collect()
    [before] = collecting.ledger.coverage(ACCOUNT)
    types = ("AWS::EC2::Volume",)
    collecting.begin_run(NEXT_RUN_ID, services=("ec2",), types=types)
    collecting.collect()
    [after] = collecting.ledger.coverage(ACCOUNT)
    assert after["lastCompleteAt"] == before["lastCompleteAt"]
    assert after["listingsCompleteAt"].keys() == {VOLUMES}
    assert after["listingsCompleteAt"][VOLUMES] > before["lastCompleteAt"]
    assert (after["lastRunId"], after["lastOutcome"]) == (NEXT_RUN_ID, "COMPLETE")


def test_a_listing_that_fails_in_a_narrowed_run_is_its_only_gap() -> None:
    collecting = only_volumes(volumes=denied())
    collecting.know(INSTANCE, VOLUME)
    collecting.collect()
    row = collecting.scopes[REGION]
    assert (row["outcome"], row["reason"], row["isNarrowed"]) == ("FAILED", "ACCESS_DENIED", True)
    assert row["listings"].keys() == {VOLUMES}
    assert "renewedListings" not in row
    assert collecting.changes == {}


def test_a_narrowed_run_goes_on_where_it_stopped() -> None:
    pages = [[resource("volume", f"vol-{number}")] for number in range(3)]
    collecting = only_volumes(volumes=Listing(pages))
    assert len(collecting.collect_to_the_end(lambda: 1)) > 1
    assert collecting.scopes[REGION]["items"] == 3
    assert collecting.listings[REGION].asked_from == []


def test_resources_of_other_types_make_no_gap_of_a_region_that_is_not_enabled() -> None:
    collecting = only_volumes()
    collecting.know(INSTANCE, region="ap-east-1")
    collecting.collect()
    assert [*collecting.scopes] == [REGION]
    collecting = only_volumes()
    collecting.know(VOLUME, region="ap-east-1")
    collecting.collect()
    assert collecting.outcomes["ap-east-1"] == ("FAILED", "REGION_DISABLED")
    assert collecting.scopes["ap-east-1"]["isNarrowed"] is True


def test_a_narrowed_run_asks_for_no_permission_that_it_does_not_need() -> None:
    ec2 = declared("ec2")
    narrowed = ec2.narrowed_to(("AWS::EC2::Volume",))
    assert narrowed.actions == ("ec2:DescribeRegions", "ec2:DescribeVolumes")
    assert {*narrowed.actions} < {*ec2.actions}
    assert ec2.narrowed_to(("AWS::KMS::Key",)) is ec2


def test_what_is_listed_for_each_parent_keeps_the_permission_to_list_its_parents() -> None:
    narrowed = declared("ecs").narrowed_to(("AWS::ECS::Service",))
    assert [listing.name for listing in narrowed.listings] == ["ListServices"]
    assert {"ecs:ListClusters", "ecs:ListServices"} <= {*narrowed.actions}

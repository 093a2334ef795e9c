"""What `cidb2 related` follows in a lake, held against the world that was planted."""

from collections.abc import Iterator

import pytest

from cli.graph import Graph, Hop
from cli.queries import with_relations
from cli.related import basis_of, follow
from lake.answer import Engine
from lake.duck import open_lake
from tests.support.builders import ACCOUNT
from tests.support.planted_lake import PlantedLake
from tests.support.related_world import (
    FUNCTION,
    OTHER,
    REGION,
    RUNS,
    STRANGER,
    USED_KEY,
    WEB,
    plant,
)

EC2 = f"arn:aws:ec2:{REGION}:{ACCOUNT}:"
VOLUME = f"{EC2}volume/vol-0000000a"
SNAPSHOT = f"{EC2}snapshot/snap-0000000a"


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    planted = PlantedLake(tmp_path_factory.mktemp("followed"))
    plant(planted, [(OTHER, "ec2", REGION, "DescribeImages")])
    with open_lake(planted.folder) as opened, with_relations(opened) as related:
        yield related


def told(graph: Graph) -> list[tuple[str, str, str]]:
    return [(hop.arn, hop.name, hop.end) for hop in graph.hops]


def test_a_key_is_followed_to_the_volume_of_another_account_and_on(lake: Engine) -> None:
    first = (USED_KEY.arn, "Is associated with Volume", VOLUME)
    assert told(follow(lake, USED_KEY.arn, 1, 500)) == [first]
    further = (VOLUME, "Is associated with Snapshot", SNAPSHOT)
    assert told(follow(lake, USED_KEY.arn, 2, 500)) == [first, further]
    assert told(follow(lake, USED_KEY.arn, 5, 500)) == [first, further]


def test_both_directions_are_followed(lake: Engine) -> None:
    ends = {hop.end for hop in follow(lake, f"{EC2}security-group/{WEB}", 1, 500).hops}
    assert ends == {
        f"{EC2}network-interface/eni-0000000a",
        f"{EC2}network-interface/eni-0000000b",
        f"{EC2}security-group/sg-0000000d",
    }


def test_what_is_nowhere_and_who_is_a_stranger_are_told(lake: Engine) -> None:
    hops = {hop.end: hop for hop in follow(lake, f"{FUNCTION}f", 1, 500).hops}
    assert hops[STRANGER].reason == "OUTSIDE_ORGANIZATION"
    assert hops[RUNS.arn].answer == "FOUND"
    [gone] = [
        hop
        for hop in follow(lake, f"arn:aws:events:{REGION}:{ACCOUNT}:rule/nightly", 1, 9).hops
        if hop.answer == "NOWHERE"
    ]
    assert gone.end == f"{FUNCTION}gone"


def test_no_more_is_followed_than_is_asked_for(lake: Engine) -> None:
    graph = follow(lake, f"{EC2}security-group/{WEB}", 3, 2)
    assert (len(graph.hops), graph.is_cut) == (2, True)
    assert not follow(lake, USED_KEY.arn, 1, 1).is_cut


def test_what_nobody_knows_has_no_relations(lake: Engine) -> None:
    graph = follow(lake, "arn:aws:s3:::'; DROP TABLE items", 2, 500)
    assert graph.hops == list[Hop]()


@pytest.mark.parametrize(
    ("resource_type", "depth", "is_told"),
    [
        ("AWS::EC2::Snapshot", 1, True),  # images are made of snapshots
        ("AWS::IAM::User", 1, False),
        ("AWS::IAM::User", 2, True),
        ("AWS::Gone::Type", 1, True),
    ],
)
def test_a_step_rests_on_who_may_refer_to_the_type(
    lake: Engine, resource_type: str, depth: int, is_told: bool
) -> None:
    basis = basis_of(lake, resource_type, depth)
    gaps = [(gap["accountid"], gap["because"]) for gap in basis.gaps]
    assert gaps == ([(OTHER, "ACCESS_DENIED: DescribeImages")] if is_told else [])
    assert basis.known == basis.listings - is_told

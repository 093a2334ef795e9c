"""A member is a resource's creation time by its name, and each that the model has was looked at.

`members.txt` has what AWS's models have. Where this fails after an update of botocore, or for a new
type: add the line to `creation_times.txt` if the time never changes for one resource. Otherwise,
declare the type's `identity`.
"""

from pathlib import Path

import pytest

from cidb2.items.effects.rules import is_creation_time
from cidb2.types.catalog import SERVICE_OF, TYPES

HERE = Path(__file__).parent
NO_TIMES = {("AWS::OpenSearchService::Domain", "Created")}
"""Members that are no times: whether a domain has been created."""


def derived() -> set[tuple[str, str]]:
    lines = map(str.split, (HERE / "members.txt").read_text(encoding="utf-8").splitlines())
    return {
        (kind, path.removeprefix("configuration."))
        for kind, path in lines
        if path.startswith("configuration.") and is_creation_time(path.partition(".")[2])
    }


def test_every_member_that_is_taken_for_a_creation_time_was_looked_at() -> None:
    lines = (HERE / "creation_times.txt").read_text(encoding="utf-8").splitlines()
    identified = {kind for kind, service in SERVICE_OF.items() if TYPES[service][kind].identity}
    found = {(kind, name) for kind, name in derived() - NO_TIMES if kind not in identified}
    assert [f"{kind} {name}" for kind, name in sorted(found)] == lines


@pytest.mark.parametrize(
    "name",
    [
        *(
            "LastModifiedDate",
            "LatestRestorableTime",
            "CreatedBy",
            "CreationToken",
            "LastUpdatedAt",
        ),
        *("UpdatedAt", "StartTime", "Create", "AssignIpv6AddressOnCreation", "RestoreCreateTime"),
        "LastCreatedDate",
    ],
)
def test_other_members_are_no_creation_times(name: str) -> None:
    assert not is_creation_time(name)

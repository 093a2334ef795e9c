"""The lake: a complete listing, whole, in one step; of any other, nothing."""

import json
from errno import ENOSPC
from io import BytesIO
from random import Random
from tempfile import SpooledTemporaryFile
from typing import Any

import pytest

from cidb2.items.canonical import to_json
from cidb2.lake import draft
from cidb2.lake import listings as lake
from cidb2.run import Publish
from tests.support.builders import (
    ACCOUNT,
    REGION,
    RUN_ID,
    a_config,
    a_resource,
    a_run,
    client_error,
)
from tests.support.collecting import Collecting, Listing, keys
from tests.support.gzip_member import only_member

KEY = f"lake/items/run_date=2026-11-24/service=kms/{ACCOUNT}/{REGION}/ListKeys/{RUN_ID}.jsonl.gz"
NOT_WRITTEN = {REGION: ("PARTIAL", "LAKE_NOT_WRITTEN")}


class FullDisk(BytesIO):
    """A file that takes nothing, and complains of that to the last."""

    def __init__(self, _: int) -> None:
        super().__init__()

    def write(self, _: Any) -> int:
        raise OSError(ENOSPC, "No space left on device")

    def close(self) -> None:
        if not self.closed:
            super().close()
            raise OSError(ENOSPC, "No space left on device")


def lines(collecting: Collecting) -> list[dict[str, Any]]:
    text = only_member(collecting.s3.objects[KEY]).decode("ascii")
    return [json.loads(line) for line in text.splitlines()]


def arns(collecting: Collecting) -> list[str]:
    return sorted(line["arn"] for line in lines(collecting))


def in_lake(collecting: Collecting) -> list[str]:
    return [key for key in collecting.s3.objects if key.startswith("lake/")]


def numbered(count: int) -> list[Any]:
    """Return keys, each with text that does not compress."""
    return [
        a_resource(f"{number:04}", configuration={"Text": Random(number).randbytes(2_000).hex()})
        for number in range(1, count + 1)
    ]


def pages(count: int) -> Listing:
    resources = numbered(count)
    return Listing([resources[first : first + 20] for first in range(0, count, 20)])


def no_time() -> int:
    """Return the time left: an invocation does one step all the same."""
    return 1


def test_a_complete_scope_is_one_object_with_a_line_for_each_item() -> None:
    resources = keys("1", "2", "3")
    collecting = Collecting({REGION: Listing([resources[:2], resources[2:]])})
    collecting.collect()
    assert in_lake(collecting) == [KEY]
    assert arns(collecting) == sorted(one.arn for one in resources)
    assert collecting.s3.writes == [KEY]


def test_a_line_has_names_in_lower_case_and_objects_as_texts_of_json() -> None:
    collecting = Collecting({REGION: Listing([keys("1")])})
    collecting.collect()
    [line], [item] = lines(collecting), collecting.published
    for name, value in item.items():
        assert line[name.lower()] == (to_json(value) if isinstance(value, dict) else value)
    beside = {"listing", "findings", "relationships", "identifiers", "unreadablerelations"}
    assert line.keys() == beside | {name.lower() for name in item}
    assert line["listing"] == "ListKeys"
    assert json.loads(line["configuration"]) == {"KeyId": "1", "Enabled": True}


@pytest.mark.parametrize(
    ("status", "told"),
    [
        ({"RotationStatus": {"KeyRotationEnabled": False}}, {"KEY_WITHOUT_ROTATION": True}),
        ({"RotationStatus": {"KeyRotationEnabled": True}}, {}),
        ({"RotationStatus": {}}, {"KEY_WITHOUT_ROTATION": None}),
    ],
)
def test_a_line_tells_the_findings_that_apply_and_those_that_are_unknown(
    status: Any, told: dict[str, bool | None]
) -> None:
    rules_out: Any = {"Policy": {"Statement": []}}
    key = a_resource("1", configuration={"KeyState": "Enabled"}, supplementary=status | rules_out)
    collecting = Collecting({REGION: Listing([[key]])})
    collecting.collect()
    [line] = lines(collecting)
    assert json.loads(line["findings"]) == told


def test_an_empty_scope_is_no_object() -> None:
    collecting = Collecting()
    collecting.collect()
    assert collecting.outcomes == {REGION: ("COMPLETE", None)}
    assert in_lake(collecting) == []


def test_a_scope_that_is_not_complete_is_no_object() -> None:
    broken = Listing([keys("1"), keys("2")], breaks_at=1, error=client_error("Throttling"))
    collecting = Collecting({REGION: broken})
    collecting.collect()
    assert collecting.outcomes == {REGION: ("PARTIAL", "THROTTLED")}
    assert in_lake(collecting) == []


def test_a_listing_that_the_run_narrows_is_no_object() -> None:
    resource, left_out = keys("1", "2")
    listing = Listing([[resource, left_out]], instead={left_out.arn: None})
    collecting = Collecting({REGION: listing})
    collecting.collect()
    assert collecting.outcomes == {REGION: ("COMPLETE", None)}
    assert collecting.scopes[REGION]["isNarrowed"] is True
    assert in_lake(collecting) == []


def test_what_is_unchanged_and_not_published_is_listed() -> None:
    run = a_run(config=a_config(publish=Publish.CHANGES))
    collecting = Collecting({REGION: Listing([keys("1", "2")])}, run=run)
    collecting.know(*keys("1", "2"))
    collecting.collect()
    assert collecting.published == []
    assert [line["change"] for line in lines(collecting)] == ["UNCHANGED", "UNCHANGED"]


@pytest.mark.parametrize("part_bytes", [5 * 1024 * 1024, 3_000])
def test_a_listing_goes_on_in_the_next_invocation_and_is_seen_at_its_end(
    part_bytes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lake, "PART_BYTES", part_bytes)
    collecting = Collecting({REGION: pages(60)})
    continuation, invocations = None, 0
    while invocations == 0 or continuation:
        assert in_lake(collecting) == []
        continuation = collecting.collect(continuation, no_time)["continuation"]
        invocations += 1
    assert invocations > 2
    assert arns(collecting) == [one.arn for one in numbered(60)]
    assert collecting.s3.uploads == {}


def test_a_large_listing_is_uploaded_in_parts_none_of_which_is_seen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lake, "PART_BYTES", 3_000)
    listing = pages(60)
    collecting = Collecting({REGION: listing})
    collecting.collect()
    assert arns(collecting) == [one.arn for one in numbered(60)]
    broken = Listing(listing.content, breaks_at=2, error=client_error("Throttling"))
    collecting = Collecting({REGION: broken})
    collecting.collect()
    [parts] = collecting.s3.uploads.values()
    assert len(parts) > 1
    assert in_lake(collecting) == []


def test_an_invocation_that_is_tried_again_leaves_the_same_listing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lake, "PART_BYTES", 3_000)
    collecting = Collecting({REGION: pages(60)})
    continuation = collecting.collect(None, no_time)["continuation"]
    [upload] = collecting.s3.uploads.values()
    upload[99] = b"what the first attempt left"
    collecting.collect(continuation)
    assert arns(collecting) == [one.arn for one in numbered(60)]


@pytest.mark.parametrize("part_bytes", [5 * 1024 * 1024, 3_000])
@pytest.mark.parametrize("code", ["AccessDenied", "SlowDown"])
def test_where_the_lake_refuses_the_scope_is_partial_and_all_is_published(
    code: str, part_bytes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lake, "PART_BYTES", part_bytes)
    collecting = Collecting({REGION: pages(60)})
    collecting.s3.refusal, collecting.s3.refused = client_error(code), "lake/"
    collecting.know(*keys("gone"))
    collecting.collect()
    assert collecting.outcomes == NOT_WRITTEN
    assert collecting.scopes[REGION]["errorCode"] == code
    assert len(collecting.published) == 61
    assert in_lake(collecting) == []
    assert collecting.s3.uploads == {}


def test_where_the_disk_is_full_the_scope_is_partial_and_all_is_published(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(draft, "SpooledTemporaryFile", FullDisk)
    collecting = Collecting({REGION: pages(60)})
    collecting.collect()
    assert collecting.outcomes == NOT_WRITTEN
    assert len(collecting.published) == 60
    assert in_lake(collecting) == []


def test_a_large_draft_is_on_the_disk_and_leaves_it_at_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    files: list[Any] = []

    class WatchedFile(SpooledTemporaryFile[bytes]):
        def __init__(self, _: int) -> None:
            super().__init__(10_000)
            files.append(self)

    monkeypatch.setattr(draft, "SpooledTemporaryFile", WatchedFile)
    collecting = Collecting({REGION: pages(60)})
    continuation = collecting.collect(None, no_time)["continuation"]
    collecting.collect(continuation)
    assert len(files) == 2
    assert all(file._rolled for file in files)
    assert all(file.closed for file in files)
    assert arns(collecting) == [one.arn for one in numbered(60)]


@pytest.mark.parametrize("part_bytes", [5 * 1024 * 1024, 3_000])
def test_what_could_not_be_published_is_told_before_what_the_lake_refused(
    part_bytes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lake, "PART_BYTES", part_bytes)
    collecting = Collecting({REGION: pages(60)})
    collecting.s3.refusal, collecting.s3.refused = client_error("AccessDenied"), "lake/"
    collecting.sns.verdict = lambda _: "AuthorizationError"
    collecting.collect()
    assert collecting.outcomes == {REGION: ("PARTIAL", "PUBLISH_FAILED")}


def test_what_the_lake_refused_is_still_told_by_the_next_invocation(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lake, "PART_BYTES", 3_000)
    collecting = Collecting({REGION: pages(60)})
    collecting.s3.refusal, collecting.s3.refused = client_error("AccessDenied"), "lake/"
    continuation = collecting.collect(None, no_time)["continuation"]
    collecting.s3.refusal = None
    collecting.collect(continuation)
    assert collecting.outcomes == NOT_WRITTEN
    assert in_lake(collecting) == []

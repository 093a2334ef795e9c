"""Progress passes from one invocation to the next, however much was seen."""

from datetime import UTC, datetime
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cidb2.aws.trail import Trail
from cidb2.collecting.checkpoints import Checkpoint, Checkpoints, Progress, ServiceProgress
from cidb2.errors import StorageRefusedError, StorageUnavailableError
from cidb2.items.digests import Digests
from cidb2.items.item import Change
from cidb2.lake.draft import Draft
from cidb2.ledger.tally import Tally
from cidb2.reasons import Failure, Reason
from tests.support.builders import BUCKET, a_failure, client_error
from tests.support.fakes import FakeS3
from tests.support.gzip_member import only_member
from tests.support.strategies import texts

failures = st.builds(
    Failure,
    reason=st.sampled_from(Reason),
    error_code=texts,
    message=texts,
    retryable=st.booleans(),
)
OPEN = "kms"


def checkpoint_of(**scopes: Any) -> Checkpoint:
    """Return a checkpoint with these open scopes of one service."""
    return Checkpoint(number=1, services={OPEN: ServiceProgress(scopes)})


progresses = st.builds(
    Progress,
    started_at=st.datetimes(datetime(1970, 1, 2), timezones=st.just(UTC)),  # noqa: DTZ001
    token=st.none() | texts,
    trail=st.builds(Trail, st.none() | texts, st.integers(0), st.integers(1)),
    gone=st.sets(texts, max_size=3),
    tally=st.builds(Tally, items=st.integers(0), failed=st.integers(0)),
    problem=st.none() | failures,
    draft=st.builds(
        Draft,
        upload_id=st.none() | texts,
        parts=st.lists(texts, max_size=3),
        failure=st.none() | failures,
        crc=st.integers(0, 2**32 - 1),
        length=st.integers(0),
    ),
)


def checkpoints(s3: FakeS3) -> Checkpoints:
    return Checkpoints(cast("Any", s3), BUCKET)


@given(
    st.builds(
        Checkpoint,
        number=st.integers(1, 100),
        services=st.dictionaries(
            texts,
            st.builds(
                ServiceProgress,
                st.dictionaries(texts, st.dictionaries(texts, progresses, max_size=2), max_size=2),
                publishing=st.dictionaries(texts, st.integers(), max_size=3),
                outcomes=st.dictionaries(texts, st.integers(), max_size=3),
            ),
            max_size=3,
        ),
    )
)
def test_a_checkpoint_comes_back_as_it_was(checkpoint: Checkpoint) -> None:
    kept = checkpoints(FakeS3())
    loaded = kept.load(kept.save("run/kms/account", checkpoint))
    assert loaded.number == checkpoint.number
    assert _documents(loaded) == _documents(checkpoint)


def _documents(checkpoint: Checkpoint) -> dict[str, Any]:
    return {name: each.to_document() for name, each in checkpoint.services.items()}


@given(st.lists(st.lists(st.binary(min_size=1, max_size=20), max_size=3), max_size=3))
def test_what_waits_for_the_lake_comes_back_and_more_of_it_follows(
    listings: list[list[bytes]],
) -> None:
    kept = checkpoints(FakeS3())
    begun = {str(number): Progress() for number in range(len(listings))}
    for progress, lines in zip(begun.values(), listings, strict=True):
        for line in lines:
            progress.draft.add(line)
    checkpoint = checkpoint_of(eu=begun)
    loaded = kept.load(kept.save("run/kms/account", checkpoint)).services[OPEN].scopes["eu"]
    for progress in begun.values():
        progress.draft.clear()
    for progress, lines in zip(loaded.values(), listings, strict=True):
        progress.draft.add(b"more")
        progress.draft.end()
        written = progress.draft.from_start().read()
        progress.draft.clear()
        assert only_member(written) == b"".join([*lines, b"more"])


def test_a_scope_of_100_000_resources_comes_back_and_stays_small() -> None:
    s3 = FakeS3()
    kept = checkpoints(s3)
    seen = Digests(map(str, range(100_000)))
    begun = {"ListKeys": Progress(seen=seen, gone={"1", "2"}, token="next")}
    loaded = kept.load(kept.save("place", checkpoint_of(eu=begun)))
    progress = loaded.services[OPEN].scopes["eu"]["ListKeys"]
    loaded_seen = progress.seen
    assert all(str(number) in loaded_seen for number in range(100_000))
    assert len(loaded_seen) == 100_000
    assert progress.gone == {"1", "2"}
    [body] = s3.objects.values()
    assert len(body) < 1_200_000


def test_figures_and_reasons_of_unreadable_fields_come_back() -> None:
    tally = Tally()
    tally.count(Change.CREATED, [a_failure()])
    assert Progress.parse(Progress(tally=tally).to_document()).tally == tally


def test_every_checkpoint_has_a_key_of_its_own() -> None:
    s3 = FakeS3()
    kept = checkpoints(s3)
    first = kept.save("run/kms/account", Checkpoint(number=1))
    second = kept.save("run/kms/account", Checkpoint(number=2))
    assert first == {"key": "checkpoints/run/kms/account/1.zip", "number": 1}
    assert (kept.load(first).number, kept.load(second).number) == (1, 2)


def test_a_save_that_is_tried_again_writes_the_same_bytes() -> None:
    s3 = FakeS3()
    checkpoint = checkpoint_of(eu={"ListKeys": Progress()})
    continuation = checkpoints(s3).save("place", checkpoint)
    first = s3.objects[continuation["key"]]
    checkpoints(s3).save("place", checkpoint)
    assert s3.objects[continuation["key"]] == first


@pytest.mark.parametrize(
    ("code", "error"),
    [("ServiceUnavailable", StorageUnavailableError), ("AccessDenied", StorageRefusedError)],
)
def test_a_bucket_that_refuses_is_an_error_of_storage(code: str, error: type[Exception]) -> None:
    s3 = FakeS3()
    s3.refusal = client_error(code)
    with pytest.raises(error):
        checkpoints(s3).save("place", Checkpoint())
    with pytest.raises(error):
        checkpoints(s3).load({"key": "place", "number": 1})


def test_a_checkpoint_that_is_not_there_is_an_error_of_storage() -> None:
    with pytest.raises(StorageRefusedError, match="NoSuchKey"):
        checkpoints(FakeS3()).load({"key": "place", "number": 1})

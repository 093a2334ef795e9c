"""Fetching the lake: all of it once, then what is new."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from threading import Barrier
from typing import Any

import boto3
import pytest
from moto import mock_aws

from cidb2.scope import GLOBAL, Scope
from lake.duck import open_lake
from lake.fetch import Fetched, fetch
from lake.saved import saved_queries
from lake.tables import ITEMS, TABLES
from tests.support.builders import ACCOUNT
from tests.support.planted_lake import NOON, PlantedLake, of_type

BUCKET = "results"
S3 = Scope(ACCOUNT, "s3", GLOBAL)
BUCKETS = [of_type("AWS::S3::Bucket", name) for name in ("a", "b", "c")]


@pytest.fixture
def planted(tmp_path: Path) -> PlantedLake:
    return PlantedLake(tmp_path / "planted")


@pytest.fixture
def s3() -> Iterator[Any]:
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket=BUCKET)
        yield client


def upload(s3: Any, planted: PlantedLake) -> None:
    for path in planted.written:
        s3.upload_file(str(path), BUCKET, str(path.relative_to(planted.folder)))


def test_what_is_new_is_fetched_and_nothing_twice(
    s3: Any, planted: PlantedLake, tmp_path: Path
) -> None:
    s3.put_object(Bucket=BUCKET, Key="runs/x/summary.json", Body=b"{}")
    planted.plant(1, {S3: BUCKETS[:2]})
    upload(s3, planted)
    here = tmp_path / "here"
    assert fetch(s3, BUCKET, here) == Fetched(2)
    planted.plant(0, {S3: BUCKETS})
    upload(s3, planted)
    assert fetch(s3, BUCKET, here) == Fetched(2)
    assert fetch(s3, BUCKET, here) == Fetched(0)
    with open_lake(here) as lake:
        [row] = lake.ask(saved_queries()["what-do-we-have"].sql).rows
    assert row == ("AWS::S3::Bucket", ACCOUNT, "global", 3, f"{NOON:%Y-%m-%d}")
    files = {path for path in here.rglob("*") if path.is_file()}
    assert files == {here / path.relative_to(planted.folder) for path in planted.written}


def test_of_a_day_on_is_fetched_what_is_of_that_day_and_later(
    s3: Any, planted: PlantedLake, tmp_path: Path
) -> None:
    for days_ago in (2, 1, 0):
        planted.plant(days_ago, {S3: BUCKETS})
    upload(s3, planted)
    today = date(NOON.year, NOON.month, NOON.day)
    assert fetch(s3, BUCKET, tmp_path / "here", since=today) == Fetched(2)


DAY = f"{ITEMS.prefix}/run_date=2026-11-28"


@pytest.mark.parametrize(
    "key",
    [
        f"{DAY}/service=iam/{'../' * 8}owned/.bashrc",
        f"{DAY}/service=iam/{'../' * 8}owned/profile.jsonl.gz",
        f"{DAY}/./one.jsonl.gz",
        f"{ITEMS.prefix}//etc/cron.d/one.jsonl.gz",
        f"{DAY}/C:/one.jsonl.gz",
        f"{DAY}/..\\..\\one.jsonl.gz",
        f"{DAY}/.hidden.jsonl.gz",
        f"{DAY}/service=iam",
        f"{DAY}/one.jsonl.gz/two.jsonl.gz",
        f"{DAY}/\x1b[2J.jsonl.gz",
        f"{DAY}/{'long' * 100}.jsonl.gz",
    ],
)
def test_a_key_that_no_run_writes_is_left_out_by_name(
    key: str, s3: Any, planted: PlantedLake, tmp_path: Path
) -> None:
    s3.put_object(Bucket=BUCKET, Key=key, Body=b"owned")
    s3.put_object(Bucket=BUCKET, Key=f"{ITEMS.prefix}/")
    planted.plant(0, {S3: BUCKETS})
    upload(s3, planted)
    here = tmp_path / "a/b/c/d/lake"
    assert fetch(s3, BUCKET, here) == Fetched(2, (key,))
    fetched = {here / path.relative_to(planted.folder) for path in planted.written}
    assert {path for path in (tmp_path / "a").rglob("*") if path.is_file()} == fetched


@pytest.mark.parametrize("depth", [0, 1, 3])
def test_no_symbolic_link_leads_out_of_the_folder(
    depth: int, s3: Any, planted: PlantedLake, tmp_path: Path
) -> None:
    planted.plant(0, {S3: BUCKETS})
    upload(s3, planted)
    key = planted.written[0].relative_to(planted.folder)
    linked, elsewhere = tmp_path / "here" / [key, *key.parents][depth], tmp_path / "elsewhere"
    elsewhere.mkdir()
    linked.parent.mkdir(parents=True)
    linked.symlink_to(elsewhere)
    with pytest.raises(OSError, match=f"a symbolic link, where {key} of the lake") as refused:
        fetch(s3, BUCKET, tmp_path / "here")
    assert refused.value.filename == str(linked)
    assert [*elsewhere.iterdir()] == []


def test_two_may_fetch_into_one_folder(s3: Any, planted: PlantedLake, tmp_path: Path) -> None:
    planted.plant(0, {S3: BUCKETS})
    upload(s3, planted)
    all_files_of_both = Barrier(4, timeout=20)

    def meet(**_: Any) -> None:
        all_files_of_both.wait()

    s3.meta.events.register("before-call.s3.GetObject", meet)
    here = tmp_path / "here"
    with ThreadPoolExecutor(2) as threads:
        fetching = [threads.submit(fetch, s3, BUCKET, here) for _ in range(2)]
        assert [each.result() for each in fetching] == [Fetched(2), Fetched(2)]
    read = {path.relative_to(here): path.read_bytes() for path in here.rglob("*") if path.is_file()}
    assert read == {path.relative_to(planted.folder): path.read_bytes() for path in planted.written}


def test_a_file_costs_one_call(s3: Any, planted: PlantedLake, tmp_path: Path) -> None:
    planted.plant(0, {S3: BUCKETS})
    upload(s3, planted)
    calls: list[str] = []
    s3.meta.events.register("before-call.s3", lambda model, **_: calls.append(model.name))
    fetch(s3, BUCKET, tmp_path)
    assert sorted(calls) == ["GetObject"] * 2 + ["ListObjectsV2"] * len(TABLES)

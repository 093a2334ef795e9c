"""An import of relations answers as the lake does, and is made again when the lake changes."""

import os
import time
from itertools import groupby
from pathlib import Path

import pytest

from cidb2.scope import Scope
from lake.answer import QueryError
from lake.duck import open_lake
from lake.imported import _CONFIG, imported
from lake.saved import questions, with_resources
from tests.support.builders import ACCOUNT
from tests.support.planted_lake import PlantedLake, of_type
from tests.support.related_world import LISTINGS, OTHER, REGION, USED_KEY, WORLD, plant, scopes_of

ARGUMENTS = {"who-owns": "192.0.2.1", "what-uses": USED_KEY.arn, "belongs-to": "Owner=web"}


@pytest.fixture
def planted(tmp_path: Path) -> PlantedLake:
    made = PlantedLake(tmp_path)
    plant(made, LISTINGS[:1])
    return made


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("relations-*"))


def test_every_question_has_the_same_answer(planted: PlantedLake) -> None:
    with open_lake(planted.folder) as lake, imported(planted.folder) as tables:
        for name, query in questions().items():
            given = [ARGUMENTS.get(name, "")] * query.parameters
            assert tables.ask(query.question, given) == lake.ask(query.sql, given), name
        for table in ("listing_states", "relation_states", "names", "relations", "turned"):
            sql = f"SELECT count(*) FROM {table}"
            assert tables.ask(sql).rows == lake.ask(with_resources(sql)).rows, table


def test_a_run_that_ended_since_is_imported_and_nothing_else_is(planted: PlantedLake) -> None:
    with imported(planted.folder):
        [first] = files(planted.folder)
    made = (planted.folder / first).stat().st_mtime_ns
    with imported(planted.folder):
        assert (planted.folder / first).stat().st_mtime_ns == made
    plant(planted)
    planted.plant(0, {}, number=1)
    with imported(planted.folder) as tables:
        [second] = files(planted.folder)
        assert second != first
        *_, (*_, rests) = tables.ask(questions()["blind-spots"].question).rows
    known, _, of = rests.split()[:3]
    assert known == of


def test_only_current_listings_are_read(planted: PlantedLake) -> None:
    """Not those of earlier days, which are as many again for each run."""
    earlier = PlantedLake(planted.folder)
    earlier.plant_scopes(1, scopes_of(WORLD))
    for path in earlier.written[:-1]:
        path.write_bytes(b"not even compressed")
    assert len(earlier.written) > len(LISTINGS)
    plant(planted)
    with imported(planted.folder) as tables:
        assert tables.ask("SELECT count(*) FROM resources").rows == [(len(WORLD),)]


@pytest.mark.parametrize("limit", ["READ_AT_ONCE_BYTES", "FILES_AT_ONCE"])
def test_batches_of_files_are_imported_as_one(
    planted: PlantedLake, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    monkeypatch.setattr(f"lake.reading.{limit}", 1)
    with imported(planted.folder) as tables, open_lake(planted.folder) as lake:
        for table in ("resources", "names", "relations", "relation_states", "unknown_listings"):
            sql = f"SELECT count(*) FROM {table}"
            assert tables.ask(sql).rows == lake.ask(with_resources(sql)).rows, table


def test_many_processors_need_no_more_memory(
    planted: PlantedLake, monkeypatch: pytest.MonkeyPatch
) -> None:
    accounts = [f"{number:012}" for number in range(1, 301)]
    planted.plant(
        0,
        {Scope(each, "kms", REGION): [of_type("AWS::KMS::Key", each)] for each in accounts},
        number=1,
    )
    monkeypatch.setitem(_CONFIG, "threads", 8)
    with imported(planted.folder) as tables:
        [[found]] = tables.ask("SELECT count(*) FROM resources WHERE service = 'kms'").rows
    assert found >= len(accounts)


def test_rows_of_one_type_are_stored_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of all accounts, batch after batch, so that questions about a type skip the rest."""
    monkeypatch.setattr("lake.reading.READ_AT_ONCE_BYTES", 1)
    made = PlantedLake(tmp_path)
    disks = {
        "DescribeVolumes": [of_type("AWS::EC2::Volume", "vol-1", REGION)],
        "DescribeSnapshots": [of_type("AWS::EC2::Snapshot", "snap-1", REGION)],
    }
    made.plant_scopes(0, {Scope(each, "ec2", REGION): disks for each in (ACCOUNT, OTHER)})
    with imported(made.folder) as tables:
        kinds = [kind for (kind,) in tables.ask("SELECT resourcetype FROM resources").rows]
    assert [len([*each]) for _, each in groupby(kinds)] == [2, 2]


def test_an_import_that_was_interrupted_is_made_again(planted: PlantedLake) -> None:
    with imported(planted.folder):
        [name] = files(planted.folder)
    path = planted.folder / name
    abandoned = path.rename(path.with_suffix(".of-a-killed-process.unfinished"))
    two_days_ago = time.time() - 2 * 24 * 3600
    os.utime(abandoned, (two_days_ago, two_days_ago))
    with imported(planted.folder) as tables:
        assert tables.ask("SELECT count(*) FROM relations").rows[0][0] > 0
        assert files(planted.folder) == [name]


@pytest.mark.parametrize("sql", ["SELECT * FROM '/etc/passwd'", "SELECT * FROM items", "SELEC 1"])
def test_a_query_reads_nothing_but_the_import(planted: PlantedLake, sql: str) -> None:
    with imported(planted.folder) as tables, pytest.raises(QueryError):
        tables.ask(sql)

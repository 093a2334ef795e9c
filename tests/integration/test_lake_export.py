"""Answers as files: whole and harmless, whatever is in them."""

import csv
import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from unicodedata import normalize

import duckdb
import pytest

from cidb2.scope import GLOBAL, Scope
from lake.answer import QueryError
from lake.duck import LocalLake
from lake.export import Form
from lake.saved import with_resources
from tests.support import hostile
from tests.support.builders import ACCOUNT
from tests.support.planted_lake import PlantedLake, of_type

S3 = Scope(ACCOUNT, "s3", GLOBAL)
FORMS = tuple(c for c in map(chr, range(0x110000)) if normalize("NFKC", c) in ("=", "+", "-", "@"))
"""Every character that is one of these, or that Unicode takes for one."""
SKIPPED = ("\xa0", "\u3000", "\x1b", "\x85", "\u200b", "\u2028", "\u202e", "\ufeff", " \t\u2060")
COMPUTED_TEXTS = (
    *("\ttab", "\rreturn", "\nfeed", " =cmd", "\x1b\ttab", *FORMS),
    *(f"{before}{sign}1" for before in SKIPPED for sign in "=+-@"),
)
TEXTS = (*hostile.IN_JSON, *COMPUTED_TEXTS, "'quoted", 'a"b,c', "a=b", " a", "\x1b[31m", "−1")
COMPUTED = (*COMPUTED_TEXTS, *hostile.FORMULAS)
EVERYTHING = with_resources("SELECT * FROM resources ORDER BY resourcename")


@pytest.fixture
def lake(tmp_path: Path) -> Iterator[LocalLake]:
    planted = PlantedLake(tmp_path / "lake")
    buckets = [
        of_type(
            "AWS::S3::Bucket",
            f"bucket-{number}",
            resource_name=text,
            resource_id=text,
            tags={text: text},
            configuration={"Name": text},
        )
        for number, text in enumerate(TEXTS)
    ]
    planted.plant(0, {S3: buckets})
    with LocalLake(planted.folder) as opened:
        yield opened


def saved(lake: LocalLake, path: Path, sql: str = EVERYTHING) -> Path:
    lake.save(sql, path, Form(path.suffix.removeprefix(".")))
    return path


def test_no_cell_of_csv_is_computed_and_none_loses_its_text(
    lake: LocalLake, tmp_path: Path
) -> None:
    with saved(lake, tmp_path / "all.csv").open(newline="", encoding="utf-8") as file:
        rows = [*csv.DictReader(file)]
    assert len(rows) == len(TEXTS)
    assert [cell for row in rows for cell in row.values() if cell in COMPUTED] == []
    names = {row["resourcename"] for row in rows}
    assert names == {f"'{text}" if text in COMPUTED else text for text in TEXTS}


def test_no_heading_of_csv_is_computed(lake: LocalLake, tmp_path: Path) -> None:
    sql = """SELECT 1 AS "=cmd", 'b' AS " +1", 'c' AS "\ufeff@SUM", 'd' AS "plain" """
    with saved(lake, tmp_path / "n.csv", sql).open(newline="", encoding="utf-8") as file:
        assert [*csv.reader(file)] == [["'=cmd", "' +1", "'\ufeff@SUM", "plain"], [*"1bcd"]]
    [row] = json.loads(saved(lake, tmp_path / "n.json", sql).read_text())
    assert [*row] == ["=cmd", " +1", "\ufeff@SUM", "plain"]


def test_figures_stay_figures(lake: LocalLake, tmp_path: Path) -> None:
    sql = "SELECT -1 AS n, -0.5 AS share, true AS t, '-1' AS text, ARRAY['=a'] AS many, NULL AS no"
    lines = saved(lake, tmp_path / "n.csv", sql).read_text().splitlines()
    assert lines == ['"n","share","t","text","many","no"', '"-1","-0.5","true","\'-1","[\'=a\']",']


def test_json_nests_and_says_the_same(lake: LocalLake, tmp_path: Path) -> None:
    rows = json.loads(saved(lake, tmp_path / "all.json").read_text())
    assert {row["resourcename"] for row in rows} == {*TEXTS}
    assert all(row["tags"] == {row["resourcename"]: row["resourcename"]} for row in rows)
    assert all(row["configuration"] == {"Name": row["resourcename"]} for row in rows)


def test_parquet_has_the_lake_as_it_is(lake: LocalLake, tmp_path: Path) -> None:
    path = saved(lake, tmp_path / "all.parquet")
    answer = lake.ask(EVERYTHING)
    found = duckdb.connect().execute(f"FROM '{path}'")
    assert [column[0] for column in found.description or []] == answer.columns
    assert found.fetchall() == answer.rows


def test_an_empty_answer_is_a_file_too(lake: LocalLake, tmp_path: Path) -> None:
    sql = with_resources("SELECT arn FROM resources WHERE arn = '?'")
    assert saved(lake, tmp_path / "none.csv", sql).read_text() == '"arn"\n'
    assert json.loads(saved(lake, tmp_path / "none.json", sql).read_text()) == []


@pytest.mark.parametrize("form", Form)
def test_what_cannot_be_answered_leaves_no_file(
    lake: LocalLake, tmp_path: Path, form: Form
) -> None:
    before = sorted(tmp_path.iterdir())
    with pytest.raises(QueryError):
        lake.save("SELECT nothing FROM nowhere", tmp_path / "x", form)
    with pytest.raises(OSError, match="No such file"):
        lake.save("SELECT 1", tmp_path / "nowhere" / "x", form)
    assert sorted(tmp_path.iterdir()) == before


def test_what_is_wrong_with_a_query_is_told_without_colours(lake: LocalLake) -> None:
    with pytest.raises(QueryError) as refused:
        lake.ask("SELEC 1")
    assert "\x1b" not in str(refused.value)
    assert "Line 1" in str(refused.value)


def test_parameters_are_told_apart_from_the_query(lake: LocalLake, tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    rows = lake.save("SELECT ? AS said", path, Form.JSON, ["'; DROP"])
    told: Any = json.loads(path.read_text())
    assert (rows, told) == (1, [{"said": "'; DROP"}])


def test_a_pipe_and_what_a_link_leads_to_are_written_into(lake: LocalLake, tmp_path: Path) -> None:
    pipe, plain, link = (tmp_path / name for name in ("pipe", "plain", "link"))
    os.mkfifo(pipe)
    link.symlink_to(plain)
    with ThreadPoolExecutor(1) as reader:
        read = reader.submit(pipe.read_text)
        lake.save("SELECT 1 AS n", pipe, Form.CSV)
        assert (read.result(timeout=20), pipe.is_fifo()) == ('"n"\n"1"\n', True)
    lake.save("SELECT 1 AS n", link, Form.CSV)
    assert (plain.read_text(), link.is_symlink()) == ('"n"\n"1"\n', True)
    with pytest.raises(IsADirectoryError):
        lake.save("SELECT 1", tmp_path, Form.CSV)


@pytest.mark.parametrize(
    "sql",
    [
        *("DROP VIEW items", "COPY (SELECT 1) TO 'x.csv'", "SET threads = 1", "PRAGMA version"),
        *("CREATE TABLE x AS SELECT 1", "INSERT INTO items SELECT 1", "SHOW TABLES", "", "-- no"),
        "SELECT 1; SELECT 2",
    ],
)
def test_only_a_query_is_answered(lake: LocalLake, sql: str) -> None:
    with pytest.raises(QueryError, match=r"only queries are answered|one query at a time"):
        lake.ask(sql)
    assert lake.ask("VALUES 1").rows == [(1,)]


def test_a_query_reaches_no_file_but_the_lakes_and_no_variable(
    lake: LocalLake, tmp_path: Path
) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("password\n")
    for place in (f"read_text('{secret}')", f"read_csv('{secret}')", f"'{secret}'", "lake"):
        with pytest.raises(QueryError, match=r"disabled by configuration|does not exist"):
            lake.ask(f"SELECT * FROM {place}")

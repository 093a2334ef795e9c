"""What a person asks in SQL, and who answers."""

import io
from datetime import date
from typing import Any, cast

import boto3
import pytest

from cli.athena import Athena
from cli.errors import CliError
from cli.options import CommandContext
from cli.queries import EngineName, engine_of, query_of
from cli.stack import Choice, Stack
from lake.fetch import Fetched
from lake.saved import saved_queries, with_resources

DAY = date(2026, 11, 24)
LAKE = {"LakeDatabaseName": "lake", "LakeWorkGroupName": "group"}


def asked(**outputs: str) -> CommandContext:
    session = boto3.Session(region_name="eu-west-1")
    made = CommandContext(Choice("it", None, None))
    made.stack = Stack(session, "it", {"ResultsBucketName": "bucket", **outputs})
    return made


def test_a_name_is_a_saved_query_and_other_text_a_query_of_ones_own() -> None:
    saved = saved_queries()["public-buckets"]
    assert query_of("public-buckets").sql == saved.sql
    own = "SELECT arn FROM resources"
    assert query_of(own).sql == with_resources(own)
    commented = "-- what is there\n  with a as (select 1) select * from a"
    assert query_of(commented).sql.startswith("-- what is there\n  WITH complete AS")
    assert query_of(commented).sql.endswith(",\na as (select 1) select * from a")
    assert query_of("/* all\n */ (SELECT 1)").sql == with_resources("/* all\n */ (SELECT 1)")
    recursive = query_of("with recursive n(x) as (values 1) select x from n").sql
    assert recursive.startswith("WITH RECURSIVE complete AS")
    assert recursive.endswith(",\nn(x) as (values 1) select x from n")


def test_a_query_comes_from_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("public-buckets\n"))
    assert query_of("-").sql == saved_queries()["public-buckets"].sql


def test_a_day_is_given_as_often_as_a_query_asks_for_it() -> None:
    saved = query_of("as-of-a-day", DAY)
    assert saved.parameters == ("2026-11-24",) * saved_queries()["as-of-a-day"].parameters
    own = query_of("SELECT count(*) FROM resources", DAY)
    assert own.parameters == ("2026-11-24",) * own.sql.count("?")
    assert own.parameters
    assert query_of("public-buckets").parameters == ()


@pytest.mark.parametrize(
    ("text", "day", "said"),
    [
        ("public", None, "Saved query public does not exist."),
        ("as-of-a-day", None, "as-of-a-day requires a day."),
        ("public-buckets", DAY, "public-buckets does not take a day."),
        ("", None, "Only queries are allowed"),
        ("DROP TABLE items", None, "Only queries are allowed"),
        ("-- SELECT 1\nUNLOAD (SELECT 1) TO 's3://b'", None, "Only queries are allowed"),
    ],
)
def test_a_query_that_is_not_meant_so_is_refused(text: str, day: date | None, said: str) -> None:
    with pytest.raises(CliError, match=said) as refused:
        query_of(text, day)
    assert (refused.value.code, bool(refused.value.advice)) == (2, True)


@pytest.mark.parametrize("name", [EngineName.AUTO, EngineName.ATHENA])
def test_athena_answers_where_the_stack_has_it(name: EngineName) -> None:
    with engine_of(asked(**LAKE), name, None, None) as engine:
        assert isinstance(engine, Athena)
        assert (engine.database, engine.workgroup) == ("lake", "group")


def test_athena_cannot_be_asked_where_there_is_none() -> None:
    some = asked(LakeDatabaseName="lake")
    with (
        pytest.raises(CliError, match="Stack it has no Athena"),
        engine_of(some, EngineName.ATHENA, None, None),
    ):
        pytest.fail("it has no workgroup")


@pytest.mark.parametrize(
    ("outputs", "name"), [({}, EngineName.AUTO), (LAKE, EngineName.DUCKDB)], ids=["auto", "named"]
)
def test_else_duckdb_does_over_what_is_fetched(
    outputs: dict[str, str],
    name: EngineName,
    tmp_path: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CIDB2_HOME", str(tmp_path))
    some = asked(**outputs)
    fetched: list[Any] = []

    def fetch(*given: Any) -> Fetched:
        fetched.append(given)
        return Fetched(0)

    monkeypatch.setattr("lake.fetch.fetch", fetch)
    cast("Any", some.stack).s3 = "s3"
    with (
        pytest.raises(CliError, match="has no data since 2026-10-24") as refused,
        engine_of(some, name, DAY, None),
    ):
        pytest.fail("there is no lake")
    assert refused.value.code == 3
    [(_, bucket, folder, since)] = fetched
    assert (bucket, folder, since) == ("bucket", tmp_path / "lake" / "bucket", date(2026, 10, 24))
    assert (tmp_path / "lake").stat().st_mode & 0o077 == 0


def test_what_is_not_fetched_is_told_by_its_key(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CIDB2_HOME", str(tmp_path))
    refused = ("lake/items/../\x1b.bashrc", "lake/items/../a", "lake/items/../b")
    monkeypatch.setattr("lake.fetch.fetch", lambda *_: Fetched(0, refused))
    some = asked()
    cast("Any", some.stack).s3 = "s3"
    with pytest.raises(CliError), engine_of(some, EngineName.AUTO, DAY, None):
        pytest.fail("there is no lake")
    told = "Skipped: lake/items/../‹U+001B›.bashrc and 2 more in bucket: CIDB2 does"
    assert capsys.readouterr().err.startswith(told)

"""What the stack tells Glue and Athena of the lake, held against real files and against DuckDB."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import sqlglot
import yaml

from cidb2.lake.listings import ITEMS, SCOPES
from cidb2.reasons import Reason
from cidb2.scope import GLOBAL, Scope
from lake.duck import LocalLake, open_lake
from lake.saved import saved_queries
from local.emulator.embedded import EmbeddedAws
from tests.support.athena import SPOILED, Athena
from tests.support.builders import ACCOUNT
from tests.support.planted_lake import NOON, PlantedLake, line_of, of_type, run_id
from tests.support.standing_lake import (
    BUCKETS,
    EC2,
    IAM,
    INSTANCES,
    KEYS,
    KMS,
    REGION,
    S3,
    STANDING,
    TODAY,
    YESTERDAY,
)
from tests.support.template import TEMPLATE, parsed
from tools.lake_template import SNIPPET, snippet

if TYPE_CHECKING:
    from cidb2.items.item import Effects

pytestmark = pytest.mark.integration

PYTHON_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str, type(None)),
    "bigint": (int,),
    "double": (int, float),
    "boolean": (bool,),
}


@dataclass(frozen=True)
class Both:
    """The same files, as the stack's catalogue leads to them and as they are on the disk."""

    aws: EmbeddedAws
    athena: Athena
    duckdb: LocalLake
    planted: PlantedLake


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    planted = PlantedLake(tmp_path_factory.mktemp("planted"))
    planted.plant(400, {KMS: KEYS[:1]})
    disk = of_type("AWS::EC2::Volume", "vol-1", "us-east-1")
    place, listed = Scope(ACCOUNT, "ec2", "us-east-1"), {"DescribeVolumes": [disk]}
    planted.plant_listings(3, place, listed, is_narrowed=True)
    planted.plant(2, {**STANDING, EC2: Reason.THROTTLED})
    planted.plant(1, {KMS: KEYS[:2], S3: BUCKETS, EC2: INSTANCES})
    denied = Scope(ACCOUNT, "kms", GLOBAL)
    trust: Effects = {"effects": ["TRUST_ADDED"], "addedPrincipals": ["*", "999999999999"]}
    role = of_type("AWS::IAM::Role", "trusting")
    more = {
        S3: [SPOILED.encode() + b"\n"],
        IAM: [line_of(role, IAM, run_id(0), effects=trust)],
    }
    planted.plant(0, {**STANDING, denied: Reason.SCP_DENIED}, spoiled=more)
    planted.plant(
        0,
        {KMS: KEYS[1:], IAM: Reason.ACCESS_DENIED},
        number=1,
        spoiled={KMS: [SPOILED.encode() + b"\n"]},
    )
    with EmbeddedAws(TEMPLATE) as aws, open_lake(planted.folder) as duckdb:
        for path in planted.written:
            key = str(path.relative_to(planted.folder))
            bucket = aws.stack.physical_id("ResultsBucket")
            aws.client("s3").upload_file(str(path), bucket, key)
        athena = Athena(aws.client, aws.stack, tmp_path_factory.mktemp("fetched"))
        yield Both(aws, athena, duckdb, planted)


def test_included_tables_and_saved_queries_are_generated_from_lake() -> None:
    assert SNIPPET.read_text(encoding="utf-8") == snippet(), "make lake"
    assert yaml.safe_load(snippet()).items() <= parsed(TEMPLATE)["Resources"].items()


def test_every_saved_query_is_there_word_for_word(both: Both) -> None:
    saved = saved_queries()
    assert both.athena.queries.keys() == saved.keys()
    for name, query in both.athena.queries.items():
        assert query["QueryString"] == saved[name].sql
        assert query["Description"] == f"{saved[name].title} {saved[name].description}"
        assert len(query["QueryString"].encode()) < 262_144  # Athena's quota


@pytest.mark.parametrize("name", saved_queries())
def test_a_saved_query_has_the_same_answer_in_both(both: Both, name: str) -> None:
    query = saved_queries()[name]
    day = [YESTERDAY] * bool(query.parameters)
    answer = both.duckdb.ask(query.sql, day * query.parameters)
    here = answer.by_column()
    assert both.athena.ask(name, *day) == here
    assert here


def test_a_row_that_cannot_be_read_is_told_by_both(both: Both) -> None:
    told = [row for row in both.athena.ask("what-could-we-not-see") if row["service"] == "s3"]
    assert [row["errormessage"] for row in told] == [
        f"1 of {len(BUCKETS) + 1} rows could not be read"
    ]


def test_a_listing_with_a_row_that_cannot_be_read_is_not_known_in_both(both: Both) -> None:
    told = {row["because"] for row in both.athena.ask("blind-spots") if row["awsregion"] == REGION}
    assert "LAKE_NOT_READABLE: ListKeys" in told


@pytest.mark.parametrize("name", saved_queries())
def test_a_saved_query_is_read_alike_by_both_dialects(name: str) -> None:
    sql = saved_queries()[name].sql
    read = {dialect: sqlglot.transpile(sql, read=dialect) for dialect in ("trino", "athena")}
    assert read["trino"] == read["athena"]
    assert len(read["trino"]) == 1


@pytest.mark.parametrize("table", ["items", "scopes"])
def test_every_line_is_what_the_columns_declare(both: Both, table: str) -> None:
    columns, lines = both.athena.columns(table), both.athena.lines(table)
    assert len(lines) > 10
    for line in lines:
        assert line.keys() <= columns.keys()
        for name, value in line.items():
            assert type(value) in PYTHON_TYPES[columns[name]], name
    assert {name for line in lines for name in line} == columns.keys()


@pytest.mark.parametrize(("table", "prefix"), [("items", ITEMS), ("scopes", SCOPES)])
def test_the_projection_leads_to_every_file_once_and_knows_its_partition(
    both: Both, table: str, prefix: str
) -> None:
    planted = [str(path.relative_to(both.planted.folder)) for path in both.planted.written]
    wanted = sorted(path for path in planted if path.startswith(prefix))
    found = []
    for partition, paths in both.athena.partitions(table):
        found += [path.name for path in paths]
        for name, value in partition.items():
            assert all(f"_{name}={value}_" in path.name for path in paths)
    assert sorted(found) == sorted(path.replace("/", "_") for path in wanted)
    assert any(TODAY in path for path in wanted)


def test_the_oldest_day_that_is_kept_is_a_partition(both: Both) -> None:
    template = parsed(TEMPLATE)
    rules = template["Resources"]["ResultsBucket"]["Properties"]["LifecycleConfiguration"]["Rules"]
    [kept] = [rule["ExpirationInDays"] for rule in rules if rule.get("Prefix") == "lake/"]
    assert kept == {"Ref": "LakeRetentionDays"}
    days = template["Parameters"]["LakeRetentionDays"]["Default"]
    oldest = f"{NOON - timedelta(days=days):%Y-%m-%d}"
    assert oldest in {day["run_date"] for day, _ in both.athena.partitions("items")}


def test_no_partition_hides_a_column(both: Both) -> None:
    for table, description in both.athena.tables.items():
        keys = {key["Name"]: key["Type"] for key in description["PartitionKeys"]}
        assert not keys.keys() & both.athena.columns(table).keys()
        assert {*keys.values()} == {"string"}


def test_a_question_cannot_read_more_or_answer_elsewhere_than_the_workgroup_says(
    both: Both,
) -> None:
    outputs = both.aws.stack.outputs
    described: Any = both.aws.client("athena").get_work_group(
        WorkGroup=outputs["LakeWorkGroupName"]
    )["WorkGroup"]["Configuration"]
    assert described["EnforceWorkGroupConfiguration"] is True
    assert described["BytesScannedCutoffPerQuery"] == 100_000_000_000
    result = described["ResultConfiguration"]
    assert result["OutputLocation"] == f"s3://{outputs['ResultsBucketName']}/answers/"
    key = both.aws.stack.resources["DataKey"].attributes["Arn"]
    assert result["EncryptionConfiguration"] == {"EncryptionOption": "SSE_KMS", "KmsKey": key}
    rules = both.aws.client("s3").get_bucket_lifecycle_configuration(
        Bucket=outputs["ResultsBucketName"]
    )["Rules"]
    [answers] = [rule for rule in rules if rule["Filter"].get("Prefix") == "answers/"]
    assert answers["Expiration"] == {"Days": 7}

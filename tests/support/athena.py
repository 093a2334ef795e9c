"""Stands in for Athena: queries a deployed stack's catalogue over its files in S3.

Uses no code of lake/. Columns, types and partitions come from Glue; the text comes from Athena's
saved queries, is parsed as Trino SQL, and runs on DuckDB.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Any

import duckdb
import sqlglot

from local.deployment.stack import Stack
from tests.support.gzip_member import only_member

SPOILED = "{oops"
"""A line of invalid JSON, which no collector writes."""

Line = dict[str, Any]
Row = dict[str, Any]
TYPES = {"string": "VARCHAR", "bigint": "BIGINT", "double": "DOUBLE", "boolean": "BOOLEAN"}


class Athena:
    """A stack's lake, with its files downloaded to a folder; `client` creates clients."""

    def __init__(self, client: Any, stack: Stack, folder: Path) -> None:
        self._folder = folder
        self._s3 = client("s3")
        self._uris: dict[Path, str] = {}
        database = stack.outputs["LakeDatabaseName"]
        tables = client("glue").get_tables(DatabaseName=database)["TableList"]
        self.tables: dict[str, Any] = {table["Name"]: table for table in tables}
        self.queries = _saved(client("athena"), stack.outputs["LakeWorkGroupName"], database)

    def ask(self, name: str, *day: str) -> list[Row]:
        """Return the rows of a saved query, with the day for each question mark in it."""
        sql = self.queries[name]["QueryString"]
        [statement] = sqlglot.transpile(sql, read="trino", write="duckdb")
        with closing(duckdb.connect()) as engine:
            for table in self.tables:
                engine.execute(f"CREATE VIEW {table} AS {self._source(table)}")
            found = engine.execute(statement, [*day] * sql.count("?"))
            names = [column[0] for column in found.description or []]
            return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    def lines(self, table: str) -> list[Line]:
        """Return every line in a table's partitions."""
        paths = [path for _, paths in self.partitions(table) for path in paths]
        texts = [only_member(path.read_bytes()).decode() for path in paths]
        return [json.loads(line) for text in texts for line in text.splitlines() if line != SPOILED]

    def partitions(self, table: str) -> Iterator[tuple[dict[str, str], list[Path]]]:
        """Yield the values of each partition that has files, and the files."""
        parameters, keys = self.tables[table]["Parameters"], self.tables[table]["PartitionKeys"]
        assert parameters["projection.enabled"] == "true"
        names = [key["Name"] for key in keys]
        bucket, _, root = self.location(table).partition("/")
        listed = self._s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=root)
        there = [one["Key"] for page in listed for one in page.get("Contents", [])]
        for values in product(*(projected(parameters, name) for name in names)):
            partition = dict(zip(names, values, strict=True))
            prefix = place(parameters["storage.location.template"], partition)
            keys_of = [key for key in there if f"{bucket}/{key}".startswith(prefix)]
            if keys_of:
                yield partition, [self._fetched(bucket, key) for key in keys_of]

    def location(self, table: str) -> str:
        """Return the bucket and prefix of a table's files."""
        return place(self.tables[table]["StorageDescriptor"]["Location"], {})

    def columns(self, table: str) -> dict[str, str]:
        """Return the columns of a table and their types."""
        declared = self.tables[table]["StorageDescriptor"]["Columns"]
        return {column["Name"]: column["Type"] for column in declared}

    def _source(self, table: str) -> str:
        columns = {name: TYPES[kind] for name, kind in self.columns(table).items()}
        serde = self.tables[table]["StorageDescriptor"]["SerdeInfo"]
        skips = serde.get("Parameters", {}).get("ignore.malformed.json", "false")
        read = []
        for partition, paths in self.partitions(table):
            keys = ", ".join(f"'{value}' AS {name}" for name, value in partition.items())
            options = f"columns = {columns}, ignore_errors = {skips}"
            read += [
                f"SELECT *, {keys}, '{self._uris[path]}' AS \"$path\" "
                f"FROM read_json('{path}', {options})"
                for path in paths
            ]
        return " UNION ALL ".join(read)

    def _fetched(self, bucket: str, key: str) -> Path:
        path = self._folder / key.replace("/", "_")
        self._uris[path] = f"s3://{bucket}/{key}"
        if not path.exists():
            self._s3.download_file(bucket, key, str(path))
        return path


def projected(parameters: Mapping[str, str], name: str) -> list[str]:
    """Return the projected values of a partition key, computed like in Athena."""
    settings = {key: parameters.get(f"projection.{name}.{key}", "") for key in ("values", "range")}
    if parameters[f"projection.{name}.type"] == "enum":
        return settings["values"].split(",")
    assert parameters[f"projection.{name}.type"] == "date"
    assert parameters[f"projection.{name}.format"] == "yyyy-MM-dd"
    first, last = settings["range"].split(",")
    days = int(first.removeprefix("NOW-").removesuffix("DAYS"))
    assert last == "NOW"
    today = datetime.now(UTC)
    return [f"{today - timedelta(days=ago):%Y-%m-%d}" for ago in range(days, -1, -1)]


def place(location: str, partition: Mapping[str, str]) -> str:
    """Return a location's bucket and prefix, with a partition's values filled in."""
    for name, value in partition.items():
        location = location.replace(f"${{{name}}}", value)
    assert "$" not in location
    assert location.endswith("/")  # else one partition's prefix may begin another's
    return location.removeprefix("s3://")


def _saved(athena: Any, work_group: str, database: str) -> dict[str, Any]:
    pages = athena.get_paginator("list_named_queries").paginate(WorkGroup=work_group)
    ids = [one for page in pages for one in page["NamedQueryIds"]]
    found = [athena.get_named_query(NamedQueryId=one)["NamedQuery"] for one in ids]
    assert {query["Database"] for query in found} == {database}
    return {query["Name"]: query for query in found}

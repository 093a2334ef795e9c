"""Write the lake's tables and saved queries into template.yaml, from lake/.

What stands between the two marks is made here; everything else in the template is left as it is.
`make lake` does it.
"""

from pathlib import Path
from typing import Any

import yaml

from lake.saved import SavedQuery, saved_queries
from lake.tables import TABLES, Table

TEMPLATE = Path(__file__).resolve().parent.parent / "template.yaml"
BEGIN = "  # Made by `make lake` from lake/, as far as its end.\n"
END = "  # End of what is made from lake/.\n"
WIDTH = 98  # two less than a line has: all of it is indented once more

Resource = dict[str, Any]


class Ref(str):
    """A reference, which the template has as `!Ref`."""


class Sub(str):
    """A text with references in it, which the template has as `!Sub`."""


class Row(dict[str, str]):
    """A map on one line."""


class _Dumper(yaml.SafeDumper):
    def increase_indent(self, *arguments: Any, **options: Any) -> None:
        """Indent lists in maps, as the template does."""
        super().increase_indent(*arguments, **(options | {"indentless": False}))


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    style = "|" if "\n" in value else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


def _row(dumper: yaml.SafeDumper, value: Row) -> yaml.MappingNode:
    return dumper.represent_mapping("tag:yaml.org,2002:map", value, flow_style=True)


_Dumper.add_representer(str, _text)
_Dumper.add_representer(Row, _row)
_Dumper.add_representer(Ref, lambda dumper, value: dumper.represent_scalar("!Ref", value))
_Dumper.add_representer(Sub, lambda dumper, value: dumper.represent_scalar("!Sub", value))


def written(template: str) -> str:
    """Return a template with what is made of lake/ between its marks. ValueError without them."""
    before, begin, rest = template.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"the template has not both marks: {BEGIN.strip()} {END.strip()}")
    return f"{before}{BEGIN}\n{_resources()}{END}{after}"


def _resources() -> str:
    made = {f"Lake{table.name.title()}Table": _table(table) for table in TABLES}
    made |= {
        f"{''.join(map(str.title, name.split('-')))}NamedQuery": _named_query(query)
        for name, query in saved_queries().items()
    }
    texts = (
        yaml.dump({name: each}, Dumper=_Dumper, sort_keys=False, width=WIDTH)
        for name, each in made.items()
    )
    lines = "\n".join(texts).splitlines()
    return "".join(f"  {line}\n" if line else "\n" for line in lines) + "\n"


def _table(table: Table) -> Resource:
    """Return a Glue table whose partitions Athena works out by itself.

    https://docs.aws.amazon.com/athena/latest/ug/partition-projection.html
    """
    place = f"s3://${{ResultsBucket}}/{table.prefix}/"
    return {
        "Type": "AWS::Glue::Table",
        "Properties": {
            "CatalogId": Ref("AWS::AccountId"),
            "DatabaseName": Ref("LakeDatabase"),
            "TableInput": {
                "Name": table.name,
                "Description": table.description,
                "TableType": "EXTERNAL_TABLE",
                "Parameters": {"classification": "json"} | _projection(table),
                "PartitionKeys": _columns(dict.fromkeys(table.partitions, "string")),
                "StorageDescriptor": {
                    "Location": Sub(place),
                    "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
                    "OutputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
                    "SerdeInfo": {
                        "SerializationLibrary": "org.openx.data.jsonserde.JsonSerDe",
                        # A line that is no JSON is a row of nothing.
                        # https://docs.aws.amazon.com/athena/latest/ug/openx-json-serde.html
                        "Parameters": {"ignore.malformed.json": "true"},
                    },
                    "Columns": _columns(table.columns),
                },
            },
        },
    }


def _projection(table: Table) -> dict[str, str]:
    template = table.location.replace("${", "${!")
    projected: dict[str, str] = {"projection.enabled": "true"}
    for name, settings in table.partitions.items():
        projected |= {f"projection.{name}.{key}": value for key, value in settings.items()}
        if settings["type"] == "date":
            days = Sub("NOW-${LakeRetentionDays}DAYS,NOW")
            projected |= {f"projection.{name}.range": days}
    return projected | {"storage.location.template": Sub(f"s3://${{ResultsBucket}}/{template}/")}


def _columns(types: dict[str, str]) -> list[Row]:
    return [Row(Name=name, Type=kind) for name, kind in types.items()]


def _named_query(query: SavedQuery) -> Resource:
    return {
        "Type": "AWS::Athena::NamedQuery",
        "Properties": {
            "Name": query.name,
            "Description": f"{query.title} {query.description}",
            "Database": Ref("LakeDatabase"),
            "WorkGroup": Ref("LakeWorkGroup"),
            "QueryString": query.sql,
        },
    }


if __name__ == "__main__":
    TEMPLATE.write_text(written(TEMPLATE.read_text("utf-8")), "utf-8")

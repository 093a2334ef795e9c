"""KMS keys, read from moto's own objects."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from moto.backends import get_backend
from moto.kms.models import Key

from local.simulation.population.kms import is_sealed
from local.simulation.truth.item import Item, item, tag_map

SEALED = ("configuration", "supplementaryConfiguration.RotationStatus")
"""The unreadable fields of a key whose policy denies DescribeKey."""


def read(account: str, region: str) -> Iterator[Item]:
    backend = get_backend("kms")[account][region]
    for key in backend.keys.values():
        aliases = sorted(key.aliases)
        identity = (key.arn, key.id, aliases[0] if aliases else None)
        metadata = key.to_dict()["KeyMetadata"]
        for field in ("CreationDate", "DeletionDate"):
            if field in metadata:
                metadata[field] = datetime.fromtimestamp(metadata[field], UTC)
        yield item(
            "AWS::KMS::Key",
            account,
            region,
            identity,
            configuration=metadata,
            supplementaryConfiguration=_extras(key),
            tags=tag_map(backend.tagger.list_tags_for_resource(key.id)["Tags"], "Tag"),
            unreadable=SEALED if is_sealed(key) else (),
        )


def _extras(key: Key) -> dict[str, Any]:
    extras: dict[str, Any] = {
        "Aliases": [
            {"AliasName": name, "AliasArn": alias.alias_arn, "TargetKeyId": key.id}
            for name, alias in key.aliases.items()
        ]
    }
    if key.key_manager == "CUSTOMER":
        status = {"KeyRotationEnabled": key.key_rotation_status}
        extras |= {"Policy": json.loads(key.policy), "RotationStatus": status}
    return extras

"""Readers written by hand drop what is sensitive, too, or say why they keep it."""

from collections.abc import Iterator

import pytest
from botocore.model import ListShape, MapShape, Shape, StructureShape

from cidb2.types.catalog import TYPES
from cidb2.types.models import service_model
from tests.unit.items.test_learnt_members import SHAPES


def sensitive(shape: Shape, path: str, above: tuple[str, ...] = ()) -> Iterator[str]:
    if shape.metadata.get("sensitive"):
        yield path
    elif isinstance(shape, StructureShape) and shape.name not in above:
        for name, member in shape.members.items():
            yield from sensitive(member, f"{path}.{name}", (*above, shape.name))
    elif isinstance(shape, ListShape):
        yield from sensitive(shape.member, path, above)
    elif isinstance(shape, MapShape):
        yield from sensitive(shape.value, f"{path}.*", above)


@pytest.mark.parametrize("name", SHAPES)
def test_what_the_model_calls_sensitive_is_dropped_or_kept_for_a_reason(name: str) -> None:
    client, fields = SHAPES[name]
    found = {
        path
        for field, shape in fields.items()
        for path in sensitive(service_model(client).shape_for(shape), field)
    }
    [declared] = [types[name] for types in TYPES.values() if name in types]
    dropped = tuple(f"configuration.{path}" for path in declared.secret)
    kept = {f"configuration.{path}" for path in declared.keep} | {
        f"supplementaryConfiguration.{field}.{path}"
        for field, call in declared.fields.items()
        for path in call.keep
    }
    assert {path for path in found if not path.startswith(dropped or ("-",))} == kept

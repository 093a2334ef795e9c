"""Write docs/types.md, the collected types and their calls, from the declarations.

`python -m tools.types_page` writes the page.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

from cidb2.services import COLLECTOR_OF, SERVICES, TITLES, collector_title
from cidb2.types.catalog import DECLARED
from cidb2.types.declaration import Call, ResourceType
from cidb2.types.paths import ITSELF
from tools.services import declared

PAGE = Path(__file__).resolve().parent.parent / "docs" / "types.md"
HEAD = """\
# Resource types

{types} types of {services} services. `make docs` writes this page from the declarations in
`layers/shared/cidb2/types/`.

- **listing**: the call that lists the resources
- **configuration**: the call that returns the `configuration`, if it is not the listing
- **fields**: the fields of `supplementaryConfiguration`, each with its call; all further calls of a
  hand-written reader
- **tags**: the call that returns the tags, if they do not come with the configuration
- **left out**: possible secrets, which are never stored, beside the members that AWS's models mark
  as sensitive
"""
COLUMNS = ("type", "listing", "configuration", "fields", "tags", "left out")


def page() -> str:
    """Return the page."""
    services = [declared(name) for name in SERVICES]
    types = sum(len(service.types) for service in services)
    parts = [HEAD.format(types=types, services=len(services))]
    for service in services:
        scope = "global" if not service.is_regional else "by region"
        collector = collector_title(COLLECTOR_OF[service.name])
        about = f"`{service.name}`, {scope}; {collector} collector.\n"
        if access := DECLARED[service.name].access:
            about += f"{access}\n"
        table = [_row(COLUMNS), _row("---" for _ in COLUMNS), *map(_type_row, service.types)]
        parts.append(f"## {TITLES[service.name]}\n\n{about}\n" + "\n".join(table) + "\n")
    return "\n".join(parts)


def _type_row(one: ResourceType) -> str:
    described = one.describe.operation if one.describe else ""
    fields = [f"`{name}` {call.operation}" for name, call in one.fields.items()]
    fields += [name.rpartition(".")[2] for name in one.operations]
    tags = one.tags.operation if isinstance(one.tags, Call) else ""
    secrets = (f"`{path}`" for path in _secrets(one))
    listed = one.listing.operation
    return _row((f"`{one.type}`", listed, described, ", ".join(fields), tags, ", ".join(secrets)))


def _secrets(one: ResourceType) -> Iterator[str]:
    yield from one.secret
    if one.describe:
        yield from one.describe.secret
    for name, call in one.fields.items():
        yield from (name if path == ITSELF else f"{name}.{path}" for path in call.secret)


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")

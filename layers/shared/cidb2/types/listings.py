"""Which listing of a service a resource belongs to, by its ARN."""

from functools import cache
from typing import NamedTuple

from cidb2.types.arns import ArnTemplate
from cidb2.types.catalog import DECLARED


class _Shape(NamedTuple):
    literals: list[str]
    template: ArnTemplate
    listing: str


def listing_of(service: str, arn: str) -> str:
    """Return the name of the listing that has, or would have, the resource with this ARN.

    Names may contain slashes, but an ARN that also fits a template without is of that one. If no
    type of the service has such ARNs, it is the service's first listing: a row that should not be
    in the table belongs to some listing nevertheless.
    """
    first, shapes = _shapes(service)
    resource = arn.split(":", 5)[-1]
    alike = [shape for shape in shapes if resource.startswith(shape.literals[0])]
    for slashes in (False, True):
        for shape in alike:
            if shape.template.fits(resource, {}, slashes=slashes):
                return shape.listing
    return first


@cache
def _shapes(service: str) -> tuple[str, tuple[_Shape, ...]]:
    """Return the first listing, and the shapes of ARNs if there are several listings.

    The most specific shape comes first: `function:{Name}` also fits the ARN of an alias.
    """
    declared = DECLARED[service]
    first = declared.types[0].listing.name
    shapes = [
        _Shape(template.literals, template, each.listing.name)
        for each in declared.types
        for template in [declared.arns[each.type]]
    ]
    if all(shape.listing == first for shape in shapes):
        return first, ()
    return first, tuple(sorted(shapes, key=_specificity, reverse=True))


def _specificity(shape: _Shape) -> int:
    return sum(map(len, shape.literals))

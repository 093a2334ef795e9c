"""Organizational units: the tree of the organisation, from its root down.

AWS lists the units below one parent at a time. Units cannot be moved, so a walk misses none that
exists throughout (Organizations User Guide, 'Managing organizational units').
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from cidb2.aws.caller import Caller
from cidb2.aws.members import PageOf, entries, member
from cidb2.collecting.contents import content_of
from cidb2.collecting.declared import listing_by_hand, listings_of
from cidb2.collecting.fields import FieldReader, tag_map
from cidb2.collecting.readers import InParallel, in_turn
from cidb2.collecting.service import Listed, Page, Service, paging, stamped
from cidb2.items.resource import CONFIGURATION, TAGS, Resource, supplement
from cidb2.reasons import error_code
from cidb2.run import Run
from cidb2.scope import GLOBAL, Scope
from cidb2.types.catalog import DECLARED, TYPES

PAGE_SIZE = 20
"""Maximum results per page (Organizations API Reference)."""

GONE = frozenset(DECLARED["organizations"].gone)
NO_ORGANIZATION = "AWSOrganizationsNotInUseException"
NO_SUCH_PARENT = "ParentNotFoundException"

_UNIT = TYPES["organizations"]["AWS::Organizations::OrganizationalUnit"]
_CONTENT = content_of("organizations", _UNIT)

Branch = Sequence[str]
"""A root or unit whose children are still to be listed: its id, and the names from the root."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A listed unit, with its parent and the parent's names from the root."""

    content: Mapping[str, Any]
    parent: str
    names_above: str
    captured_at: datetime

    @property
    def id(self) -> str:
        id_: str = self.content["Id"]
        return id_

    @property
    def names(self) -> str:
        """The names from the root to the unit: `Root/Workloads/Production`."""
        return f"{self.names_above}/{self.content['Name']}"


class UnitReader:
    """Reads the organizational units of an organisation."""

    def __init__(self, account: Caller, _scope: Scope, _run: Run) -> None:
        self._organizations = account.client("organizations")

    def pages(self, token: str | None) -> Iterator[Page]:
        """Yield a page for each response. Its token contains the branches still to be listed."""
        branches, inner = json.loads(token) if token else (self._roots(), None)
        while branches:
            branch, *branches = branches
            for page, following in self._below(branch, inner):
                below = [(each.detail.id, each.detail.names) for each in page.listed]
                branches = [*below, *branches]
                left = [branch, *branches] if following else branches
                token = json.dumps([left, following]) if left else None
                yield replace(page, next_token=token)
            inner = None

    def _roots(self) -> Sequence[Branch]:
        """Return the root of the organisation; none if the account is in no organisation."""
        try:
            pages = self._organizations.get_paginator("list_roots").paginate()
            return [
                (member(root, "Id"), root.get("Name") or "")
                for root in entries(pages, "Roots", "NextToken")
            ]
        except ClientError as error:
            if error_code(error) == NO_ORGANIZATION:
                return []
            raise

    def _below(self, branch: Branch, token: str | None) -> Iterator[tuple[Page, str | None]]:
        """Yield the pages of one parent's units, each with AWS's own token of the next.

        A parent that was deleted in the meantime had no units left.
        """
        parent, names = branch
        paginator = self._organizations.get_paginator("list_organizational_units_for_parent")
        answers = paginator.paginate(ParentId=parent, **paging(PAGE_SIZE, token, "NextToken"))
        try:
            for captured_at, answer in stamped(answers):
                page = PageOf()
                listed = [
                    Listed(unit["Arn"], Unit(unit, parent, names, captured_at))
                    for unit in page.entries(answer, "OrganizationalUnits", "Arn", "Id", "Name")
                ]
                following = page.next_token(answer, "NextToken")
                yield Page(listed, None, page.lacks), following
        except ClientError as error:
            if error_code(error) != NO_SUCH_PARENT:
                raise
            yield Page([], None), None

    def read(self, listed: Listed, _in_parallel: InParallel = in_turn) -> Resource:
        unit: Unit = listed.detail
        fields, omitted = FieldReader(GONE), set[str]()
        fields.read(TAGS, lambda: self._tags(unit.id))
        fields.keep(supplement("ParentId"), unit.parent)
        fields.keep(supplement("NamePath"), unit.names)
        return Resource(
            resource_type=_UNIT.type,
            resource_id=unit.id,
            resource_name=unit.content["Name"],
            arn=listed.arn,
            region=GLOBAL,
            captured_at=unit.captured_at,
            configuration=_CONTENT.fit(unit.content, CONFIGURATION, omitted),
            supplementary=fields.supplementary(),
            tags=fields.tags(),
            unreadable=fields.unreadable,
            omitted=tuple(sorted(omitted)),
        )

    def _tags(self, unit: str) -> dict[str, str]:
        pages = self._organizations.get_paginator("list_tags_for_resource")
        return tag_map(entries(pages.paginate(ResourceId=unit), "Tags", "NextToken"))


UNITS = listing_by_hand(DECLARED["organizations"], UnitReader)

ORGANIZATIONS = Service(
    name="organizations", listings=(UNITS, *listings_of(DECLARED["organizations"]))
)

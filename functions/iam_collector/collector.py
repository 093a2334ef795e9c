"""IAM: customer managed policies, roles, users and groups, all from one paginated call.

GetAccountAuthorizationDetails returns all documents and attachments, and the tags of roles and
users; only the tags of policies need separate calls. Policy documents are URL-encoded JSON.
"""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote_to_bytes

from cidb2.aws.caller import Caller
from cidb2.aws.members import PageOf, entries, member
from cidb2.collecting.declared import listing_by_hand
from cidb2.collecting.fields import FieldReader, document, tag_map
from cidb2.collecting.readers import InParallel, in_turn
from cidb2.collecting.service import Listed, Page, Service, paging, stamped
from cidb2.items.resource import TAGS, Resource
from cidb2.run import Run
from cidb2.scope import GLOBAL, Scope
from cidb2.types.catalog import DECLARED

PAGE_SIZE = 40
"""Identities and policies in a page, of the 1,000 that AWS allows. IAM's quotas do not count white
space, so each of the five versions of a policy may have 131,072 characters, three bytes each when
they are URL-encoded (IAM API Reference, CreatePolicyVersion): 2 MB a policy."""

UNQUOTED_AT_ONCE = 4_096
"""Characters of a document that are decoded at once: up to 80 bytes each, per thread."""

GONE = frozenset({"NoSuchEntity"})

_KINDS = {
    "UserDetailList": ("AWS::IAM::User", "UserId", "UserName"),
    "GroupDetailList": ("AWS::IAM::Group", "GroupId", "GroupName"),
    "RoleDetailList": ("AWS::IAM::Role", "RoleId", "RoleName"),
    "Policies": ("AWS::IAM::ManagedPolicy", "PolicyId", "PolicyName"),
}
_DOCUMENTS = frozenset({"AssumeRolePolicyDocument", "Document", "PolicyDocument"})
"""Names of members that contain a policy, in any part of the answer."""

_FILTER = ["User", "Group", "Role", "LocalManagedPolicy"]
_VOLATILE = {
    "AWS::IAM::Role": frozenset(
        {
            "configuration.RoleLastUsed",
            "configuration.InstanceProfileList.Roles.RoleLastUsed",
        }
    ),
    "AWS::IAM::ManagedPolicy": frozenset(
        {"configuration.AttachmentCount", "configuration.PermissionsBoundaryUsageCount"}
    ),
}


class IamReader:
    """Reads the identities and policies of one account."""

    def __init__(self, account: Caller, _scope: Scope, _run: Run) -> None:
        self._iam = account.client("iam")

    def pages(self, token: str | None) -> Iterator[Page]:
        paginator = self._iam.get_paginator("get_account_authorization_details")
        pages = paginator.paginate(Filter=_FILTER, **paging(PAGE_SIZE, token, "Marker"))
        for captured_at, answer in stamped(pages):
            page = PageOf()
            listed = [
                Listed(detail["Arn"], (list_name, detail, captured_at))
                for list_name in _KINDS
                for detail in page.entries(answer, list_name, "Arn")
            ]
            following = page.next_token(answer, "Marker", "IsTruncated")
            yield Page(listed, following, page.lacks)

    def read(self, listed: Listed, _in_parallel: InParallel = in_turn) -> Resource:
        list_name, detail, captured_at = listed.detail
        resource_type, id_field, name_field = _KINDS[list_name]
        fields = FieldReader(GONE)
        self._read_tags(list_name, detail, fields)
        return Resource(
            resource_type=resource_type,
            resource_id=member(detail, id_field),
            resource_name=detail.get(name_field) or detail["Arn"].rpartition("/")[2],
            arn=detail["Arn"],
            region=GLOBAL,
            captured_at=captured_at,
            configuration=_decoded(detail),
            tags=fields.tags(),
            unreadable=fields.unreadable,
            volatile=_VOLATILE.get(resource_type, frozenset()),
        )

    def _read_tags(self, list_name: str, detail: Mapping[str, Any], fields: FieldReader) -> None:
        if list_name == "Policies":
            fields.read(TAGS, lambda: self._policy_tags(detail["Arn"]))
        else:
            fields.read(TAGS, lambda: tag_map(detail.get("Tags", [])))

    def _policy_tags(self, arn: str) -> dict[str, str]:
        pages = self._iam.get_paginator("list_policy_tags").paginate(PolicyArn=arn)
        return tag_map(entries(pages, "Tags", "Marker", "IsTruncated"))


def _decoded(part: Any) -> Any:
    """Return a part of the answer with its policy documents decoded."""
    if isinstance(part, list):
        return [_decoded(inner) for inner in part]
    if isinstance(part, Mapping):
        return {
            name: document(_unquoted(inner)) if name in _DOCUMENTS else _decoded(inner)
            for name, inner in part.items()
        }
    return part


def _unquoted(text: str) -> str:
    """Decode a URL-encoded text, in a thirtieth of the memory of `urllib.parse.unquote`."""
    decoded, start = bytearray(), 0
    while start < len(text):
        end = start + UNQUOTED_AT_ONCE
        escape = text.rfind("%", end - 2, end)  # one that would be cut off
        end = escape if escape > start else end
        decoded += unquote_to_bytes(text[start:end])
        start = end
    return decoded.decode(errors="replace")


IAM = Service(
    name="iam",
    actions=("iam:GetAccountAuthorizationDetails", "iam:ListPolicyTags"),
    listings=(listing_by_hand(DECLARED["iam"], IamReader),),
)

"""KMS: keys with their aliases, policy, rotation and tags.

Policy, rotation and tags are read of customer managed keys only; AWS managed keys are listed and
described, and KeyManager marks them.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from cidb2.aws.caller import Caller
from cidb2.aws.members import PageOf, content, entries, member
from cidb2.collecting.declared import listing_by_hand
from cidb2.collecting.fields import FieldReader, answer_of, document, tag_map
from cidb2.collecting.readers import InParallel, in_turn
from cidb2.collecting.service import Listed, Page, Service, paging
from cidb2.items.resource import CONFIGURATION, NAME, TAGS, Resource, supplement
from cidb2.run import Run
from cidb2.scope import Scope
from cidb2.times import now
from cidb2.types.catalog import DECLARED

KEYS_PAGE = 1_000
ALIASES_PAGE = 100
TAGS_PAGE = 50
"""The most that ListKeys, ListAliases and ListResourceTags return at once (KMS API Reference)."""

GONE = frozenset({"NotFoundException"})

ALIASES = supplement("Aliases")
POLICY = supplement("Policy")
ROTATION = supplement("RotationStatus")

VOLATILE = frozenset(
    {
        f"{CONFIGURATION}.CurrentKeyMaterialId",
        f"{ROTATION}.NextRotationDate",
        f"{ROTATION}.OnDemandRotationStartDate",
    }
)
"""Values that rotation itself changes, automatic or on demand (KMS API Reference, KeyMetadata and
GetKeyRotationStatus)."""


class KmsReader:
    """Reads the keys of one region of one account."""

    def __init__(self, account: Caller, scope: Scope, _run: Run) -> None:
        self._kms = account.client("kms", scope.region)
        self._region = scope.region
        self._region_fields: FieldReader | None = None

    def pages(self, token: str | None) -> Iterator[Page]:
        paginator = self._kms.get_paginator("list_keys")
        for answer in paginator.paginate(**paging(KEYS_PAGE, token, "Marker")):
            page = PageOf()
            keys = page.entries(answer, "Keys", "KeyArn", "KeyId")
            if keys and self._region_fields is None:
                self._region_fields = self._read_aliases()
            listed = [Listed(key["KeyArn"], key["KeyId"]) for key in keys]
            following = page.next_token(answer, "NextMarker", "Truncated")
            yield Page(listed, following, page.lacks)

    def read(self, listed: Listed, in_parallel: InParallel = in_turn) -> Resource:
        captured_at = now()
        key_id: str = listed.detail
        fields = FieldReader(GONE)
        metadata = fields.read(CONFIGURATION, lambda: self._metadata(key_id))
        name = self._keep_aliases(key_id, fields)
        if _is_aws_managed(metadata, name):
            fields.keep(TAGS, {})
        else:
            in_parallel(
                [
                    lambda: fields.read(POLICY, lambda: self._policy(key_id)),
                    lambda: fields.read(TAGS, lambda: self._tags(key_id)),
                    lambda: self._read_rotation(key_id, metadata, fields),
                ]
            )
        return Resource(
            resource_type="AWS::KMS::Key",
            resource_id=key_id,
            resource_name=name,
            arn=listed.arn,
            region=self._region,
            captured_at=captured_at,
            configuration=metadata,
            supplementary=fields.supplementary(),
            tags=fields.tags(),
            unreadable=fields.unreadable,
            volatile=VOLATILE,
        )

    def _read_aliases(self) -> FieldReader:
        fields = FieldReader(frozenset())
        fields.read(ALIASES, self._aliases)
        return fields

    def _keep_aliases(self, key_id: str, fields: FieldReader) -> str | None:
        """Store the key's aliases, or that they are unreadable; return the first alias."""
        region_fields = self._region_fields or self._read_aliases()
        if failure := region_fields.unreadable.get(ALIASES):
            fields.mark_unreadable(ALIASES, failure)
            fields.mark_unreadable(NAME, failure)
            return None
        aliases = (region_fields.get(ALIASES) or {}).get(key_id, [])
        fields.keep(ALIASES, aliases)
        names = (member(alias, "AliasName") for alias in aliases)
        return fields.read(NAME, lambda: min(names, default=None))

    def _read_rotation(
        self, key_id: str, metadata: Mapping[str, Any] | None, fields: FieldReader
    ) -> None:
        if metadata is None:
            fields.mark_unreadable(ROTATION, fields.unreadable[CONFIGURATION])
        elif _can_rotate(metadata):
            fields.read(ROTATION, lambda: self._rotation(key_id))
        else:
            fields.keep(ROTATION, None)

    def _metadata(self, key_id: str) -> Any:
        return content(self._kms.describe_key(KeyId=key_id), "KeyMetadata")

    def _policy(self, key_id: str) -> Any:
        answer = self._kms.get_key_policy(KeyId=key_id, PolicyName="default")
        return document(content(answer, "Policy"))

    def _rotation(self, key_id: str) -> Any:
        return answer_of(self._kms.get_key_rotation_status(KeyId=key_id))

    def _tags(self, key_id: str) -> dict[str, str]:
        pages = self._kms.get_paginator("list_resource_tags").paginate(
            KeyId=key_id, PaginationConfig={"PageSize": TAGS_PAGE}
        )
        tags = entries(pages, "Tags", "NextMarker", "Truncated")
        return tag_map(tags, "TagKey", "TagValue")

    def _aliases(self) -> dict[str, list[Any]]:
        pages = self._kms.get_paginator("list_aliases").paginate(
            PaginationConfig={"PageSize": ALIASES_PAGE}
        )
        aliases: dict[str, list[Any]] = defaultdict(list)
        for alias in entries(pages, "Aliases", "NextMarker", "Truncated"):
            if "TargetKeyId" in alias:
                aliases[alias["TargetKeyId"]].append(alias)
        return aliases


def _is_aws_managed(metadata: Mapping[str, Any] | None, name: str | None) -> bool:
    """Tell whether AWS manages the key, from its metadata or else from its alias.

    Aliases that begin with alias/aws/ are reserved for AWS managed keys (KMS API Reference,
    CreateAlias).
    """
    manager = (metadata or {}).get("KeyManager")
    if manager is None:
        return (name or "").startswith("alias/aws/")
    return bool(manager == "AWS")


def _can_rotate(metadata: Mapping[str, Any]) -> bool:
    """Tell whether the key may support rotation (AWS KMS Developer Guide, 'Rotate AWS KMS keys').

    If its metadata lacks the members that decide it, GetKeyRotationStatus is asked.

    A disabled key keeps its rotation status, which applies again once it is enabled (KMS API
    Reference, GetKeyRotationStatus).
    """
    can_by_spec = metadata.get("KeySpec") in (None, "SYMMETRIC_DEFAULT")
    return can_by_spec and metadata.get("Origin") in (None, "AWS_KMS")


KMS = Service(
    name="kms",
    listings=(listing_by_hand(DECLARED["kms"], KmsReader),),
)

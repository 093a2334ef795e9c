"""The rules of the effects: each compares the two versions of a resource."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from cidb2.aws.members import IncompleteAnswerError
from cidb2.items.effects.ingress import lets_more_in
from cidb2.items.effects.versions import Versions
from cidb2.items.findings.catalog import BY_TYPE
from cidb2.items.findings.content import is_before, is_readable, mapping
from cidb2.items.findings.verdicts import Verdict, and_, not_, or_
from cidb2.items.item import Effect, Effects, Item
from cidb2.items.principals import is_deleted
from cidb2.items.relationships import trusts
from cidb2.items.resource import CONFIGURATION, TAGS, Resource
from cidb2.types.conditions import Condition
from cidb2.types.paths import at, first
from cidb2.types.tagging import MEMBERS, tag_map

PRINCIPALS_NAMED = 1_000
"""Maximum principals that an item names; no policy has as many, and what is shared seldom."""

_CREATION = re.compile(
    r"(?!.*(?:last|latest|updat|modif|restor|deployment|status))"
    r"[a-z]*(?:created|(?:created?|creation)(?:date|time|timestamp|at|on)+)",
    re.IGNORECASE,
)
_NAME_TAG = "Name"


def effects_of(known: Item, resource: Resource) -> Effects:
    """Return what the change of a resource from its item means, gravest effect first.

    `effects` is missing if it cannot be judged, because the large fields of the item were not read,
    and empty if no rule applies. `addedPrincipals` are those whom its policies trust only now.
    """
    if "pointer" in known:
        return {}
    versions = Versions.of(known, resource)
    added = added_principals(versions)
    found = [effect.value for effect, judge in _RULES.items() if judge(versions)]
    if not added:
        return {"effects": found}
    return {"effects": found, "addedPrincipals": added}


def added_principals(versions: Versions) -> list[str]:
    """Return the principals that are trusted now and were not, those of other accounts first.

    AWS names a deleted role or user by its id; it was trusted before.
    """
    before, after = versions.documents
    trusted = {one.target for one in trusts(before)}
    added = {
        one.target: one.account_id == versions.account_id
        for one in trusts(after)
        if one.target not in trusted and not is_deleted(one.target)
    }
    order = sorted(added, key=lambda target: (added[target], target))
    return order[:PRINCIPALS_NAMED]


def widens_exposure(versions: Versions) -> Verdict:
    """Tell whether a change lets in somebody on the internet, or more of them."""
    declared = versions.declared
    return or_(
        _begins(versions, _found(Effect.EXPOSURE_WIDENED)),
        _begins(versions, _meets(declared.exposed if declared else ())),
        lets_more_in(versions.before, versions.after),
    )


def removes_encryption(versions: Versions) -> Verdict:
    """Tell whether what was encrypted is not encrypted any more."""
    declared = versions.declared
    is_encrypted = _meets(declared.encrypted if declared else ())
    return or_(
        _begins(versions, _found(Effect.ENCRYPTION_REMOVED)),
        and_(is_encrypted(versions.before), not_(is_encrypted(versions.after))),
    )


def replaces(versions: Versions) -> Verdict:
    """Tell whether another resource has taken the ARN: it has another id or creation time."""
    before, after, declared = versions.before, versions.after, versions.declared
    told = [declared.identity] if declared and declared.identity else creation_times(after)
    pairs = ((_identity(before, path), _identity(after, path)) for path in told)
    return or_(
        before.resource_id != after.resource_id,
        *(was != is_ if was and is_ else None for was, is_ in pairs),
    )


def changes_only_tags(versions: Versions) -> Verdict:
    """Tell whether nothing but tags differ, and the name where that is a tag."""
    before, after = versions.before, versions.after
    if {TAGS} & {*before.unreadable, *after.unreadable}:
        return None
    if before.tags == after.tags:
        return False
    paths = [*MEMBERS, *_tag_paths(versions)]
    return _untagged(before, paths).content_hash == _untagged(after, paths).content_hash


def creation_times(resource: Resource) -> Sequence[str]:
    """Return the members of the configuration that are its creation time, by names and values."""
    members = mapping(resource.configuration).items()
    return [name for name, value in members if is_creation_time(name) and _is_time(value)]


def is_creation_time(name: str) -> bool:
    """Tell whether a member's name says that it is when a resource was created."""
    return bool(_CREATION.fullmatch(name))


_RULES: Mapping[Effect, Callable[[Versions], Any]] = {
    Effect.EXPOSURE_WIDENED: widens_exposure,
    Effect.TRUST_ADDED: added_principals,
    Effect.ENCRYPTION_REMOVED: removes_encryption,
    Effect.REPLACED: replaces,
    Effect.TAGS_ONLY: changes_only_tags,
}


def _begins(versions: Versions, judge: Callable[[Resource], Verdict]) -> Verdict:
    """Tell whether a verdict holds now and did not before."""
    return and_(judge(versions.after), not_(judge(versions.before)))


def _found(effect: Effect) -> Callable[[Resource], Verdict]:
    """Return what judges the findings of which a change that causes them has an effect."""

    def judge(resource: Resource) -> Verdict:
        rules = BY_TYPE.get(resource.resource_type, ())
        return or_(*(rule.judge(resource) for rule in rules if rule.effect is effect))

    return judge


def _meets(conditions: Iterable[str]) -> Callable[[Resource], Verdict]:
    """Return what tells whether a configuration meets one of some declared conditions."""
    return lambda resource: or_(*(_holds(Condition.parse(each), resource) for each in conditions))


def _holds(condition: Condition, resource: Resource) -> Verdict:
    """Judge a condition; one on certain values is unknown if AWS left out the member."""
    if resource.configuration is None or not is_readable(resource, condition.path):
        return None
    value = first(condition.path, resource.configuration)
    if value in (None, ""):
        return None if condition.values else condition.is_not
    return condition.holds_of(value)


def _identity(resource: Resource, path: str) -> str | None:
    if not is_readable(resource, path):
        return None
    value = first(path, resource.configuration)
    return str(value) if isinstance(value, str | int | float) and value else None


def _is_time(value: Any) -> bool:
    """Tell whether a value is a moment: in ISO 8601, or in seconds or milliseconds."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return False
    text = str(value)
    return text.isdecimal() or is_before(text, datetime.max.replace(tzinfo=UTC)) is True


def _tag_paths(versions: Versions) -> Iterable[str]:
    tags = versions.declared.tags if versions.declared else ""
    return [tags] if isinstance(tags, str) and tags else []


def _untagged(resource: Resource, paths: Iterable[str]) -> Resource:
    """Return a resource without tags, also where its configuration and its name show them."""
    tags = resource.tags or {}
    is_named_by_tag = resource.resource_name == tags.get(_NAME_TAG)
    shown = {f"{CONFIGURATION}.{path}" for path in paths if _is_shown_at(path, resource, tags)}
    return replace(
        resource,
        tags={},
        volatile=resource.volatile | shown,
        resource_name=None if is_named_by_tag else resource.resource_name,
    )


def _is_shown_at(path: str, resource: Resource, tags: Mapping[str, str]) -> bool:
    """Tell whether a member of the configuration shows the resource's tags."""
    try:
        return tag_map(at(path, resource.configuration), is_shown=True) == tags
    except (AttributeError, LookupError, TypeError, ValueError, IncompleteAnswerError):
        return False

"""Counts the effects of the changes of a scope, or of many."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cidb2.items.item import Effect, Effects

NAMED = 20
"""Maximum resources that are named per effect and scope; all are counted."""

PRINCIPALS_NAMED = 5
"""Maximum principals that are named for a resource; the others are counted."""


@dataclass
class Counted:
    """One effect: how many resources have it, and the first of them by name."""

    count: int = 0
    named: list[Mapping[str, Any]] = field(default_factory=list)

    def to_document(self) -> dict[str, Any]:
        return {"count": self.count, **({"named": self.named} if self.named else {})}


@dataclass
class EffectCounts:
    """The effects of one or several scopes; `named` is the maximum of names per effect.

    Resources of which only tags changed are not named.
    """

    named: int = NAMED
    by_effect: dict[str, Counted] = field(default_factory=dict)

    def note(self, arn: str, effects: Effects) -> None:
        """Count the effects of one change."""
        for effect in effects.get("effects", ()):
            principals = effects.get("addedPrincipals", ()) if effect == Effect.TRUST_ADDED else ()
            named = [] if effect == Effect.TAGS_ONLY else [_named(arn, principals)]
            self.add({effect: {"count": 1, "named": named}})

    def add(self, document: Mapping[str, Mapping[str, Any]]) -> None:
        """Add the effects of a ledger row, or of another document."""
        for effect, figures in document.items():
            counted = self.by_effect.setdefault(effect, Counted())
            counted.count += figures["count"]
            room = self.named - len(counted.named)
            counted.named += figures.get("named", ())[:room]

    def to_document(self) -> dict[str, Any]:
        """Return `count`, and the first resources as `named`, of each effect that occurs.

        A named resource has its `arn`, and of the trust that was added the first `principals`, and
        how many `more` there are.
        """
        return {effect: counted.to_document() for effect, counted in self.by_effect.items()}


def _named(arn: str, principals: Sequence[str]) -> Mapping[str, Any]:
    if not principals:
        return {"arn": arn}
    more = len(principals) - PRINCIPALS_NAMED
    told = {"arn": arn, "principals": [*principals[:PRINCIPALS_NAMED]]}
    return {**told, "more": more} if more > 0 else told

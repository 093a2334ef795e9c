"""What the changes of a run mean, as its report tells it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cidb2.items.item import Effect
from cidb2.items.standing import Organization, Standing, in_words

Row = Mapping[str, Any]

EFFECTS_NAMED = 20
"""Maximum resources that are named for an effect."""
EFFECTS_KEPT = 1_000
"""Maximum resources of an effect among which those that trust strangers are looked for."""

TITLES: Mapping[str, str] = {
    Effect.EXPOSURE_WIDENED: "Exposure widened",
    Effect.TRUST_ADDED: "Trust added",
    Effect.ENCRYPTION_REMOVED: "Encryption removed",
    Effect.REPLACED: "Replaced",
    Effect.TAGS_ONLY: "Only tags changed",
}


@dataclass
class Meant:
    """One effect in the whole run: its changes, their accounts, and the first resources."""

    count: int = 0
    accounts: set[str] = field(default_factory=set)
    named: list[Row] = field(default_factory=list)

    def add(self, figures: Row, row: Row) -> None:
        """Add the figures of a scope's row."""
        place = {"account_id": row["accountId"], "region": row["awsRegion"]}
        room = EFFECTS_KEPT - len(self.named)
        self.count += figures["count"]
        self.accounts.add(row["accountId"])
        self.named += [{**place, **one} for one in figures.get("named", ())[:room]]


def told(meant: Mapping[str, Meant], ours: Organization) -> list[Row]:
    """Return the effects that occur, gravest first, and of each the resources to name.

    Those that trust a stranger, or everybody, come first.
    """
    return [
        {
            "effect": effect.value,
            "title": title,
            "count": meant[effect].count,
            "accounts": len(meant[effect].accounts),
            "named": _named(meant[effect].named, ours),
        }
        for effect, title in ((Effect(name), title) for name, title in TITLES.items())
        if effect in meant
    ]


def _named(resources: list[Row], ours: Organization) -> list[Row]:
    named = [_with_standing(one, ours) for one in resources]
    return sorted(named, key=lambda one: one["rank"])[:EFFECTS_NAMED]


def _with_standing(resource: Row, ours: Organization) -> Row:
    told = ours.told(resource.get("principals", ()), resource["account_id"])
    ranks = [[*Standing].index(Standing(one["standing"])) for one in told]
    return {
        **resource,
        "rank": min(ranks, default=len(Standing)),
        "trusts": [*map(in_words, told)],
        "more": resource.get("more", 0),
    }

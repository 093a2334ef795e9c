"""Planting context of a simulated account: where to plant, and random names and dates."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any, TypeVar

Kind = TypeVar("Kind")

Client = Callable[..., Any]
"""Called as `client("iam", account=..., region=...)`; returns a boto3 client."""

TEAMS = ("payments", "search", "checkout", "ledger", "identity", "media", "fraud", "catalogue")
STAGES = ("prod", "staging", "dev")
OWNERS = ("Zoë Müller", "山田 太郎", "Łukasz Żak", "عائشة حسن", "Søren Ødegård", "प्रिया शर्मा")
PURPOSES = ("Straßenkarten", "データ基盤", "árvíztűrő tükörfúrógép", "отчёты", "plain")
MOODS = ("🚀 launch", "🧪 experiment", "👩🏽‍💻 by hand", "🇯🇵")
EARLIEST = datetime(2019, 3, 1)  # noqa: DTZ001 - moto keeps UTC without saying so
LATEST_DAYS = 2500


@dataclass
class Site:
    """One account to plant in; its seed gives the same results whatever else is planted."""

    account_id: str
    index: int
    regions: tuple[str, ...]
    rng: Random
    day: int = 0
    _last: int = field(default=0, init=False)

    def number(self) -> int:
        """Return the next number of this account and day."""
        self._last += 1
        return self._last

    def name(self, what: str) -> str:
        """Return a name that is unique in this account."""
        return f"{self.rng.choice(TEAMS)}-{what}-{self.day}-{self.number():04d}"

    def one_of(self, kinds: tuple[Kind, ...]) -> Kind:
        """Return the next of `kinds`, in rotation and shifted by account, so that all occur."""
        return kinds[(self.index + self.number()) % len(kinds)]

    def chance(self, probability: float) -> bool:
        return self.rng.random() < probability

    def moment(self) -> datetime:
        """Return a past moment (UTC)."""
        days, seconds = self.rng.randrange(LATEST_DAYS), self.rng.randrange(86_400)
        return EARLIEST + timedelta(days=days, seconds=seconds)

    def tags(self, *, emoji: bool = True) -> dict[str, str]:
        """Return up to five tags in many scripts; IAM allows no emoji."""
        tags = {
            "Team": self.rng.choice(TEAMS),
            "Stage": self.rng.choice(STAGES),
            "Owner": self.rng.choice(OWNERS),
            "目的": self.rng.choice(PURPOSES),
            "mood 🎈" if emoji else "Größe": self.rng.choice(MOODS if emoji else ("klein", "groß")),
        }
        return dict(self.rng.sample(sorted(tags.items()), self.rng.randrange(len(tags) + 1)))

"""The sample events in `events/`, as the tests and `sam local invoke` both use them."""

import json
from pathlib import Path
from typing import Any

EVENTS = Path(__file__).resolve().parents[2] / "events"


def load_event(name: str) -> dict[str, Any]:
    """Return `events/<name>.json`, a fresh copy at every call."""
    event: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text(encoding="utf-8"))
    return event


def event_names() -> list[str]:
    """Return the name of every sample event, in order."""
    return sorted(path.stem for path in EVENTS.glob("*.json"))

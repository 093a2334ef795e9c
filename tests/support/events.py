"""The sample events in `events/`, shared by the tests and `sam local invoke`."""

import json
from pathlib import Path
from typing import Any

EVENTS = Path(__file__).resolve().parents[2] / "events"


def load_event(name: str) -> dict[str, Any]:
    """Return a fresh copy of `events/<name>.json`."""
    event: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text(encoding="utf-8"))
    return event


def event_names() -> list[str]:
    """Return the names of all sample events, in order."""
    return sorted(path.stem for path in EVENTS.glob("*.json"))

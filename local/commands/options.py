"""The options of `python -m local.commands.run`; each mistake is reported in one line."""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from local.simulation.population import REGIONS

HUB_REGION = "us-east-1"
MOST = 1_000_000


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Return the options; a mistake exits with status 2 and prints the allowed values."""
    parser = argparse.ArgumentParser(
        prog="python -m local.commands.run",
        description="Collect the inventory of a simulated AWS organisation on an embedded AWS, "
        "using the deployed template, state machines and functions, without a network.",
    )
    add = parser.add_argument
    add("--accounts", type=_whole(1, 500), default=5, help="healthy member accounts (5)")
    add("--resources", type=_whole(0, MOST), default=100, help="resources in each of them (100)")
    add(
        "--regions",
        type=_regions,
        default=REGIONS[:4],
        help="number of regions, or their names (4)",
    )
    add("--input", type=_input, default={}, help="execution input: JSON or a file ({})")
    add("--seed", type=_whole(0, MOST), default=1, help="seed of the simulated resources (1)")
    add(
        "--runs",
        type=_whole(1, 100),
        default=1,
        help="number of runs; resources change in between (1)",
    )
    add("--keep", action="store_true", help="keep the embedded AWS running at the end")
    return parser.parse_args(arguments)


def _whole(least: int, most: int) -> Any:
    def number(text: str) -> int:
        if not text.isdecimal() or not least <= int(text) <= most:
            message = f"{text!r} is not a whole number from {least:,} to {most:,}"
            raise argparse.ArgumentTypeError(message)
        return int(text)

    return number


def _regions(text: str) -> tuple[str, ...]:
    if text.isdecimal():
        return REGIONS[: _whole(1, len(REGIONS))(text)]
    names = tuple(dict.fromkeys([HUB_REGION, *text.replace(",", " ").split()]))
    if unknown := sorted(set(names) - set(REGIONS)):
        message = f"{', '.join(unknown)}: use a number, or names from {', '.join(REGIONS)}"
        raise argparse.ArgumentTypeError(message)
    return names


def _input(text: str) -> Any:
    try:
        return json.loads(text if text.lstrip().startswith("{") else Path(text).read_text())
    except OSError as error:
        raise argparse.ArgumentTypeError(f"{text}: {error.strerror}") from error
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"not JSON: {error}") from error

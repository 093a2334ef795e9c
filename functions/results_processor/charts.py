"""The geometry of the report's charts, which the templates draw as SVG."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

MAP_WIDTH = 896
WIDE_CELL, NARROW_CELL = 7, 4
MANY_ACCOUNTS = 1_000
"""Accounts above which the cells of the map are narrow."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar that stands on the lower edge of its chart."""

    x: float
    y: float
    width: float
    height: float
    value: float
    label: str


def bars(
    values: Sequence[float | None], labels: Sequence[str], width: float, height: float, slots: int
) -> list[Bar]:
    """Return a bar for each value, the last one at the right edge; None leaves a gap.

    There is room for `slots` bars. The highest value has the full height, and every value above 0
    is visible.
    """
    step = width / slots
    highest = max((value for value in values if value is not None), default=0) or 1
    first = slots - len(values)
    return [
        Bar(
            x=round((first + number) * step, 2),
            y=round(height - (tall := max(height * value / highest, 1.5 if value else 0)), 2),
            width=round(step * 0.72, 2),
            height=round(tall, 2),
            value=value,
            label=label,
        )
        for number, (value, label) in enumerate(zip(values, labels, strict=True))
        if value is not None
    ]


@dataclass(frozen=True, slots=True)
class Steps:
    """The number of concurrent spans over time; points are x and y of the upper edge."""

    points: list[tuple[float, float]]
    most: int


def steps(
    spans: Iterable[tuple[float, float]], seconds: float, width: float, height: float, parts: int
) -> Steps:
    """Return how many of `spans` (start and end, in seconds) overlap each part of the time."""
    starts_and_ends = [0] * (parts + 1)

    def part_of(moment: float) -> int:
        return min(int(parts * min(moment / (seconds or 1), 1)), parts - 1)

    for begin, end in spans:
        starts_and_ends[part_of(begin)] += 1
        starts_and_ends[part_of(end) + 1] -= 1
    counts = list(accumulate(starts_and_ends))[:parts]
    most = max(counts, default=0)
    step, scale = width / parts, height / (most or 1)
    points = []
    for number, count in enumerate(counts):
        y = round(height - count * scale, 2)
        points += [(round(number * step, 2), y), (round((number + 1) * step, 2), y)]
    return Steps(points, most)


@dataclass(frozen=True, slots=True)
class CoverageMap:
    """A square for each account and collector. Accounts are columns, in lines of `columns`."""

    width: int
    height: int
    cell: int
    columns: int
    line: int
    squares: dict[str, list[tuple[int, int]]]


def coverage_map(states: Sequence[Sequence[str]]) -> CoverageMap:
    """Return the map of accounts, each with the states of its collectors."""
    collectors = max(map(len, states), default=0)
    pitch = WIDE_CELL if len(states) <= MANY_ACCOUNTS else NARROW_CELL
    columns, line = MAP_WIDTH // pitch, collectors * pitch + pitch
    squares: dict[str, list[tuple[int, int]]] = {}
    for state, x, y in _placed(states, columns, pitch, line):
        squares.setdefault(state, []).append((x, y))
    lines = -(-len(states) // columns)
    width = min(len(states), columns) * pitch
    return CoverageMap(width, lines * line, pitch - 1, columns, line, squares)


def _placed(
    states: Sequence[Sequence[str]], columns: int, pitch: int, line: int
) -> Iterator[tuple[str, int, int]]:
    for number, of_account in enumerate(states):
        row, column = divmod(number, columns)
        for position, state in enumerate(of_account):
            yield state, column * pitch, row * line + position * pitch

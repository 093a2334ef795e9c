"""Where the marks of the report's charts stand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.results_processor.charts import MANY_ACCOUNTS, bars, coverage_map, steps


def test_bars_grow_from_the_lower_edge_and_end_at_the_right_one() -> None:
    low, none, high = 10, 0, 40
    made = bars([low, None, none, high], ["a", "b", "c", "d"], width=100, height=50, slots=10)
    assert [(bar.label, bar.x) for bar in made] == [("a", 60), ("c", 80), ("d", 90)]
    assert [(bar.y, bar.height) for bar in made] == [(37.5, 12.5), (50, 0), (0, 50)]


def test_what_is_not_nothing_can_be_seen() -> None:
    small, _ = bars([1, 100_000], ["a", "b"], width=10, height=40, slots=2)
    assert small.height == 1.5


def test_without_any_figure_there_is_no_bar() -> None:
    assert bars([None], ["a"], 10, 10, 3) == []
    [flat] = bars([0], ["a"], 10, 10, 3)
    assert flat.height == 0


def test_steps_count_what_is_under_way_at_each_moment() -> None:
    made = steps([(0, 4), (2, 6), (9, 10)], seconds=10, width=100, height=10, parts=10)
    heights = [y for _, y in made.points[::2]]
    assert made.most == 2
    assert heights == [5, 5, 0, 0, 0, 5, 5, 10, 10, 5]


@given(
    st.lists(st.tuples(st.floats(0, 100), st.floats(0, 50)), max_size=20),
    st.floats(0, 100),
)
def test_steps_stay_within_their_frame(spans: list[tuple[float, float]], seconds: float) -> None:
    made = steps([(begin, begin + took) for begin, took in spans], seconds, 880, 34, 20)
    assert len(made.points) == 40
    assert all(0 <= x <= 880 and 0 <= y <= 34 for x, y in made.points)
    assert made.most <= len(spans)


@pytest.mark.parametrize("count", [1, 127, 128, 129, MANY_ACCOUNTS, MANY_ACCOUNTS + 1, 5_000])
def test_every_account_and_service_has_its_square_on_the_map(count: int) -> None:
    states = [["complete", "failed", "complete"]] * count
    made = coverage_map(states)
    assert {name: len(squares) for name, squares in made.squares.items()} == {
        "complete": 2 * count,
        "failed": count,
    }
    places = [place for squares in made.squares.values() for place in squares]
    assert len(set(places)) == 3 * count
    assert all(x + made.cell <= made.width and y + made.cell <= made.height for x, y in places)


def test_the_place_of_a_square_says_which_account_it_is() -> None:
    made = coverage_map([["partial" if number == 200 else "complete"] for number in range(300)])
    [(x, y)] = made.squares["partial"]
    pitch = made.cell + 1
    assert y // made.line * made.columns + x // pitch == 200

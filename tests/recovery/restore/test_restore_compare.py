"""Laying objects side by side, whatever servers wrote and cleaning took away."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from snapinspect.recovery.restore.compare import carried_over, comparable

NAMES = st.sampled_from("abcde")
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(0, 3) | st.text("xy", max_size=2),
    lambda inner: st.dictionaries(NAMES, inner, max_size=4) | st.lists(inner, max_size=3),
    max_leaves=12,
)
OBJECTS = st.dictionaries(NAMES, VALUES, max_size=5)


@st.composite
def less(draw: st.DrawFn, value: Any) -> Any:
    """``value`` without some of its fields, at any depth."""
    if isinstance(value, dict):
        return {key: draw(less(item)) for key, item in value.items() if draw(st.integers(0, 3))}
    if isinstance(value, list):
        return [draw(less(item)) for item in value]
    return value


@given(st.data())
def test_what_is_wanted_by_name_counts_although_cleaning_takes_it_away(data: st.DataObject) -> None:
    live = data.draw(OBJECTS)
    cleaned = data.draw(less(live))
    assert comparable(live, cleaned, live) == live
    assert comparable(live, cleaned, cleaned) == cleaned
    assert comparable(live, cleaned, {}) == cleaned


@given(st.data())
def test_replacing_by_the_same_brings_back_all_that_cleaning_took_away(data: st.DataObject) -> None:
    live = data.draw(OBJECTS)
    assert carried_over(cleaned := data.draw(less(live)), live, cleaned) == live


@given(OBJECTS, OBJECTS)
def test_where_cleaning_takes_nothing_away_what_is_wanted_replaces_all(wanted: Any, live: Any) -> None:
    assert carried_over(wanted, live, live) == wanted
    assert comparable(live, live, wanted) == live


def test_the_marks_of_a_binding_survive_although_no_annotation_is_wanted() -> None:
    live = {"metadata": {"name": "data", "annotations": {"bound": "yes", "mine": "1"}}}
    cleaned = {"metadata": {"name": "data", "annotations": {"mine": "1"}}}
    wanted = {"metadata": {"name": "data"}}
    assert carried_over(wanted, live, cleaned) == {"metadata": {"name": "data", "annotations": {"bound": "yes"}}}

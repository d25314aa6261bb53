"""Paths into objects, and changes along them."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from snapinspect.clean.paths import DROP, EACH, reach, steps, suffix, update

KEYS = st.sampled_from(["a", "b", "c/d"])
VALUES = st.recursive(
    st.none() | st.integers(0, 3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=12,
)
PATHS = st.lists(KEYS | st.just(EACH), max_size=4)


def spots(value: Any, path: list[str]) -> list[tuple[Any, Any]]:
    """Each container with the key or index that the path ends at, where something stands there."""
    if isinstance(value, dict) and path[0] in value:
        at: list[Any] = [path[0]]
    elif isinstance(value, list) and path[0] == EACH:
        at = list(range(len(value)))
    else:
        return []
    if len(path) == 1:
        return [(value, key) for key in at]
    return [spot for key in at for spot in spots(value[key], path[1:])]


@given(value=VALUES, path=PATHS)
def test_reach_finds_what_stands_there(value: Any, path: list[str]) -> None:
    expected = [container[key] for container, key in spots(value, path)] if path else [value]
    assert list(reach(value, path)) == [one for one in expected if one is not None]


@given(value=VALUES, path=PATHS)
def test_update_changes_what_stands_there_and_nothing_else(value: Any, path: list[str]) -> None:
    before, expected = deepcopy(value), [deepcopy(value)]
    for container, key in spots(expected, [EACH, *path]):
        if container[key] is not None:
            container[key] = "new"
    assert update(value, path, lambda old: None if old is None else "new") == expected[0]
    assert value == before
    assert update(value, path, lambda old: old) is value


@given(value=VALUES, path=PATHS.filter(bool))
def test_update_drops_what_stands_there(value: Any, path: list[str]) -> None:
    expected = deepcopy(value)
    for container, key in reversed(spots(expected, path)):
        del container[key]
    assert update(value, path, lambda _old: DROP) == expected


def test_update_makes_the_way_where_there_is_none() -> None:
    assert update({"a": 1}, ["b", "c/d"], lambda _old: 2) == {"a": 1, "b": {"c/d": 2}}
    assert update({"a": 1}, ["a", "b"], lambda _old: 2) == {"a": 1}
    assert update({}, ["a", EACH, "b"], lambda _old: 2) == {}


@given(path=st.lists(KEYS, min_size=1))
def test_a_path_reads_as_it_was_written(path: list[str]) -> None:
    assert steps("".join(map(suffix, path))) == path

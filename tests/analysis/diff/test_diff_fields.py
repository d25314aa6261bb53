"""Which fields differ."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from snapinspect.analysis.diff.fields import ABSENT, FieldChange, changes
from snapinspect.analysis.diff.merge_keys import MERGE_KEYS, names, names_by_key

scalars = st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["", "a", "b", "1"])
values: st.SearchStrategy[Any] = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("abc."), inner, max_size=3),
    max_leaves=12,
)
trees: st.SearchStrategy[Any] = st.recursive(
    scalars, lambda inner: st.dictionaries(st.sampled_from("abc"), inner, min_size=1, max_size=3), max_leaves=12
)
POD: dict[str, Any] = {
    "spec": {
        "containers": [
            {
                "name": "web",
                "image": "web:1",
                "env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}],
                "ports": [{"containerPort": 80}, {"containerPort": 53, "protocol": "UDP"}],
                "volumeMounts": [{"mountPath": "/a", "name": "x"}, {"mountPath": "/b", "name": "x"}],
                "args": ["--one", "--two", "--three"],
            },
            {"name": "sidecar", "image": "sidecar:1"},
        ],
        "volumes": [{"name": "x", "emptyDir": {}}],
    }
}
WEB = ".spec.containers[name=web]"


def changed(edit: Any) -> list[tuple[str, Any, Any]]:
    """What differs after ``edit`` was applied to a copy of the web container."""
    new = copy.deepcopy(POD)
    edit(new["spec"]["containers"][0])
    return [tuple(change) for change in changes(POD, new)]


@given(values, values)
def test_nothing_differs_only_where_the_json_is_the_same(old: Any, new: Any) -> None:
    same = json.dumps(old, sort_keys=True) == json.dumps(new, sort_keys=True)
    assert (not list(changes(old, new))) is same


def leaves(value: Any, path: str = "") -> dict[str, str]:
    if isinstance(value, dict):
        return {place: leaf for key, item in value.items() for place, leaf in leaves(item, f"{path}.{key}").items()}
    return {path: json.dumps(value)}


@given(trees, trees)
def test_every_field_that_differs_is_named(old: Any, new: Any) -> None:
    before, after = leaves(old), leaves(new)
    differing = {place for place in {**before, **after} if before.get(place) != after.get(place)}
    found = [change.path for change in changes(old, new)]
    assert len(set(found)) == len(found)
    assert all(any(place == path or place.startswith((f"{path}.", path)) for path in found) for place in differing)
    assert all(any(place.startswith(path) for place in differing) for path in found)


def test_an_inserted_item_is_one_change() -> None:
    sidecar = {"name": "proxy", "image": "proxy:1"}
    new = copy.deepcopy(POD)
    new["spec"]["containers"].insert(0, sidecar)
    assert list(changes(POD, new)) == [FieldChange(".spec.containers[name=proxy]", ABSENT, sidecar)]
    assert list(changes(new, POD)) == [FieldChange(".spec.containers[name=proxy]", sidecar, ABSENT)]


@pytest.mark.parametrize(
    ("edit", "path"),
    [
        (lambda web: web["env"].insert(0, {"name": "C"}), ".env[name=C]"),
        (lambda web: web["ports"].insert(0, {"containerPort": 81}), ".ports[containerPort=81,protocol=TCP]"),
        (lambda web: web["ports"].pop(), ".ports[containerPort=53,protocol=UDP]"),
        (lambda web: web["volumeMounts"].pop(0), ".volumeMounts[mountPath=/a]"),
        (lambda web: web["args"].insert(1, "--new"), ".args[1]"),
        (lambda web: web["args"].pop(0), ".args[0]"),
    ],
)
def test_items_are_told_apart_by_what_people_mean_them_by(edit: Any, path: str) -> None:
    ((found, *_),) = changed(edit)
    assert found == WEB + path


def test_a_changed_item_is_its_field() -> None:
    assert changed(lambda web: web.update(image="web:2")) == [(f"{WEB}.image", "web:1", "web:2")]
    assert changed(lambda web: web["env"][1].update(value="3")) == [(f"{WEB}.env[name=B].value", "2", "3")]
    assert changed(lambda web: web["args"].__setitem__(1, "--2")) == [(f"{WEB}.args[1]", "--two", "--2")]


def test_another_order_is_told() -> None:
    assert changed(lambda web: web["env"].reverse()) == [
        (f"{WEB}.env", ["[name=A]", "[name=B]"], ["[name=B]", "[name=A]"])
    ]


def test_a_default_that_is_written_out_is_the_same_port() -> None:
    assert changed(lambda web: web["ports"][0].update(protocol="TCP")) == [
        (f"{WEB}.ports[containerPort=80,protocol=TCP].protocol", ABSENT, "TCP")
    ]


def test_absent_is_not_null() -> None:
    (change,) = changes({}, {"a": None})
    assert change == FieldChange(".a", ABSENT, None)
    assert change.as_json() == {"path": ".a", "old": None, "new": None}


def test_what_people_would_not_write_as_a_word_is_quoted() -> None:
    assert [change.path for change in changes({"data": {"a.b/c": 1}}, {"data": {"a.b/c": 2}})] == ['.data["a.b/c"]']


def test_true_is_not_one() -> None:
    assert [tuple(change) for change in changes({"a": [True, {"b": 0}]}, {"a": [1, {"b": False}]})] == [
        (".a[0]", True, 1),
        (".a[1].b", 0, False),
    ]


@pytest.mark.parametrize("wrap", [lambda value: [value], lambda value: {"a": value}, lambda value: [{"name": value}]])
def test_what_nests_without_end_is_different_as_a_whole(wrap: Any) -> None:
    old, new = 1, 2
    for _ in range(400):
        old, new = wrap(old), wrap(new)
    assert len(list(changes(old, new))) == 1


@pytest.mark.parametrize(
    "items", [[{"name": "a"}, {"name": "a"}], [{"name": "a"}, {}], [{"name": ["a"]}], ["a"], [None]]
)
def test_items_that_no_key_tells_apart_have_numbers(items: list[Any]) -> None:
    assert names_by_key("containers", items) is None
    assert names("containers", items) == [f"[{at}]" for at in range(len(items))]


@pytest.mark.parametrize("field", MERGE_KEYS)
def test_each_entry_of_the_table_tells_items_apart(field: str) -> None:
    for keys in MERGE_KEYS[field]:
        items: list[Any] = []
        for number in (1, 2):
            item: dict[str, Any] = {}
            for key in keys:
                outer, dot, inner = key.partition(".")
                item[outer] = {inner: number} if dot else number
            items.append(item)
        found = names(field, items)
        assert found[0] != found[1]
        assert "[0]" not in found


def test_a_long_list_takes_no_long_time() -> None:
    old = [{"x": at % 7} for at in range(20_000)]
    new = [{"x": at % 5} for at in range(20_000)]
    assert sum(1 for _ in changes(old, new)) > 10_000

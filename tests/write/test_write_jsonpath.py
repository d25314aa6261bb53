"""JSONPath, custom columns and ``--sort-by``, held against what kubectl 1.37 printed for the same objects.

``tests/data/kubectl-1.37-output.json`` holds the objects that a server gave it, and what ``kubectl get`` made of them.
"""

from __future__ import annotations

import io
import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from snapinspect.errors import UsageError
from snapinspect.model import Number
from snapinspect.write.custom_columns import CustomColumns
from snapinspect.write.jsonpath import go_text, parse, parse_relaxed
from snapinspect.write.sorting import sorted_by

RECORDED: dict[str, Any] = json.loads((Path(__file__).parents[1] / "data" / "kubectl-1.37-output.json").read_bytes())
OBJECTS = RECORDED["objects"]

names = st.text("abxyz-_/.é", min_size=1, max_size=6)
leaves = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=8)
values = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3), max_leaves=12
)


@pytest.mark.parametrize("case", RECORDED["jsonpath"], ids=lambda case: case["template"])
def test_a_template_writes_what_kubectl_wrote(case: dict[str, str]) -> None:
    if "out" in case:
        assert parse(case["template"]).text(OBJECTS[0]) == case["out"]
    else:
        with pytest.raises(UsageError, match="jsonpath"):
            parse(case["template"]).text(OBJECTS[0])


@pytest.mark.parametrize("case", RECORDED["custom-columns"], ids=lambda case: case["columns"])
def test_custom_columns_are_those_of_kubectl(case: dict[str, str]) -> None:
    stream = io.StringIO()
    if "out" in case:
        CustomColumns.parse(case["columns"]).write(OBJECTS, stream)
        assert stream.getvalue() == case["out"]
    else:
        with pytest.raises(UsageError):
            CustomColumns.parse(case["columns"])


@pytest.mark.parametrize("case", RECORDED["sort-by"], ids=lambda case: case["expression"])
def test_the_order_is_that_of_kubectl(case: dict[str, str]) -> None:
    def order() -> str:
        found = sorted_by(case["expression"], OBJECTS, lambda body: body)
        return "".join(f"configmap/{body['metadata']['name']}\n" for body in found)

    if "out" in case:
        assert order() == case["out"]
    else:
        with pytest.raises(UsageError):
            order()


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("{.a", "unclosed action"),
        ("{.a[0}", "unterminated array"),
        ("{.a[x]}", "invalid array index x"),
        ("{.a[-]}", "array index - is not a number"),
        (f"{{.a[{'9' * 5000}]}}", "is not a number"),
        ('{.a[?(@.b=~"x")]}', "unrecognized filter operator"),
        ('{.a[?(@.b=="x"}', "unterminated filter"),
        ("{end}", "not in range, nothing to end"),
        ("{foo}", "unrecognized identifier foo"),
        ("{.a|b} {|}", "unrecognized character in action: '|'"),
        ('{"\\q"}', "unquote string"),
        ("{range .a}" * 60, "nested too deeply"),
        ("{" + "[?(@" * 60, "unterminated filter"),
    ],
)
def test_what_is_not_understood_is_named(template: str, words: str) -> None:
    with pytest.raises(UsageError) as raised:
        parse(template)
    assert words.partition("=~")[0] in str(raised.value)
    assert "{.metadata.name}" in raised.value.hint


@given(values)
def test_every_leaf_is_found_under_its_own_path(value: Any) -> None:
    for path, leaf in leaves_of(value, "{@"):
        assert parse(path + "}").find(value) == [[leaf]]


def leaves_of(value: Any, path: str) -> list[tuple[str, Any]]:
    """Each leaf with its path: keys by turns in quotes and after a dot, with what ends a name escaped."""
    if isinstance(value, dict):
        found = []
        for key, item in value.items():
            escaped = key.replace(".", r"\.")
            found += leaves_of(item, f"{path}['{escaped}']" if len(path) % 2 else f"{path}.{escaped}")
        return found
    if isinstance(value, list):
        return [each for index, item in enumerate(value) for each in leaves_of(item, f"{path}[{index}]")]
    return [(path, value)]


@given(values)
def test_descent_reaches_all_that_holds_something(value: Any) -> None:
    def containers(one: Any) -> list[Any]:
        inside = one.values() if isinstance(one, dict) else one if isinstance(one, list) else ()
        return [
            *([one] if one and not isinstance(one, bool | int) else []),
            *(c for i in inside for c in containers(i)),
        ]

    assert parse("{..}").find(value) == [containers(value)]


@given(st.lists(st.integers(), max_size=6), st.integers(-7, 7), st.integers(-7, 7), st.integers(1, 3))
def test_a_slice_is_pythons_or_out_of_bounds(items: list[int], start: int, end: int, step: int) -> None:
    try:
        (found,) = parse(f"{{[{start}:{end}:{step}]}}").find(items)
    except UsageError:
        at, to = (index + len(items) if index < 0 else index for index in (start, end))
        assert not 0 <= at <= to <= len(items) or at == len(items)
    else:
        assert found == items[start:end:step]


@given(st.text())
def test_any_text_is_a_template_or_said_to_be_none(text: str) -> None:
    for parser in (parse, parse_relaxed):
        with suppress(UsageError):
            assert isinstance(parser(text).text(OBJECTS[0]), str)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (1.5, "1.5"),
        (1e21, "1e+21"),
        (1e20, "100000000000000000000"),
        (1e-7, "1e-07"),
        (Number("1.50"), "1.5"),
        (-0.25, "-0.25"),
    ],
)
def test_numbers_are_written_as_go_writes_them(number: Any, text: str) -> None:
    assert parse("{.n}").text({"n": number}) == go_text(number) == text

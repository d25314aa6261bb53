"""JSON, lists, tables and names."""

from __future__ import annotations

import io
import json
import re
from typing import Any

import pytest
import yaml as pyyaml
from hypothesis import given
from hypothesis import strategies as st
from write_samples import SMALL, bodies, steady

from snapinspect.errors import OutputError
from snapinspect.model import Number, Shared
from snapinspect.write import lists, yaml
from snapinspect.write.json import dumps, item_text, write_items
from snapinspect.write.jsonpath.text import go_text, json_text
from snapinspect.write.names import object_name
from snapinspect.write.quick import quick_text
from snapinspect.write.table import write_table


@steady
@given(bodies, st.sampled_from([None, 4]))
def test_any_body_reads_back_equal(body: dict[str, Any], indent: int | None) -> None:
    text = dumps(body, indent=indent)
    assert json.loads(text) == body
    assert text.encode().isascii() or not any("\x80" <= char <= "\x9f" for char in text)
    assert indent is not None or "\n" not in text


@steady
@given(bodies, st.sampled_from([None, 2, 4]))
def test_quick_text_is_the_same_text(body: dict[str, Any], indent: int | None) -> None:
    quick = quick_text(body, indent)
    separators = (",", ":") if indent is None else None
    expected = json.dumps(body, indent=indent, ensure_ascii=False, separators=separators)
    # What was read holds no number with an exponent: those keep their text.
    assert quick in (None, expected) or (re.search(r"[0-9]e[-+]?[0-9]", expected) and json.loads(quick) == body)


def test_most_objects_have_a_quick_text() -> None:
    assert sum(quick_text(body, 4) is not None for body in SMALL) > len(SMALL) * 0.9


def test_indented_as_kubectl_does() -> None:
    for body in SMALL[:100]:
        assert dumps(body, indent=4) == json.dumps(body, indent=4, ensure_ascii=False)


def test_a_number_keeps_its_text() -> None:
    body: Any = {"a": Number("1e-7"), "b": [Number("1.50"), True, None, 1, "x", {}, []], "c": Shared({"d": 0.1})}
    assert dumps(body) == '{"a":1e-7,"b":[1.50,true,null,1,"x",{},[]],"c":{"d":0.1}}'
    assert dumps(body["b"][:1], indent=2) == "[\n  1.50\n]"


def test_what_has_no_utf8_or_drives_a_terminal_is_escaped() -> None:
    assert dumps({"\udc80": "\x9b\ud83d\x1bé🚀"}) == '{"\\udc80":"\\u009b\\ud83d\\u001bé🚀"}'


@pytest.mark.parametrize("value", [float("inf"), float("nan"), Number("NaN"), b"bytes"])
@pytest.mark.parametrize("indent", [None, 4])
def test_what_json_cannot_hold_is_refused(value: Any, indent: int | None) -> None:
    with pytest.raises(OutputError):
        dumps({"a": value}, indent=indent)


def test_nesting_of_any_depth_is_written() -> None:
    deep: Any = []
    for _ in range(2000):
        deep = {"a": [deep]}
    assert dumps(deep) == '{"a":[' * 2000 + "[]" + "]}" * 2000
    assert json_text(deep) == dumps(deep)
    assert go_text(deep) == "map[a:[" * 2000 + "[]" + "]]" * 2000
    assert yaml.dump(deep) == dumps(deep) + "\n"
    assert yaml.dump_item(deep) == f"- {dumps(deep)}\n"
    assert "".join(dumps(deep["a"], indent=1).split()) == dumps(deep["a"])


def written(bodies: list[dict[str, Any]]) -> str:
    stream = io.StringIO()
    write_items(map(item_text, bodies), stream)
    return stream.getvalue()


def test_one_object_is_itself() -> None:
    assert written(SMALL[:1]) == json.dumps(SMALL[0], indent=4, ensure_ascii=False) + "\n"


@pytest.mark.parametrize("count", [0, 2, 5])
def test_none_or_several_are_a_list(count: int) -> None:
    items = SMALL[:count]
    expected = {"apiVersion": "v1", "items": items, "kind": "List", "metadata": {"resourceVersion": ""}}
    assert written(items) == json.dumps(expected, indent=4, ensure_ascii=False) + "\n"


def test_items_are_written_as_they_come() -> None:
    stream = io.StringIO()

    def failing() -> Any:
        yield from SMALL[:3]
        assert SMALL[2]["metadata"]["uid"] in stream.getvalue()
        raise OutputError("stop")

    with pytest.raises(OutputError, match="stop"):
        write_items(map(item_text, failing()), stream)


@pytest.mark.parametrize("items", [[], [{"a": "x\n\n"}], [{"a": 1, "b": "  x\n\ny\n"}, {"c": [{}]}]])
def test_lists_of_facts(items: list[dict[str, Any]]) -> None:
    as_json, as_yaml = io.StringIO(), io.StringIO()
    lists.write_json(items, as_json)
    lists.write_yaml(items, as_yaml)
    assert json.loads(as_json.getvalue()) == items
    assert pyyaml.safe_load(as_yaml.getvalue()) == items


def table(columns: list[str], rows: list[list[object]]) -> str:
    stream = io.StringIO()
    write_table(columns, iter(rows), stream)
    return stream.getvalue()


def test_a_table() -> None:
    assert table(["name", "Ready", "age"], [["web", "2/2", 3], ["a-long-name", None, ""], ["x", 0, "5d"]]) == (
        "NAME          READY    AGE\n"
        "web           2/2      3\n"
        "a-long-name   <none>   <none>\n"
        "x             0        5d\n"
    )


def test_a_table_without_rows() -> None:
    assert table(["NAME", "AGE"], []) == ""


def test_cells_cannot_drive_a_terminal() -> None:
    assert table(["NAME"], [["\x1b[2J"], ["a\nb\r"], ["\x9b\u202e\ud800"], ["100%s é"]]) == (
        "NAME\n\\x1b[2J\na\\nb\\r\n\\x9b\\u202e\\ud800\n100%s é\n"
    )


@pytest.mark.parametrize(
    ("group", "kind", "name", "expected"),
    [
        ("apps", "Deployment", "web", "deployment.apps/web"),
        ("", "ConfigMap", "settings", "configmap/settings"),
        (
            "rbac.authorization.k8s.io",
            "ClusterRole",
            "system:node",
            "clusterrole.rbac.authorization.k8s.io/system:node",
        ),
        ("", "Secret", "a\n\x1b", "secret/a\\n\\x1b"),
    ],
)
def test_names(group: str, kind: str, name: str, expected: str) -> None:
    assert object_name(group, kind, name) == expected


@pytest.mark.parametrize("code", [0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)])
@pytest.mark.parametrize("around", ["", "a\nb\n", "é"])
def test_no_writer_lets_a_control_of_writing_direction_through(code: int, around: str) -> None:
    body = {"data": {f"k{chr(code)}": f"{around}gnp.{chr(code)}exe"}}
    for text in (dumps(body), dumps(body, indent=4), yaml.dump(body)):
        assert chr(code) not in text
        assert pyyaml.safe_load(text) == body
    stream = io.StringIO()
    write_table(["name"], [[f"gnp.{chr(code)}exe"]], stream)
    assert stream.getvalue() == f"NAME\ngnp.\\u{code:04x}exe\n"


def test_one_far_longer_cell_does_not_widen_the_column_of_all() -> None:
    stream = io.StringIO()
    write_table(["a", "b", "c"], [*(["x" * 9, "y", "z"] for _ in range(60)), ["x" * 90, "y", "z"]], stream)
    first, *usual, last = stream.getvalue().splitlines()
    assert first == "A           B     C"
    assert set(usual) == {"xxxxxxxxx   y     z"}
    assert last == f"{'x' * 90}   y   z"

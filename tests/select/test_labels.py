from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from snapinspect.errors import UsageError
from snapinspect.select.labels import LabelSelector

KEYS = ["app", "tier", "in", "notin", "example.com/part-of", "a.b"]
VALUES = ["", "web", "db", "in", "notin", "10", "9", "007", "v1.2_x-y"]
SPACES = st.sampled_from(["", " ", "\t", " \n"])


@dataclass(frozen=True)
class Condition:
    """The oracle: what a condition means, told apart from how it is written."""

    key: str
    operator: str
    values: tuple[str, ...]

    def holds(self, labels: dict[str, str]) -> bool:
        has = self.key in labels
        if self.operator in {"=", "==", "in"}:
            return has and any(labels[self.key] == value for value in self.values)
        if self.operator in {"!=", "notin"}:
            return not (has and any(labels[self.key] == value for value in self.values))
        if self.operator == "exists":
            return has
        if self.operator == "!":
            return not has
        if not has or not labels[self.key].isdigit():
            return False
        difference = int(labels[self.key]) - int(self.values[0])
        return difference > 0 if self.operator == ">" else difference < 0


@st.composite
def conditions(draw: st.DrawFn) -> tuple[Condition, str]:
    key, operator = draw(st.sampled_from(KEYS)), draw(st.sampled_from(["=", "==", "!=", "in", "notin", "e", "!", ">"]))

    def gap() -> str:
        return draw(SPACES)

    if operator == "e":
        return Condition(key, "exists", ()), f"{gap()}{key}{gap()}"
    if operator == "!":
        return Condition(key, "!", ()), f"{gap()}!{gap()}{key}{gap()}"
    if operator in {"in", "notin"}:
        values = draw(st.lists(st.sampled_from(VALUES), min_size=1, max_size=3))
        inside = ",".join(f"{gap()}{value}{gap()}" for value in values)
        return Condition(key, operator, tuple(values)), f"{gap()}{key} {gap()}{operator}{gap()}({inside}){gap()}"
    if operator == ">":
        operator, value = draw(st.sampled_from("<>")), draw(st.integers(0, 12).map(str))
    else:
        value = draw(st.sampled_from(VALUES))
    return Condition(key, operator, (value,)), f"{gap()}{key}{gap()}{operator}{gap()}{value}{gap()}"


@given(
    st.lists(conditions(), max_size=4),
    st.lists(st.dictionaries(st.sampled_from(KEYS), st.sampled_from(VALUES)), min_size=1, max_size=8),
)
def test_a_selector_means_what_its_conditions_mean(
    parts: list[tuple[Condition, str]], objects: list[dict[str, str]]
) -> None:
    selector = LabelSelector.parse(",".join(text for _, text in parts))
    for labels in objects:
        assert selector.matches(labels) == all(condition.holds(labels) for condition, _ in parts)


@pytest.mark.parametrize(
    ("text", "matching", "other"),
    [
        ("x in (a,,b)", {"x": ""}, {"x": "c"}),
        ("x in ()", {"x": ""}, {}),
        ("x in (,)", {"x": ""}, {"x": ","}),
        ("x in (a,)", {"x": ""}, {"x": "b"}),
        ("x notin (,a)", {"x": "b"}, {"x": ""}),
        ("x=", {"x": ""}, {"x": "a"}),
        ("x=,y", {"x": "", "y": "1"}, {"x": ""}),
        ("x!=", {}, {"x": ""}),
        ("x=in", {"x": "in"}, {"x": "notin"}),
        ("in in (in,notin)", {"in": "notin"}, {"in": "a"}),
        ("x>1", {"x": "+2"}, {"x": "two"}),
        ("x>1", {"x": "0000000000000000000000000000000000002"}, {"x": "9223372036854775808"}),
        ("x<1", {"x": "-9223372036854775808"}, {"x": "-9223372036854775809"}),
        ("x<2", {"x": "1"}, {"x": "1.5"}),
        ("a.b/c-d_E.f=G-h_i.0", {"a.b/c-d_E.f": "G-h_i.0"}, {"c-d_E.f": "G-h_i.0"}),
        ("x" * 63 + "=" + "v" * 63, {"x" * 63: "v" * 63}, {}),
    ],
)
def test_the_corners_of_the_grammar(text: str, matching: dict[str, str], other: dict[str, str]) -> None:
    selector = LabelSelector.parse(text)
    assert selector.matches(matching)
    assert not selector.matches(other)


@pytest.mark.parametrize("text", ["", " ", "\t\n"])
def test_no_condition_matches_everything(text: str) -> None:
    assert LabelSelector.parse(text).matches(None)


@pytest.mark.parametrize(
    "text",
    [
        ",",
        "x,",
        ",x",
        "x,,y",
        "x y",
        "x=a b",
        "x=a=b",
        "x===a",
        "x=!a",
        "x=(a)",
        "=a",
        "!",
        "!!x",
        "!x=a",
        "!x in (a)",
        "x!",
        "x in",
        "x in a",
        "x in (a",
        "x in (a,",
        "x in (a b)",
        "x in (a))",
        "x in ((a))",
        "x in (=)",
        "x notin",
        "x In (a)",
        "x>",
        "x>a",
        "x<1.5",
        "x>-1",
        "x>9223372036854775808",
        "x>=1",
        "/x",
        "a/b/c",
        "a/",
        "UPPER.example/x",
        "a..b/x",
        f"{'a' * 254}/x",
        "-x",
        "x-",
        "x" * 64,
        "x=" + "v" * 64,
        "x=-a",
        "x=a.",
        "x=ä",
        "ä",
        "x='a'",
        "x\x00",
        "x=a\n\u00a0",
    ],
)
def test_what_kubectl_rejects_is_rejected(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        LabelSelector.parse(text)
    assert caught.value.hint
    assert caught.value.exit_code == 2


@given(st.text(alphabet=" \t,=!<>()inot/.-x1aÄ", max_size=20), st.dictionaries(st.text("xin", max_size=2), st.text()))
def test_any_text_is_a_selector_or_a_usage_error(text: str, labels: dict[str, str]) -> None:
    try:
        selector = LabelSelector.parse(text)
    except UsageError:
        return
    assert selector.matches(labels) in {True, False}


def test_labels_that_are_no_strings_do_no_harm() -> None:
    odd = {"x": ["a"], "y": None, "z": 5}
    assert not LabelSelector.parse("x=a").matches(odd)
    assert not LabelSelector.parse("z>1").matches(odd)
    assert LabelSelector.parse("x,y!=a,z notin (5)").matches(odd)

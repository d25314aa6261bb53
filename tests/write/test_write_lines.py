"""The lines of a diff: which belong together, and how they are written."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from write_samples import SMALL, bodies

from snapinspect.analysis.diff.merge_keys import names
from snapinspect.write import yaml
from snapinspect.write.align import align, longest_rise
from snapinspect.write.lines import Line, yaml_lines
from snapinspect.write.unified import unified

sequences = st.lists(st.sampled_from("abcdef"), max_size=30)
_HUNK = re.compile(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")


@pytest.mark.parametrize("at", range(0, len(SMALL), 7))
def test_lines_are_those_of_the_yaml_of_real_objects(at: int) -> None:
    assert "".join(f"{text}\n" for _, text in yaml_lines(SMALL[at], names)) == yaml.dump(SMALL[at])


@given(bodies)
def test_lines_are_those_of_the_yaml(body: dict[str, Any]) -> None:
    assert "".join(f"{text}\n" for _, text in yaml_lines(body, names)) == yaml.dump(body)


def test_lines_know_their_fields() -> None:
    body = {"spec": {"containers": [{"name": "web", "command": ["a\nb"]}], "empty": {}}}
    assert [line.path for line in yaml_lines(body, names)] == [
        ".spec",
        ".spec.containers",
        ".spec.containers[name=web].name",
        ".spec.containers[name=web].command",
        *[".spec.containers[name=web].command[0]"] * 3,
        ".spec.empty",
    ]


def test_what_nests_too_deep_is_one_line() -> None:
    body: Any = {}
    for _ in range(120):
        body = {"a": [{"b": body}]}
    assert [f"{line.text}\n" for line in yaml_lines(body, names)] == [yaml.dump(body)]


@given(sequences, sequences)
def test_what_is_aligned_is_equal_and_in_order(old: list[str], new: list[str]) -> None:
    pairs = align(old, new)
    assert all(old[one] == new[other] for one, other in pairs)
    assert all(one[0] < other[0] and one[1] < other[1] for one, other in pairwise(pairs))


@given(st.lists(st.integers(), unique=True, max_size=30), st.data())
def test_what_was_only_added_to_is_aligned_whole(old: list[int], data: st.DataObject) -> None:
    new = list(old)
    for number in range(data.draw(st.integers(0, 5))):
        new.insert(data.draw(st.integers(0, len(new))), f"new {number}")  # type: ignore[arg-type]
    assert [one for one, _ in align(old, new)] == list(range(len(old)))


@given(st.lists(st.integers(0, 50), unique=True, max_size=12))
def test_the_longest_rise_is_the_longest(numbers: list[int]) -> None:
    found = [numbers[at] for at in longest_rise(numbers)]
    assert found == sorted(found)
    lengths: list[int] = []
    for at, number in enumerate(numbers):
        lengths.append(1 + max((lengths[other] for other in range(at) if numbers[other] < number), default=0))
    assert len(found) == max(lengths, default=0)


def applied(old: list[str], diff: list[str]) -> list[str]:
    """What ``patch`` makes of ``old``; every heading must be true."""
    new: list[str] = []
    at = 0
    for line in diff:
        if match := _HUNK.fullmatch(line):
            start, count, target = int(match[1]), int(match[2] or 1), int(match[3])
            start -= count != 0
            new += old[at:start]
            at = start
            assert target - (int(match[4] or 1) != 0) == len(new)
        elif line[0] == "+":
            new.append(line[1:])
        else:
            assert old[at] == line[1:]
            at += 1
            new += [line[1:]] if line[0] == " " else []
    return new + old[at:]


@given(sequences, sequences, st.integers(0, 3))
def test_a_diff_makes_the_new_text_of_the_old_one(old: list[str], new: list[str], context: int) -> None:
    diff = list(unified([Line("", text) for text in old], [Line("", text) for text in new], context))
    assert applied(old, diff) == new
    assert (not diff) is (old == new)
    hunks = [at for at, line in enumerate(diff) if line[0] == "@"]
    for start, end in pairwise([*hunks, len(diff)]):
        signs = "".join(line[0] for line in diff[start + 1 : end])
        assert len(signs) - len(signs.lstrip(" ")) <= context
        assert len(signs) - len(signs.rstrip(" ")) <= context
        assert " " * (2 * context + 1) not in signs.strip(" ") or not context


def test_the_hunks_are_those_of_gnu_diff() -> None:
    old = [Line("", f"{at}") for at in range(1, 21)]
    new = [line for line in old if line.text not in {"5", "17"}] + [Line("", "new")]
    assert [line for line in unified(old, new) if line[0] == "@"] == ["@@ -2,7 +2,6 @@", "@@ -14,7 +13,7 @@"]
    assert [*unified([], old[:1])] == ["@@ -0,0 +1 @@", "+1"]
    assert [*unified(old[:1], [])] == ["@@ -1 +0,0 @@", "-1"]


def test_an_inserted_item_is_one_piece() -> None:
    env = [{"name": name, "value": "x"} for name in "ABCD"]
    old, new = {"env": env}, {"env": [*env[:2], {"name": "NEW", "value": "x"}, *env[2:]]}
    changed = [line for line in unified(yaml_lines(old, names), yaml_lines(new, names)) if line[0] in "+-"]
    assert changed == ["+- name: NEW", "+  value: x"]


def test_much_repeated_text_takes_no_long_time() -> None:
    old = [Line("", str(at % 50)) for at in range(20_000)]
    new = [Line("", str(at % 49)) for at in range(20_000)]
    assert applied([line.text for line in old], list(unified(old, new))) == [line.text for line in new]

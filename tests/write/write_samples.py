"""What the writers are tested with: real objects, and texts that are hard to write."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st

FIXTURES = Path(__file__).parents[2] / "fixtures" / "k8s-1.36"


def truth(name: str) -> list[dict[str, Any]]:
    with gzip.open(FIXTURES / f"{name}.truth.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [json.loads(line)["object"] for line in lines]


def find(objects: list[dict[str, Any]], kind: str, name: str) -> dict[str, Any]:
    return next(body for body in objects if body["kind"] == kind and body["metadata"]["name"] == name)


SMALL = truth("small")

steady = settings(deadline=None)

FRAGMENTS = [
    *" \t\n\r:#-?,[]{}&*!|>'\"%@`~=<.+/\\_0123456789eExXoObBaAfFyYnNtTzZ",
    *("  ", "\n\n", "\n ", "\n\t", ": ", " #", "- ", "? ", "---", "...", "<<", "0x", "1e3", ".5", "null", "true", "y"),
    *("é", "日", "🚀", "\u00a0", "\u200b", "\ue000", "\x85", "\u2028", "\u2029", "\ufeff", "\ufffe", "\uffff"),
    *("\x00", "\x07", "\x1b", "\x7f", "\x80", "\x9f", "\U0001fffe", "\U0010ffff"),
]
hard_texts: st.SearchStrategy[str] = st.lists(st.sampled_from(FRAGMENTS), max_size=12).map("".join) | st.text(
    st.characters(exclude_categories=["Cs"])
)
numbers = st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False, allow_infinity=False)
values: st.SearchStrategy[Any] = st.recursive(
    hard_texts | numbers | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(hard_texts, inner, max_size=4),
    max_leaves=20,
)
bodies = st.dictionaries(hard_texts, values, max_size=5)

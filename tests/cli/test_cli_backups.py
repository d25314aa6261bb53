"""Backups and keys that people bring: each form by one small input, and what the commands make of it."""

from __future__ import annotations

import json

from cli_program import ROOT, run

FIELD = ROOT / "fixtures" / "field"


def _operations(name: str, state: str = "11-kine-created") -> list[tuple[str, ...]]:
    """Revision and operation of each row of ``history``."""
    outcome = run("history", FIELD / state / "state.db", f"cm/{name}", "-n", "shop", "-o", "jsonl")
    assert outcome.code == 0
    return [(str(row["revision"]), row["operation"]) for row in map(json.loads, outcome.lines)]


def test_a_row_of_kine_that_says_so_is_a_creation() -> None:
    assert _operations("a") == [("3", "created"), ("5", "updated")]
    outcome = run("history", FIELD / "11-kine-created" / "state.db", "cm/z", "-n", "shop")
    assert "created again" in outcome.out


def test_what_a_row_of_kine_replaced_is_shown_after_compaction() -> None:
    assert _operations("z") == [("7", "updated"), ("8", "deleted"), ("10", "created")]
    assert _operations("z", "11-kine-old-value") == [("4", "created"), ("7", "updated")]
    outcome = run("history", FIELD / "11-kine-old-value" / "state.db", "cm/z", "-n", "shop", "--patch")
    assert "-  v: '1'\n+  v: '2'" in outcome.out
    assert "not held" not in outcome.out


def test_a_deleted_object_comes_back_from_kines_old_value() -> None:
    snapshot = FIELD / "11-kine-created" / "state.db"
    outcome = run("deleted", snapshot, "-o", "json")
    assert outcome.code == 0
    assert '"lastRevision":7' in outcome.out

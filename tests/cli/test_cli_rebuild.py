"""``rebuild`` on the command line."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
from cli_program import SMALL, run


def test_it_says_what_it_wrote_and_what_comes_next(tmp_path: Path) -> None:
    new = tmp_path / "new.db"
    done = run("rebuild", SMALL, new)
    assert (done.code, done.out) == (0, "")
    assert "1174 records, up to revision 1175" in done.err
    assert f"etcdutl snapshot restore {shlex.quote(str(new))} --data-dir /var/lib/etcd-restored --name m1" in done.err
    assert new.stat().st_mode & 0o777 == 0o600
    assert run("ls", new).out == run("ls", SMALL).out


@pytest.mark.parametrize(
    "words",
    [("--drop", "-n", "infra-production"), ("--drop", "infra-production/"), ("--drop", "--key", "/registry/events")],
)
def test_drop_takes_the_grammar_of_a_selection(words: tuple[str, ...], tmp_path: Path) -> None:
    new = tmp_path / "new.db"
    done = run("rebuild", SMALL, new, *words)
    assert done.code == 0, done.err
    assert "dropped" in done.err
    gone = run("ls", new, "events") if words[1] == "--key" else run("ls", new, "-n", "infra-production")
    assert "infra-production" not in gone.out


def test_a_kind_is_dropped_in_every_revision(tmp_path: Path) -> None:
    new = tmp_path / "new.db"
    done = run("rebuild", SMALL, new, "--drop", "configmap", "--drop", "deploy/api")
    assert done.code == 0, done.err
    assert run("ls", new, "cm").out.count("configmaps") == 0
    assert b"/registry/deployments/infra-production/api" not in new.read_bytes()
    assert "which is dropped" in done.err


def test_a_file_that_is_there_stays(tmp_path: Path) -> None:
    new = tmp_path / "new.db"
    new.write_bytes(b"mine")
    refused = run("rebuild", SMALL, new)
    assert (refused.code, new.read_bytes()) == (1, b"mine")
    assert "is there already" in refused.err


def test_what_is_no_snapshot_leaves_no_file(tmp_path: Path) -> None:
    source = tmp_path / "text"
    source.write_text("hello")
    assert run("rebuild", source, tmp_path / "new.db").code == 1
    assert not (tmp_path / "new.db").exists()


def test_a_moment_says_that_clients_must_read_anew(tmp_path: Path) -> None:
    done = run("rebuild", SMALL, tmp_path / "new.db", "--at", "900")
    assert "--bump-revision 1000000000" in done.err
    assert "up to revision 900" in done.err

"""Bulk work spread over processes gives, byte for byte, what one process gives: results, problems and exit codes."""

from __future__ import annotations

import gzip
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli_program import ROOT, SMALL, finish, run, start
from written_snapshot import write_snapshot

FIELD = ROOT / "fixtures" / "field"
LISTS = (
    *(("-n", "infra-production", "-o", form) for form in ("wide", "json", "jsonl", "yaml", "csv", "name")),
    (),
    ("deploy", "--show-labels"),
    ("--sort-by", ".metadata.name", "-n", "infra-staging"),
)
OBJECTS = (
    *(("-n", "infra-production", "-o", form) for form in ("json", "jsonl", "name")),
    ("-A",),
    ("--all", "--raw"),
    ("deploy", "-A", "--with-deps", "--explain"),
    ("-A", "--minimal", "-l", "app"),
    ("--deleted", "-n", "infra-staging", "--owned"),
    ("--key", "/registry/a", "--undecoded", "bytes", "-o", "jsonl"),
    ("deploy", "-A", "-o", "jsonpath={.items[*].metadata.name}"),
)


def together(lines: list[list[str]], scratch: Path) -> list[tuple[int, str, str]]:
    """What comes of each command line; ``forking_runs`` says how."""
    asked = scratch / "lines.json"
    asked.write_text(json.dumps(lines))
    program = [sys.executable, str(Path(__file__).with_name("forking_runs.py")), str(asked)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    found = subprocess.run(program, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    return [(code, out, err) for code, out, err in json.loads(found.stdout)]


def held_equal(lines: list[list[str]], scratch: Path, several: tuple[str, ...] = ("3",)) -> list[tuple[int, str, str]]:
    """Runs each with one process, and with several; the line that hints repeat is another."""
    ways = ("1", *several)
    outcomes = together([[*line, "--jobs", jobs] for line in lines for jobs in ways], scratch)
    told = [(code, out, re.sub(r" --jobs \d", "", err)) for code, out, err in outcomes]
    alone = told[:: len(ways)]
    for way in range(1, len(ways)):
        for at, (spread, one) in enumerate(zip(told[way :: len(ways)], alone, strict=True)):
            assert spread == one, (lines[at], ways[way])
    return alone


def unpacked(name: str, scratch: Path) -> str:
    target = scratch / f"{name}.db"
    target.write_bytes(gzip.decompress((SMALL.parent / f"{name}.db.gz").read_bytes()))
    return str(target)


def test_lists_and_objects_in_every_form(tmp_path: Path) -> None:
    lines = [["ls", str(SMALL), *more] for more in LISTS] + [["get", str(SMALL), *more] for more in OBJECTS]
    lines += [["stats", str(SMALL), "-o", "json"], ["verify", str(SMALL)], ["verify", str(SMALL), "-o", "json"]]
    outcomes = held_equal(lines, tmp_path)
    assert {code for code, _, _ in outcomes} <= {0, 1}
    assert sum(bool(out) for _, out, _ in outcomes) >= len(lines) - 1


def test_every_snapshot_of_the_field(tmp_path: Path) -> None:
    """Damaged, odd and packed ones among them, SQLite files and dumps: each way in turn."""
    places = sorted(
        path for path in FIELD.rglob("*") if path.suffix in {".db", ".gz", ".sql", ".zip"} or path.name == "db"
    )
    ways = (("-A",), ("--all", "--raw", "--undecoded", "fields"), ("-A", "--salvage", "-o", "jsonl"))
    lines = [["get", str(place), *ways[at % len(ways)]] for at, place in enumerate(places)]
    codes = {code for code, _, _ in held_equal(lines, tmp_path)}
    assert codes >= {0, 1, 3}


def damaged(scratch: Path) -> Iterator[str]:
    """The small snapshot with values, then whole pages, overwritten, and cut off."""
    whole = SMALL.read_bytes()
    for name, spoiled in {
        "values": re.sub(rb"(?<=apps/v1\x12)\x0aDeployment", b"\xffDeployment", whole),
        "pages": whole[: 200 * 4096] + bytes(4096 * 3) + whole[203 * 4096 :],
        "cut": whole[: len(whole) * 3 // 4],
    }.items():
        target = scratch / f"{name}.db"
        target.write_bytes(spoiled)
        yield str(target)


def test_damage_is_told_in_the_same_words_and_order(tmp_path: Path) -> None:
    lines = [
        line
        for place in damaged(tmp_path)
        for salvage in ((), ("--salvage",))
        for line in (["ls", place, "-o", "wide", *salvage], ["get", place, "-A", *salvage])
    ]
    lines += [
        [*way, place, "-o", "json"] for place in damaged(tmp_path) for way in (["verify"], ["stats", "--salvage"])
    ]
    outcomes = held_equal(lines, tmp_path)
    assert sum(code == 3 and "warning: " in err for code, _, err in outcomes) >= len(lines) // 3


def test_a_log_tells_the_same_in_the_same_order(tmp_path: Path) -> None:
    """What is folded, counted, told of Events by the labels of others, or stands between snapshots, too."""
    history, config = unpacked("history", tmp_path), str(SMALL.parent / "aescbc.enc.yaml")
    ways = (
        *((), ("--all",), ("--reverse",), ("--events", "-n", "infra-production"), ("--events", "-l", "app=web")),
        *(("-o", "json"), ("-o", "jsonl", "--reverse"), ("-p",), ("--all", "-p", "--raw"), ("deploy", "--by", "kube")),
        *(("--since", "2000", "--until", "2600"), ("--carve",), ("--salvage", "--all")),
    )
    lines = [["log", history, *way, "--show-secrets"] for way in ways]
    lines += [["log", str(SMALL), history, *way, "--show-secrets"] for way in ((), ("-o", "jsonl"), ("-p",))]
    lines += [["log", place, "-o", "jsonl", "--show-secrets"] for place in damaged(tmp_path)]
    lines += [["log", unpacked("aescbc", tmp_path), *way] for way in ((), ("--encryption-config", config))]
    outcomes = held_equal(lines, tmp_path, ("2", "3"))
    assert {code for code, _, _ in outcomes} == {0, 1, 3}
    assert all(out for code, out, _ in outcomes if code != 1)


def test_encrypted_values_and_earlier_moments(tmp_path: Path) -> None:
    locked, history = unpacked("aescbc", tmp_path), str(ROOT / "fixtures" / "etcd-3.5" / "compacted.db.gz")
    config = str(SMALL.parent / "aescbc.enc.yaml")
    revision = json.loads(run("info", SMALL, "-o", "json").out)["revision"]
    lines = [
        ["get", locked, "-A"],
        ["get", locked, "-A", "--encryption-config", config],
        ["get", locked, "secrets", "-A", "--raw", "--encryption-config", config, "-o", "jsonl"],
        ["get", locked, "--all", "--raw", "--undecoded", "bytes", "-o", "json"],
        ["stats", locked, "--encryption-config", config, "-o", "json"],
        ["verify", locked, "--encryption-config", config],
        ["ls", str(SMALL), "--at", str(revision - 20), "-o", "json"],
        ["get", str(SMALL), "-A", "--at", str(revision - 20)],
        ["verify", history, "-o", "json"],
        ["ls", history, "-o", "wide"],
        ["ls", history, "--carve", "-o", "wide"],
        ["diff", str(SMALL), "--from", str(revision - 40), "-o", "json", "--show-secrets"],
        ["diff", str(SMALL), unpacked("cbor", tmp_path), "-o", "name"],
    ]
    opened, closed = held_equal(lines, tmp_path)[1], held_equal(lines[:1], tmp_path)[0]
    assert (opened[0], closed[0]) == (0, 3)
    assert "kind: Secret" in opened[1]


@pytest.mark.parametrize("layout", ["tree", "flat", "single"])
def test_an_export_is_the_same_files(layout: str, tmp_path: Path) -> None:
    trees = []
    for jobs in ("1", "3"):
        target = tmp_path / jobs
        outcome = finish(start("export", SMALL, "-A", "-d", target, "--layout", layout, "--jobs", jobs))
        assert outcome.code == 0
        files = {str(path.relative_to(target)): path.read_bytes() for path in target.rglob("*") if path.is_file()}
        evidence, _, files["index.jsonl"] = files["index.jsonl"].partition(b"\n")
        assert json.loads(evidence)["revision"]
        # Hints repeat the line as it was typed.
        said = outcome.err.replace(str(target), "DIR").replace(f"--jobs {jobs}", "--jobs N")
        trees.append((files, said))
    assert trees[0] == trees[1]


def workers_of(process: subprocess.Popen[bytes]) -> list[int]:
    """The processes that it has forked; waits until there are two that have begun."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    for _ in range(2000):
        found = children.read_text().split()
        if len(found) > 1:
            return [int(pid) for pid in found]
        time.sleep(0.005)
    raise AssertionError("it forked nothing")


@pytest.fixture(scope="module")
def big(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A snapshot of which no process is done before its answers are taken: megabytes in each range."""
    text = "0123456789 abcdef\n" * 25_000
    bodies = [
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": f"big-{number}", "namespace": "shop"},
            "data": {"a": text},
        }
        for number in range(64)
    ]
    return write_snapshot(tmp_path_factory.mktemp("big") / "big.db", bodies)


def stalled(*args: str | Path) -> subprocess.Popen[bytes]:
    """A program whose output nobody takes, so that it and its processes wait."""
    return start(*args, "--jobs", "2")


def is_gone(pid: int) -> bool:
    for _ in range(1000):
        if not Path(f"/proc/{pid}").exists():
            return True
        time.sleep(0.005)
    return False


def work_of_a_killed_one(process: subprocess.Popen[bytes]) -> str:
    """Kills one of the program's two processes: what it is said to have worked on; the other one is gone with the program."""
    victim, other = workers_of(process)
    process.send_signal(signal.SIGSTOP)
    os.kill(victim, signal.SIGKILL)
    process.send_signal(signal.SIGCONT)
    outcome = finish(process)
    assert outcome.code == 1
    error, hint = outcome.err.splitlines()[-2:]
    told = re.fullmatch("error: the process that worked on (.*) was killed by signal 9", error)
    assert told, error
    assert hint.startswith("hint: ")
    assert hint.endswith("--jobs 1`")
    assert is_gone(other)
    return told[1]


def test_a_killed_process_is_told_with_its_range_and_leaves_nothing(big: Path, tmp_path: Path) -> None:
    target = tmp_path / "out"
    process = start("export", big, "--all", "--raw", "-d", target, "--jobs", "2")
    assert re.fullmatch(r"/registry/\S+ to /registry/\S+", work_of_a_killed_one(process))
    assert not list(tmp_path.glob("out*"))
    assert not list(tmp_path.glob(".out*"))


def test_a_killed_process_of_a_log_is_told_with_its_records(big: Path) -> None:
    process = stalled("log", big, "--patch")
    assert re.fullmatch(r"records \d+ to \d+", work_of_a_killed_one(process))


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["Ctrl-C", "TERM"])
def test_who_stops_the_program_stops_its_processes(number: signal.Signals, code: int, big: Path) -> None:
    process = stalled("get", big, "--all", "--raw")
    workers = workers_of(process)
    process.send_signal(number)
    outcome = finish(process)
    assert outcome.code == code
    assert "Traceback" not in outcome.err
    assert all(map(is_gone, workers))


def test_processes_do_not_outlive_a_killed_program(big: Path) -> None:
    process = stalled("get", big, "--all", "--raw")
    workers = workers_of(process)
    process.kill()
    finish(process)
    assert all(map(is_gone, workers))


def test_a_reader_that_goes_away_and_a_full_disk(big: Path) -> None:
    process = stalled("get", big, "--all", "--raw")
    workers = workers_of(process)
    assert process.stdout is not None
    assert process.stdout.readline().startswith(b"apiVersion: ")
    process.stdout.close()
    process.stdout = None
    outcome = finish(process)
    assert (outcome.code, outcome.err) == (0, "")
    assert all(map(is_gone, workers))
    with Path("/dev/full").open("w") as full:
        outcome = finish(start("get", SMALL, "--all", "--raw", "--jobs", "2", stdout=full))
    assert outcome.code == 1
    assert outcome.err.startswith("error: cannot write the result: No space left on device\nhint: ")


def test_a_process_has_no_key_among_its_arguments_or_in_its_environment(big: Path) -> None:
    """They inherit keys in memory."""
    process = stalled("get", big, "--all", "--raw", "--encryption-config", SMALL.parent / "aescbc.enc.yaml")
    secret = re.findall(rb"secret: (\S+)", (SMALL.parent / "aescbc.enc.yaml").read_bytes())[0]
    for worker in workers_of(process):
        for name in ("cmdline", "environ"):
            assert secret not in Path(f"/proc/{worker}/{name}").read_bytes()
    process.kill()
    finish(process)


def test_one_process_is_enough_for_little_work() -> None:
    assert run("get", SMALL, "deploy/api", "-n", "infra-production", "--jobs", "0").code == 2
    outcome = finish(start("ls", SMALL, "--jobs", "many"))
    assert outcome.code == 2

"""Runs whole commands on damaged snapshots: whatever stands on untouched data has to come out of each, in every form.

What is expected of a command is what the same command says of a snapshot in which the damaged records never were.
``python tests/damage/programs.py --count 1000`` runs it at length and prints figures.
"""

from __future__ import annotations

import json
import random
import shlex
import struct
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "cli"))
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import answers
import yaml
from answers import Read, exported
from bolt_writer import Image
from cli_program import SMALL, run
from mutations import MUTATIONS, PAGE, splice
from written_snapshot import keyvalue, record

from snapinspect.bolt import BoltFile
from snapinspect.etcd import Database
from snapinspect.model import Record

_STRIDE = 6
"""Every so many keys of the fixture are taken: enough kinds, and quick to read."""
_PER_PAGE = 8


class Program(NamedTuple):
    """A command on ``DB``, and how to tell which objects it told; ``OTHER`` is a snapshot that has none of them."""

    line: str
    read: Read


_FORMS: dict[str, tuple[Read, Read]] = {
    "yaml": (answers.whole_manifests, answers.manifests),
    "json": (answers.whole_list, answers.manifest_list),
    "jsonl": (answers.whole_lines, answers.manifest_lines),
    "name": (answers.names, answers.names),
    "jsonpath={.items[*].metadata.name}": (answers.words, answers.words),
    "custom-columns=N:.metadata.namespace,K:.kind,M:.metadata.name": (answers.rows(3), answers.rows(3)),
}
"""How an object is written, and how it is told: as it is stored by all that is in it, a clean one by its name.

What is cleaned is for recovery, and may say another thing where what it points at is damaged.
"""
_LIST_FORMS: dict[str, Read] = {
    "table": answers.rows(4),
    "wide": answers.rows(10),
    "json": answers.fact_list,
    "jsonl": answers.fact_lines,
    "yaml": answers.fact_yaml,
    "csv": answers.fact_csv,
    "name": answers.names,
    "jsonpath={.items[*].metadata.uid}": answers.words,
    "custom-columns=K:.kind,M:.metadata.name": answers.rows(2),
}
PROGRAMS = (
    *(Program(f"ls DB -A -o {form}", read) for form, read in _LIST_FORMS.items()),
    Program("ls DB -A --show-labels --sort-by .metadata.name", answers.rows(4)),
    *(Program(f"get DB --all -q --raw -o {form}", raw) for form, (raw, _) in _FORMS.items()),
    *(Program(f"get DB --all -q -o {form}", clean) for form, (_, clean) in _FORMS.items()),
    Program("get DB --all -q --sort-by .metadata.name -o jsonl", answers.manifest_lines),
    *(Program(f"export DB --all -q -d OUT --layout {way}", answers.manifests) for way in ("tree", "flat", "single")),
    Program("export DB --all -q -d OUT --raw", answers.whole_manifests),
    *(Program(f"diff DB OTHER --all {raw} -o name", answers.names) for raw in ("", "--raw")),
    *(Program(f"diff OTHER DB --all {raw} -o json", answers.fact_list) for raw in ("", "--raw")),
    Program("diff DB OTHER --all --raw -o diff", answers.differences),
    Program("history DB OBJECT -o json", answers.changes),
    Program("history DB OBJECT", answers.rows(2)),
    Program("history DB OBJECT -o csv", answers.changes_csv),
    Program("find OBJECT DB -o json", answers.fact_list),
    Program("find OBJECT DB", answers.found),
    Program("log DB --all -o jsonl", answers.entries),
    Program("deps DB OBJECT -o json", answers.first_named),
    Program("restore DB --all --dry-run --offline -o json", answers.planned),
    Program("restore DB --all --dry-run --offline", answers.plan_rows),
    Program("get DB OBJECT --with-deps --raw -o jsonl", answers.first_manifest),
    Program("ls DB -A --at LAST -o json", answers.fact_list),
    Program("rebuild DB OUT --with-unproven ; ls OUT -A -o json", answers.fact_list),
    Program("rebuild DB OUT --redact --with-unproven ; ls OUT -A -o json", answers.fact_list),
    Program("sql DB 'SELECT kind,namespace,name FROM objects' -o csv", answers.fact_csv),
)


def _deep(levels: int) -> bytes:
    return (
        b'{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"d"},"data":'
        + b'{"a":' * levels
        + b"1"
        + b"}" * (levels + 1)
    )


_ODD: tuple[object, ...] = ("text", [], 7, None, True, {"a": ["b", {"c": None}]}, ["x", 1 << 70], -(1 << 63), 1e308)
_PLACES = (
    "metadata",
    "spec",
    "status",
    "data",
    "kind",
    "apiVersion",
    "items",
    "roleRef",
    "subjects",
    "type",
    "template",
)


def _odd_object(chance: random.Random, value: bytes) -> bytes:
    """An object in JSON of which any field, at one of the first levels, is of another type than it should be."""
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "odd", "namespace": "ns"}, "spec": {}}
    with suppress(ValueError):
        body.update(json.loads(value))
    place: dict[str, object] = body
    for _ in range(chance.randrange(4)):
        inside = [each for each in place.values() if isinstance(each, dict) and each]
        if inside:
            place = chance.choice(inside)
    place[chance.choice([*place, *_PLACES])] = chance.choice(_ODD)
    return json.dumps(body).encode()


def _flipped(chance: random.Random, value: bytes) -> bytes:
    changed = bytearray(value)
    for _ in range(chance.choice([1, 1, 1, 4, 64])):
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


_VALUES: tuple[Callable[[random.Random, bytes], bytes], ...] = (
    _flipped,
    _flipped,
    _flipped,
    _odd_object,
    _odd_object,
    lambda chance, value: _deep(chance.choice([100, 190, 260, 480, 700, 900, 950, 980, 990, 1100, 30_000])),
    lambda chance, value: value[: chance.randrange(len(value))],
    lambda chance, value: chance.randbytes(len(value)),
    lambda chance, value: value[:4] + chance.randbytes(40) + value[44:],
    lambda _chance, value: value + value,
    lambda _chance, _value: b"k8s:enc:aescbc:v1:key1:" + bytes(64),
)
"""What may stand in the place of a value."""


@dataclass
class Base:
    """A sound snapshot of some of the fixture's objects: the records by revision, and what is live."""

    records: dict[int, Record]
    meta: dict[bytes, bytes]
    live: dict[bytes, int] = field(default_factory=dict)

    @classmethod
    def of_fixture(cls, stride: int = _STRIDE) -> Base:
        data = SMALL.read_bytes()[:-32]
        database = Database(data)
        live = [each.key for each in database.scan(lambda _key: True)]
        kept = {key for at, key in enumerate(live) if at % stride == 0 or b"customresourcedefinitions" in key}
        base = cls(
            {each.mod_revision: each for each in database.revisions(kept.__contains__)}, database.buckets()[b"meta"]
        )
        base.live = {each.key: each.mod_revision for each in base.records.values()}
        return base

    def file(self, changed: dict[int, bytes], *, without: Iterable[int] = ()) -> bytes:
        """The snapshot with other values at some revisions, or without these."""
        left_out = set(without)
        stored = {
            struct.pack(">qcq", revision, b"_", 0): _encoded(each, changed.get(revision))
            for revision, each in self.records.items()
            if revision not in left_out
        }
        image = Image(per_page=_PER_PAGE, inline=False)
        return image.file(image.tree({b"key": stored, b"meta": self.meta}))

    def lost_with(self, touched: set[int]) -> set[int]:
        """The revisions that are gone with these: with a live record all of its key, as no older one is current."""
        keys = {key for key, revision in self.live.items() if revision in touched}
        return touched | {revision for revision, each in self.records.items() if each.key in keys}


def _encoded(each: Record, value: bytes | None) -> bytes:
    return keyvalue(
        key=each.key,
        value=bytes(each.value) if value is None else value,
        create_revision=each.create_revision,
        mod_revision=each.mod_revision,
        version=each.version,
        lease=each.lease,
    )


@dataclass
class Figures:
    """What came out of so many runs."""

    runs: Counter[str] = field(default_factory=Counter)
    told: int = 0
    missed: int = 0
    missing: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


class Programs:
    """Damages a snapshot, runs one command on it, and holds what it tells against what it should."""

    def __init__(self, scratch: Path, base: Base) -> None:
        self.figures = Figures()
        self._scratch = scratch
        self._base = base
        self._whole = base.file({})
        self._runs = dict(_pages_of(self._whole))
        other = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "other", "namespace": "elsewhere"}}
        value = record(b"/registry/configmaps/elsewhere/other", json.dumps(other).encode(), 2)
        image = Image()
        (scratch / "whole.db").write_bytes(self._whole)
        listed = json.loads(run("ls", scratch / "whole.db", "-o", "json").out)
        self._names = {each["modRevision"]: _named(each) for each in listed}
        (scratch / "other.db").write_bytes(image.file(image.tree({b"key": {struct.pack(">qcq", 2, b"_", 0): value}})))

    def run(self, seed: int) -> None:
        """One command on one damaged snapshot; what is wrong is in ``figures``."""
        self.run_one(PROGRAMS[seed % len(PROGRAMS)], seed)

    def run_one(self, program: Program, seed: int) -> None:
        """This command on the damaged snapshot of a seed."""
        chance = random.Random(seed)
        damaged, touched, name, salvage = self._damage(chance)
        lost = self._base.lost_with(touched)
        kept = sorted(self._base.live[key] for key in self._base.live if self._base.live[key] not in lost)
        if not kept:
            return
        meant, last = self._names[chance.choice(kept)], str(kept[-1])
        expected = self._outcome(program, self._base.file({}, without=lost), meant, last, [], seed)
        found = self._outcome(program, damaged, meant, last, ["--salvage"] if salvage else [], seed)
        self.figures.runs[name] += 1
        self.figures.told += sum(expected.values())
        missing = expected - found
        if missing:
            few = ", ".join(map(str, list(missing)[:3]))
            self.figures.missed += sum(missing.values())
            self.figures.missing.append(f"seed {seed}, {program.line}, {name}: {sum(missing.values())}: {few[:300]}")

    def _damage(self, chance: random.Random) -> tuple[bytes, set[int], str, bool]:
        """The damaged file, the revisions that it touches, what was done, and whether it takes ``--salvage`` to read it."""
        if chance.random() < 0.4:
            mutation = chance.choice([each for each in MUTATIONS if each is not splice])
            data = mutation(chance, bytearray(self._whole), self._whole)
            pages = {
                at // PAGE
                for at in range(0, len(self._whole), PAGE)
                if self._whole[at : at + PAGE] != data[at : at + PAGE]
            }
            return data, {each for each, run in self._runs.items() if run & pages}, mutation.__name__, True
        hit = chance.sample(sorted(self._base.live.values()), chance.choice([1, 2, 5]))
        records = self._base.records
        changed = {each: chance.choice(_VALUES)(chance, bytes(records[each].value)) for each in hit}
        return self._base.file(changed), set(hit), "values", chance.random() < 0.5

    def _outcome(
        self, program: Program, data: bytes, meant: list[str], last: str, options: list[str], seed: int
    ) -> answers.Told:
        """What the command tells of a file."""
        home = self._scratch / "run"
        home.mkdir(exist_ok=True)
        path = home / "snapshot.db"
        path.write_bytes(data)
        out = self._scratch / f"out-{seed}-{len(options)}-{len(data)}"
        words = {"DB": [str(path)], "OUT": [str(out)], "OBJECT": meant, "LAST": [last]}
        words["OTHER"] = [str(self._scratch / "other.db")]
        for line in program.line.split(" ; "):
            extra = options if "DB" in line else []
            result = run(*(part for word in shlex.split(line) for part in words.get(word, [word])), *extra)
            if result.code not in {0, 1, 3} or "fault of snapinspect" in result.err or "Traceback" in result.err:
                self.figures.faults.append(f"seed {seed}, {line}: {result.code}: {result.err[-300:]}")
                return Counter()
        try:
            return exported(out, program.read) if "-d OUT" in program.line else Counter(program.read(result.out))
        except (ValueError, KeyError, TypeError, yaml.YAMLError) as error:
            told = result.err.strip().splitlines()
            self.figures.faults.append(
                f"seed {seed}, {program.line}: unreadable: {type(error).__name__} {str(error)[:200]}; exit {result.code} {told[-1:]}"
            )
            return Counter()


def _named(listed: dict[str, str]) -> list[str]:
    """An object as the command line names it."""
    kind = ".".join(filter(None, (listed["kind"], listed["apiVersion"].rpartition("/")[0])))
    return [f"{kind}/{listed['name']}", *(["-n", listed["namespace"]] if listed["namespace"] else [])]


def _pages_of(data: bytes) -> Iterator[tuple[int, set[int]]]:
    """For each revision in the tree the pages that it stands on."""
    bucket = BoltFile(data).bucket(b"key")
    assert bucket is not None
    for page in bucket.leaf_pages():
        for at in range(page.body, page.body + page.elements * 16, 16):
            start = at + int.from_bytes(data[at + 4 : at + 8], "little")
            yield int.from_bytes(data[start : start + 8], "big"), set(range(page.start // PAGE, page.end // PAGE))


def _main() -> None:
    import argparse
    import tempfile

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0, help="the first seed")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        programs = Programs(Path(home), Base.of_fixture())
        for seed in range(options.seed, options.seed + options.count):
            programs.run(seed)
    figures = programs.figures
    sys.stdout.write(
        f"commands run: {sum(figures.runs.values())}, {dict(figures.runs)}\n"
        f"objects on untouched data that did not come out: {figures.missed} of {figures.told}\n"
        f"commands at fault, or whose output was not valid to its end: {len(figures.faults)}\n"
    )
    sys.stdout.writelines(f"{each}\n" for each in (*figures.faults, *figures.missing))
    sys.exit(bool(figures.faults or figures.missing))


if __name__ == "__main__":
    _main()

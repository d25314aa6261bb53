"""Takes staged snapshots over into a catalog: the partitions of a cluster that change are written anew, all at once."""

from __future__ import annotations

import json
import shutil
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from snapinspect.tables.catalog import layout
from snapinspect.tables.catalog.commit import Commit
from snapinspect.tables.catalog.home import Home
from snapinspect.tables.catalog.runs import Run, Runs
from snapinspect.tables.catalog.staging import ABOUT

Moment = tuple[int, int, str]
_OF_A_RUN = ("key", "hash", "first_id", "last_id")


class Staged(NamedTuple):
    """A snapshot that was read into ``directory``; ``about`` is its row of ``snapshots``, with its problems."""

    directory: Path
    about: dict[str, Any]

    @property
    def moment(self) -> Moment:
        return _moment(self.about)

    @property
    def cluster(self) -> str:
        return layout.partition(self.about["cluster"], None).partition("/")[0]


def staged_in(staging: Path) -> list[Staged]:
    """All that was read, and is not taken over yet."""
    return [
        Staged(path.parent, json.loads(path.read_text(encoding="utf-8")))
        for path in sorted(staging.glob(f"[!.]*/{ABOUT}"))
    ]


def take_over(home: Home, staged: Sequence[Staged]) -> None:
    """Takes the snapshots over, cluster by cluster."""
    by_cluster: dict[str, list[Staged]] = defaultdict(list)
    for each in staged:
        by_cluster[each.cluster].append(each)
    for cluster, of_it in by_cluster.items():
        for table in layout.CATALOG:
            home.bring(table, cluster)
        _take_over_cluster(home, cluster, sorted(of_it, key=lambda each: each.moment))
    for each in staged:
        shutil.rmtree(each.directory)


def _take_over_cluster(home: Home, cluster: str, staged: list[Staged]) -> None:
    root = home.root
    known = [row for path in layout.files_of(root, "snapshots", cluster) for row in layout.read(path).to_pylist()]
    done = {row["id"] for row in known}
    staged = [each for each in staged if each.about["id"] not in done]
    commit = home.commit()
    read = [each for each in staged if each.about["state"] == "read"]
    if read:
        _Objects(root, cluster, [row for row in known if row["state"] == "read"], read).write(commit)
        for table in ("revisions", "deletions"):
            _append(root / table / cluster, table, read, commit)
    problems = [
        {"snapshot": each.about["snapshot"], **problem, "day": _day(each)}
        for each in staged
        for problem in each.about["problems"]
    ]
    _append_rows(root / "problems" / cluster, "problems", problems, commit)
    snapshots = [{**each.about, "day": _day(each)} for each in staged]
    _append_rows(root / "snapshots" / cluster, "snapshots", snapshots, commit)
    commit.finish()


class _Objects:
    """The table ``objects`` of one cluster, with the staged snapshots added to it."""

    def __init__(self, root: Path, cluster: str, known: list[dict[str, Any]], staged: list[Staged]) -> None:
        self._root = root / "objects" / cluster
        self._abouts = {row["id"]: row for row in (*known, *(each.about for each in staged))}
        self._order = sorted(self._abouts, key=lambda each: _moment(self._abouts[each]))
        self._places = {each: place for place, each in enumerate(self._order)}
        self._days = [layout.day_of(_moment(self._abouts[each])[0]) for each in self._order]
        self._changed: set[str] = set()
        self._runs = Runs(lambda place: self._changed.add(self._days[place]))
        for row in known:
            self._runs.has(self._places[row["id"]])
        for path in layout.files_of(root, "objects", cluster):
            self._load(path)
        for each in staged:
            self._add(each)

    def _load(self, path: Path) -> None:
        table = layout.read(path, list(_OF_A_RUN))
        columns = (table.column(name).to_pylist() for name in _OF_A_RUN)
        for row, (key, found, first, last) in enumerate(zip(*columns, strict=True)):
            self._runs.hold(key, Run(self._places[first], self._places[last], found, (path, row)))

    def _add(self, staged: Staged) -> None:
        path = staged.directory / "objects.parquet"
        table = layout.read(path, ["key", "hash"])
        keys, hashes = table.column("key").to_pylist(), table.column("hash").to_pylist()
        states = {key: (found, (path, row)) for row, (key, found) in enumerate(zip(keys, hashes, strict=True))}
        self._runs.add(self._places[staged.about["id"]], states)

    def write(self, commit: Commit) -> None:
        """The partitions of which anything changed."""
        rows: dict[str, list[tuple[str, Run]]] = defaultdict(list)
        for key, run in self._runs:
            day = self._days[run.first]
            if day in self._changed:
                rows[day].append((key, run))
        for day in sorted(self._changed):
            commit.put(self._table(rows[day]) if rows[day] else None, self._root / f"day={day}" / layout.FILE)

    def _table(self, rows: list[tuple[str, Run]]) -> Any:
        import pyarrow as pa  # type: ignore[import-untyped]

        rows.sort(key=lambda each: (each[0], each[1].first))
        by_file: dict[Path, list[int]] = defaultdict(list)
        for at, (_, run) in enumerate(rows):
            by_file[run.row[0]].append(at)
        names = [column.name for column in layout.STATE]
        parts, order = [], []
        for path, places in by_file.items():
            parts.append(layout.read(path, names).select(names).take(pa.array([rows[at][1].row[1] for at in places])))
            order += places
        back = sorted(range(len(order)), key=order.__getitem__)
        table = pa.concat_tables(parts).take(pa.array(back))
        schema = layout.schema_of("objects")
        ends = [(self._abouts[self._order[run.first]], self._abouts[self._order[run.last]]) for _, run in rows]
        added = {
            "first_seen": [_moment(first)[0] for first, _ in ends],
            "last_seen": [_moment(last)[0] for _, last in ends],
            "snapshot": [first["snapshot"] for first, _ in ends],
            "last_snapshot": [last["snapshot"] for _, last in ends],
            "first_id": [first["id"] for first, _ in ends],
            "last_id": [last["id"] for _, last in ends],
        }
        for name, values in added.items():
            table = table.append_column(name, pa.array(values, schema.field(name).type))
        return table.select(schema.names).cast(schema)


def _append(root: Path, table: str, staged: list[Staged], commit: Commit) -> None:
    """Adds what no snapshot brought before: a key's revision, or the end of its life."""
    import pyarrow as pa
    import pyarrow.compute as compute  # type: ignore[import-untyped]

    at = "revision" if table == "revisions" else "deleted_revision"
    seen: set[tuple[str, int]] = set()
    for path in root.glob(f"*/{layout.FILE}"):
        old = layout.read(path, ["key", at])
        seen.update(zip(old.column("key").to_pylist(), old.column(at).to_pylist(), strict=True))
    schema = layout.schema_of(table)
    by_day: dict[str, list[Any]] = defaultdict(list)
    for each in staged:
        new = layout.read(each.directory / f"{table}.parquet")
        pairs = zip(new.column("key").to_pylist(), new.column(at).to_pylist(), strict=True)
        fresh = [pair not in seen and not seen.add(pair) for pair in pairs]  # type: ignore[func-returns-value]
        names = pa.array([each.about["snapshot"]] * new.num_rows, pa.string())
        new = new.set_column(new.schema.get_field_index("snapshot"), "snapshot", names)
        if any(fresh):
            by_day[_day(each)].append(new.filter(pa.array(fresh)).select(schema.names).cast(schema))
    for day, tables in by_day.items():
        path = root / f"day={day}" / layout.FILE
        whole = pa.concat_tables([*([layout.read(path).cast(schema)] if path.exists() else []), *tables])
        commit.put(whole.take(compute.sort_indices(whole, [("key", "ascending"), (at, "ascending")])), path)


def _append_rows(root: Path, table: str, rows: Iterable[dict[str, Any]], commit: Commit) -> None:
    import pyarrow as pa

    schema = layout.schema_of(table)
    by_day: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        by_day[row["day"]].append({name: row.get(name) for name in schema.names})
    for day, new in by_day.items():
        path = root / f"day={day}" / layout.FILE
        old = [layout.read(path).cast(schema)] if path.exists() else []
        commit.put(pa.concat_tables([*old, pa.Table.from_pylist(new, schema)]), path)


def _moment(about: dict[str, Any]) -> Moment:
    taken = about["taken"] if about.get("taken") is not None else 0
    return int(taken if isinstance(taken, int) else taken.timestamp()), about.get("revision") or 0, about["id"]


def _day(staged: Staged) -> str:
    return layout.day_of(staged.moment[0])

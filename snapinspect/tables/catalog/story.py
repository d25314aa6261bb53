"""What became of an object across all backups: every state it had, when it was gone, and when it came back."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise
from typing import Any, NamedTuple

from snapinspect.analysis.diff.fields import changes
from snapinspect.errors import Ambiguous, NotFound
from snapinspect.kube.kinds import KindTable
from snapinspect.select import Target
from snapinspect.tables.catalog.asking import asked

_COLUMNS = "cluster, key, kind, namespace, name, uid, revision, managers, hash, body, first_id, last_id"
_OF_OBJECT = f"""
    SELECT {_COLUMNS} FROM objects
    WHERE name = $name AND (kind IN (SELECT unnest($kinds)) OR lower(kind) = $word OR lower(kind) || 's' = $word)
        AND ($namespace = '' OR namespace = $namespace)
    ORDER BY cluster, key, first_seen, first_id
"""  # noqa: S608 - of constants
_SNAPSHOTS = """
    SELECT cluster, id, snapshot, epoch(taken)::BIGINT AS taken, revision FROM snapshots
    WHERE state = 'read' ORDER BY cluster, taken, revision, id
"""


class Told(NamedTuple):
    """One thing that happened, first seen in ``snapshot``, whose last record was written at ``time``, in seconds since 1970.

    ``verdict`` is first, changed, recreated, gone or back; ``changes`` are against the state before. ``managers`` had a part
    in the object then. A state that is gone has neither ``revision`` nor ``hash``.
    """

    cluster: str
    namespace: str | None
    snapshot: str
    time: int | None
    revision: int | None
    verdict: str
    hash: str | None
    managers: tuple[str, ...] = ()
    changes: tuple[dict[str, Any], ...] = ()


def story(where: str, target: Target, namespace: str = "", memory: str = "1GB") -> list[Told]:
    """All that a catalog tells of an object, cluster by cluster. Raises NotFound; Ambiguous for a name in several namespaces."""
    kinds = [kind.kind for kind in KindTable.builtin().resolve(target.word)]
    values = {"name": target.name, "kinds": kinds, "word": target.word.lower(), "namespace": namespace}
    with asked(where, memory, _of_states) as database:
        rows = _rows(database.execute(_OF_OBJECT, values))
        snapshots = _rows(database.execute(_SNAPSHOTS))
    if not rows:
        raise NotFound(
            f"{target} is in no snapshot of the catalog",
            f"`snapinspect catalog query {where} 'SELECT DISTINCT kind, namespace, name FROM objects'` shows what there is.",  # noqa: S608
        )
    places = {str(row["namespace"]) for row in rows}
    if len(places) > 1:
        raise Ambiguous(f"{target} is in {len(places)} namespaces: {', '.join(sorted(places))}", "Name one with -n.")
    order = {cluster: list(each) for cluster, each in groupby(snapshots, lambda row: row["cluster"])}
    return [told for (cluster, _), runs in groupby(rows, _key) for told in _of_one(list(runs), order[cluster])]


def _of_states(names: Sequence[str]) -> Iterator[str]:
    return (name for name in names if name.startswith(("objects/", "snapshots/")))


def _key(row: dict[str, Any]) -> tuple[str, str]:
    return row["cluster"], row["key"]


def _rows(answer: Any) -> list[dict[str, Any]]:
    names = [column[0] for column in answer.description]
    return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]


def _of_one(runs: list[dict[str, Any]], snapshots: list[dict[str, Any]]) -> Iterator[Told]:
    place = {row["id"]: at for at, row in enumerate(snapshots)}
    runs.sort(key=lambda run: place[run["first_id"]])
    yield _told(runs[0], snapshots[place[runs[0]["first_id"]]], "first", None)
    for before, run in pairwise(runs):
        at, ended = place[run["first_id"]], place[before["last_id"]]
        if at > ended + 1:
            yield _gone(run, snapshots[ended + 1])
        verdict = "recreated" if run["uid"] != before["uid"] else "back" if at > ended + 1 else "changed"
        yield _told(run, snapshots[at], verdict, before)
    if place[runs[-1]["last_id"]] + 1 < len(snapshots):
        yield _gone(runs[-1], snapshots[place[runs[-1]["last_id"]] + 1])


def _told(run: dict[str, Any], snapshot: dict[str, Any], verdict: str, before: dict[str, Any] | None) -> Told:
    differing = changes(_body(before), _body(run)) if before else ()
    return Told(
        run["cluster"],
        run["namespace"],
        snapshot["snapshot"],
        snapshot["taken"],
        run["revision"],
        verdict,
        run["hash"],
        tuple(run["managers"] or ()),
        tuple(each.as_json() for each in differing),
    )


def _gone(run: dict[str, Any], snapshot: dict[str, Any]) -> Told:
    return Told(run["cluster"], run["namespace"], snapshot["snapshot"], snapshot["taken"], None, "gone", None)


def _body(run: dict[str, Any]) -> Any:
    return json.loads(run["body"]) if run["body"] else None

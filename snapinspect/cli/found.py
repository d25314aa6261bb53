"""How ``snapinspect find`` shows what it found: a row a snapshot, what became of the object, and how to get it."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, TextIO

from snapinspect.analysis.find import Asked, Cluster, Look, Remains, Run, Told, Unopened
from snapinspect.cli.output import Output, write_facts
from snapinspect.snapshot.timeline import Moment
from snapinspect.write.counted import counted
from snapinspect.write.table import printable, write_table

_COLUMNS = ("time", "revision", "verdict", "mod-revision", "version", "uid", "hash", "snapshot")
_WIDE_COLUMNS = (
    *("time", "revision", "verdict", "namespace", "apiversion", "create-revision", "mod-revision", "version", "uid"),
    *("hash", "time-source", "snapshot"),
)
_UID, _HASH = 8, 12
"""Characters shown; the wide table has all."""
_NEAR = 60
"""Seconds within which a time is worth telling among nights."""
_FIELDS = (
    *("path", "clusterUID", "revision", "time", "timeSource", "timeUncertainty", "verdict", "present"),
    *("apiVersion", "kind", "namespace", "name", "createRevision", "modRevision", "version", "uid", "hash", "proven"),
    *("lastRevision", "deletedRevision", "deletedAt", "reason", "lastGood"),
)
"""What JSON says of each snapshot."""
_UNKNOWN_TIME = "an unknown time"


class Report:
    """Clusters, and what could not be opened, in one of the formats; commands that it tells have ``options``."""

    def __init__(
        self,
        asked: Asked,
        clusters: list[Cluster],
        unopened: list[Unopened],
        stream: TextIO,
        options: Sequence[str] = (),
    ) -> None:
        self._asked = asked
        self._options = options
        self._clusters = clusters
        self._unopened = unopened
        self._stream = stream

    def write(self, output: Output) -> None:
        """Any form of a list; names are those of the snapshots from which the object can be taken as it is."""
        match output.form:
            case "table" | "wide":
                self._write_tables(is_wide=output.form == "wide")
            case "name":
                told = (told for cluster in self._clusters for told in cluster.told)
                self._stream.writelines(f"{printable(each.look.path)}\n" for each in told if each.is_good)
            case _:
                write_facts(self._facts(), _FIELDS, output, self._stream)

    def way_back(self) -> str:
        """What to do where the object is in no snapshot; empty where nothing is left of it either."""
        held = [cluster.last_remains for cluster in self._clusters]
        newest = next((told for told in reversed(held) if told), None)
        if newest is None:
            return ""
        return f"Its last state is still held: `{self._get(newest)}`"

    def end(self) -> str:
        """How the object ended, as far as that is held."""
        ends = [told.remains for told in (cluster.last_remains for cluster in self._clusters) if told and told.remains]
        if not ends:
            return ""
        when = f" at {ends[-1].moment}" if _is_near(ends[-1].moment) else ""
        return f"it was {_deletion(ends[-1])}{when}"

    @property
    def shows_any(self) -> bool:
        """Whether there is more to show than that the only snapshot has neither the object nor what is left of it."""
        told = [told for cluster in self._clusters for told in cluster.told]
        return len(told) + len(self._unopened) != 1 or any(each.state or each.remains for each in told)

    @property
    def _is_anywhere(self) -> bool:
        return any(cluster.last_good for cluster in self._clusters)

    def _write_tables(self, *, is_wide: bool) -> None:
        """A table for each cluster. What could not be opened is of no cluster known, and stands below the only one."""
        columns, row = (_WIDE_COLUMNS, _wide_row) if is_wide else (_COLUMNS, _row)
        blank = (None,) * (len(columns) - 4)
        unopened = [(None, None, "unreadable", *blank, each.path) for each in self._unopened]
        alone = len(self._clusters) < 2
        separator = ""
        for cluster in self._clusters:
            self._stream.write(separator if alone else f"{separator}cluster {printable(cluster.uid or 'unknown')}\n")
            write_table(columns, [*map(row, cluster.told), *(unopened if alone else ())], self._stream)
            self._stream.writelines(f"{printable(line)}\n" for line in self._summary(cluster))
            separator = "\n"
        if unopened and not (alone and self._clusters):
            self._stream.write(separator)
            write_table(columns, unopened, self._stream)

    def _summary(self, cluster: Cluster) -> Iterator[str]:
        """What became of the object in words, and the commands that show it and get it back."""
        runs, good, remains = cluster.runs, cluster.last_good, cluster.last_remains
        if len(runs) > 1:
            yield ""
            yield f"{runs[0].first.verdict}: {_span(runs[0])}"
            for before, run in pairwise(runs):
                yield f"{_event(before.last, run.first)}: {_span(run)}"
                if before.holds and run.holds:
                    yield f"    {self._diff(before.last, run.first)}"
        if not self._is_anywhere:
            # The error says it.
            return
        if good or remains:
            yield ""
        if good:
            yield f"last good: {good.look.path}, revision {good.look.revision}, {_when(good)}"
            yield f"    {self._get(good)}"
        if remains and remains.remains and _is_newer(remains.look, remains.remains, good):
            yield from self._held(remains, remains.remains)

    def _held(self, told: Told, remains: Remains) -> Iterator[str]:
        when = f" at {remains.moment}" if _is_near(remains.moment) else ""
        last = f"its last state, of revision {remains.last_revision}, is still held in {told.look.path}"
        yield f"{_deletion(remains)}{when}; {last}"
        yield f"    {self._get(told)}"

    def _get(self, told: Told) -> str:
        options = () if told.state else ("--deleted",)
        return self._command("get", (told.look.path,), told, *options)

    def _diff(self, old: Told, new: Told) -> str:
        options = ("--raw",) if self._asked.raw else ()
        return self._command("diff", (old.look.path, new.look.path), new, *options)

    def _command(self, name: str, paths: tuple[str, ...], told: Told, *options: str) -> str:
        held = told.state or told.remains
        namespace = ("-n", held.place.namespace) if held and held.place.namespace else ()
        return shlex.join(["snapinspect", name, *paths, str(self._asked.target), *namespace, *options, *self._options])

    def _facts(self) -> Iterator[dict[str, Any]]:
        for cluster in self._clusters:
            good = cluster.last_good
            for told in cluster.told:
                yield {**_of_look(cluster, told), **self._of_object(told), "lastGood": told is good}
        for unopened in self._unopened:
            known = {"path": unopened.path, "verdict": "unreadable", "reason": unopened.reason, "lastGood": False}
            yield {**dict.fromkeys(_FIELDS), **self._named(), **known}

    def _named(self) -> dict[str, Any]:
        return {"name": self._asked.target.name}

    def _of_object(self, told: Told) -> dict[str, Any]:
        state, remains = told.state, told.remains
        held = state or remains
        return {
            "apiVersion": (state and state.api_version) or None,
            "kind": (state and state.kind) or None,
            "namespace": held and held.place.namespace,
            **self._named(),
            "createRevision": state and state.create_revision,
            "modRevision": state and state.mod_revision,
            "version": state and state.version,
            "uid": (state and state.uid) or None,
            "hash": _hash(told),
            "proven": state and state.proven,
            "lastRevision": remains and remains.last_revision,
            "deletedRevision": remains and remains.ended,
            "deletedAt": str(remains.moment) if remains and remains.moment else None,
            "reason": told.reason or None,
        }


def _of_look(cluster: Cluster, told: Told) -> dict[str, Any]:
    look, moment = told.look, told.look.moment
    return {
        "path": look.path,
        "clusterUID": cluster.uid,
        "revision": look.revision,
        "time": str(moment) if moment else None,
        "timeSource": moment.source if moment else None,
        "timeUncertainty": moment.uncertainty if moment else None,
        "verdict": told.verdict,
        "present": told.is_present,
    }


def _row(told: Told) -> tuple[object, ...]:
    state, look = told.state, told.look
    about = (state.mod_revision, state.version, state.uid[:_UID]) if state else (None,) * 3
    return (look.moment, look.revision, _verdict(told), *about, _hash(told), look.path)


def _wide_row(told: Told) -> tuple[object, ...]:
    """With whole identities, and how sure the time is."""
    state, look = told.state, told.look
    about = (
        (state.place.namespace, state.api_version, state.create_revision, state.mod_revision, state.version, state.uid)
        if state
        else (None,) * 6
    )
    digest = state.digest if state else None
    certainty = look.moment.certainty if look.moment else None
    return (look.moment, look.revision, _verdict(told), *about, digest, certainty, look.path)


def _verdict(told: Told) -> str:
    state, remains = told.state, told.remains
    if state and not state.proven:
        return f"{told.verdict} (unproven)"
    if remains is None:
        return told.verdict
    return (
        f"{told.verdict} ({_deletion(remains)}, {'still held' if remains.readable else 'its last state is unreadable'})"
    )


def _deletion(remains: Remains) -> str:
    return f"deleted at revision {remains.ended}" if remains.ended else "deleted"


def _hash(told: Told) -> str | None:
    return told.state.digest[:_HASH] if told.state and told.state.digest else None


def _event(before: Told, told: Told) -> str:
    """What happened, and when: after one snapshot and before the next, or nearer where a deletion is held."""
    if told.verdict == "gone" and told.remains:
        exact = f"gone at {told.remains.moment}" if _is_near(told.remains.moment) else _between(before, told)
        return f"{exact}, {_deletion(told.remains)}"
    return _between(before, told)


def _between(before: Told, told: Told) -> str:
    if before.look.moment is None and told.look.moment is None:
        return told.verdict
    return f"{told.verdict} between {_when(before)} and {_when(told)}"


def _is_near(moment: Moment | None) -> bool:
    return moment is not None and moment.uncertainty is not None and moment.uncertainty <= _NEAR


def _span(run: Run) -> str:
    """Where it is so."""
    if run.first is run.last:
        return f"in {run.first.look.path}"
    return f"from {run.first.look.path} to {run.last.look.path} ({counted(len(run.told), 'snapshot')})"


def _when(told: Told) -> str:
    return str(told.look.moment or _UNKNOWN_TIME)


def _is_newer(look: Look, remains: Remains, good: Told | None) -> bool:
    """Whether what is left of a deleted object tells more than the last good snapshot."""
    if good is None or good.state is None:
        return True
    return look.revision >= good.look.revision and remains.last_revision > good.state.mod_revision

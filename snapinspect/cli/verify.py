"""``snapinspect verify``: is it whole; what is damaged; what could still be recovered."""

from __future__ import annotations

from enum import StrEnum
from functools import partial
from io import StringIO
from shlex import quote
from typing import Annotated, TextIO

from snapinspect.analysis.verify import Report
from snapinspect.analysis.verify import verify as verify_snapshot
from snapinspect.cli import console as terminal
from snapinspect.cli.arriving import heed, of_file, opener_for
from snapinspect.cli.console import Console
from snapinspect.cli.declared import Option
from snapinspect.cli.ending import Ended
from snapinspect.cli.opening import INCOMPLETE, keys_given
from snapinspect.cli.options import Reading, SnapshotArgument
from snapinspect.cli.pen import GREEN, RED, painted
from snapinspect.errors import SnapinspectError, UsageError
from snapinspect.jobs import allowing
from snapinspect.snapshot import open_snapshot
from snapinspect.sources.recovery import open_examined
from snapinspect.write import json
from snapinspect.write.counted import counted
from snapinspect.write.table import printable

_VERDICTS = {"sound": GREEN, "DAMAGED": RED}
_NAMED = 20
"""Places named that share a finding."""


class VerifyFormat(StrEnum):
    """``-o`` of ``verify``."""

    text = "text"
    json = "json"


def verify(
    snapshot: SnapshotArgument,
    reading: Reading,
    redacted: Annotated[
        str,
        Option(
            "--redacted", metavar="ORIGINAL", help="Prove that no value of the ORIGINAL's Secrets stands in SNAPSHOT."
        ),
    ] = "",
    output: Annotated[VerifyFormat, Option("-o", "--output", help="Output format.")] = VerifyFormat.text,
) -> None:
    """Tell whether a snapshot is whole; if not, with exit code 3, what is damaged and what can still be had."""
    console = Console(quiet=reading.quiet, progress=not reading.no_progress)
    given = keys_given(reading)
    heed(reading)
    if redacted:
        _require_redacted(snapshot, redacted, reading, console)
    with (
        allowing(reading.jobs),
        open_snapshot(
            snapshot,
            given=given,
            prefix=reading.prefix,
            progress=console.progress,
            opener=of_file(partial(open_examined, log=reading.wal), "verify"),
        ) as view,
    ):
        report = verify_snapshot(view, console.progress)
    with terminal.utf8_output() as stream:
        if output is VerifyFormat.json:
            stream.write(json.dumps(report, indent=2) + "\n")
        else:
            table = StringIO()
            _write_text(report, table)
            stream.write(painted(table.getvalue(), _VERDICTS, reading.color, stream))
    if not report["sound"]:
        raise Ended(INCOMPLETE)


def _require_redacted(snapshot: str, original: str, reading: Reading, console: Console) -> None:
    """Looks for the original's secrets in every byte of the file. Raises SnapinspectError where one stands."""
    # Imported here, as few ask for it.
    from snapinspect.analysis.redacted import check_redacted, secret_values
    from snapinspect.sources.mapping import map_file

    with open_snapshot(
        original,
        given=keys_given(reading),
        prefix=reading.prefix,
        progress=console.progress,
        opener=opener_for(reading, console.say),
    ) as source:
        secrets = secret_values(source)
    with open_snapshot(snapshot, progress=console.progress, opener=open_examined) as redacted:
        file = redacted.source.database
        if file is None:
            raise UsageError(f"{snapshot} is no database file", "Name the file that `snapinspect rebuild` wrote.")
        found = check_redacted(map_file(file), secrets, console.progress)
    if found:
        places = ", ".join(f"{each.offset}{' (packed)' if each.packed else ''}" for each in found[:_NAMED])
        raise SnapinspectError(
            f"values of {original}'s Secrets stand in {counted(len(found), 'place')} of {snapshot}: bytes {places}",
            f"snapinspect rebuild {quote(original)} NEW.db --redact=strict",
        )
    console.say(f"none of {counted(len(secrets), 'value')} in {original}'s Secrets stands in {snapshot}")


def _write_text(report: Report, stream: TextIO) -> None:
    values, recoverable = report["values"], report["recoverable"]
    lines = [
        ("Snapshot", report["path"]),
        ("SHA-256", report["sha256"]),
        *(("Note", note) for note in report["notes"]),
        *_page_lines(report),
        (
            "Records",
            f"{report['records']}, up to revision {report['revision']}, compacted up to {report['compactRevision']}",
        ),
        *_log_lines(report),
        ("Values", ", ".join(f"{count} {_WORDS[name]}" for name, count in values.items() if count) or "none"),
        ("Live", f"{counted(recoverable['objects'], 'key')} proven, {recoverable['unproven']} unproven"),
        ("Verdict", "sound" if report["sound"] else f"DAMAGED in {counted(len(report['findings']), 'place')}"),
    ]
    stream.writelines(f"{label + ':':<12}{printable(str(value))}\n" for label, value in lines)
    alike: dict[tuple[str, str], list[str]] = {}
    for finding in report["findings"]:
        alike.setdefault((finding["what"], finding["means"]), []).append(finding["where"])
    stream.writelines(f"{printable(what)}: {_listed(where)}\n    {means}\n" for (what, means), where in alike.items())


def _listed(places: list[str]) -> str:
    more = f" and {len(places) - _NAMED} more; -o json names all" if len(places) > _NAMED else ""
    return printable(", ".join(places[:_NAMED])) + more


def _log_lines(report: Report) -> list[tuple[str, str]]:
    if report["wal"] is None:
        return []
    log = report["wal"]
    told = f"{counted(log['segments'], 'segment')}, {counted(log['applied'], 'change')} that the database lacks"
    pending = f", {log['uncommitted']} not committed" if log["uncommitted"] else ""
    torn = ", its last record was not written whole" if log["torn"] else ""
    return [("Log", told + pending + torn)]


def _page_lines(report: Report) -> list[tuple[str, str]]:
    if "pages" not in report:
        return []
    pages = report["pages"]
    metas = [f"page {meta['page']} {'valid' if meta['valid'] else 'BROKEN'}" for meta in report["metas"]]
    free = "no freelist" if pages["free"] is None else f"{pages['free']} free"
    counted = f"{pages['total']} of {pages['size']} bytes, {pages['reached']} in the tree, {free}"
    return [("Meta pages", ", ".join(metas)), ("Pages", counted)]


_WORDS = {
    "decoded": "decoded",
    "tombstones": "tombstones",
    "locked": "locked, so that only their place was checked",
    "unknownKind": "of kinds that no schema describes",
    "damaged": "DAMAGED",
}

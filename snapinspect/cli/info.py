"""``snapinspect info``: what a snapshot is."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, TextIO

from snapinspect.analysis.info import Information, describe
from snapinspect.cli import console as terminal
from snapinspect.cli.arriving import glancing
from snapinspect.cli.bars import Bars
from snapinspect.cli.declared import Option
from snapinspect.cli.ending import Ended
from snapinspect.cli.opening import INCOMPLETE, opened
from snapinspect.cli.options import Reading, SnapshotArgument
from snapinspect.sources.cloud import open_fetched
from snapinspect.write import json, yaml
from snapinspect.write.table import printable


class InfoFormat(StrEnum):
    """``-o`` of ``info``."""

    text = "text"
    json = "json"
    yaml = "yaml"


def info(
    snapshot: SnapshotArgument,
    reading: Reading,
    detail: Annotated[
        bool, Option("--detail", help="Count kinds, namespaces and encodings; reads every value.")
    ] = False,
    output: Annotated[InfoFormat, Option("-o", "--output", help="Output format.")] = InfoFormat.text,
) -> None:
    """Tell what a snapshot is: revision, members, versions, sizes, encryption."""
    fetcher = open_fetched if detail else glancing(reading)
    with opened(snapshot, reading, fetcher=fetcher) as (view, console):
        facts = describe(view, detail=detail, progress=console.progress)
        for note in facts["notes"][len(view.notes) :]:
            console.say(f"note: {note}")
        with terminal.utf8_output() as stream:
            _write(facts, output, stream)
        if facts["sha256"] == "mismatch":
            console.warn("the SHA-256 at the file's end is not that of its content: it was changed or damaged")
            console.problems(view.problems)
            raise Ended(INCOMPLETE)


def _write(facts: Information, output: InfoFormat, stream: TextIO) -> None:
    match output:
        case InfoFormat.text:
            _write_text(facts, stream)
        case InfoFormat.json:
            stream.write(json.dumps(facts, indent=2) + "\n")
        case InfoFormat.yaml:
            stream.write(yaml.dump(facts))


_LABELS = {
    "path": "Snapshot",
    "format": "Format",
    "sha256": "SHA-256",
    "hash": "Hash",
    "revision": "Revision",
    "compactRevision": "Compacted up to",
    "records": "Records",
    "liveKeys": "Live keys",
    "kubernetesVersion": "Kubernetes",
    "storageVersion": "Storage version",
    "clusterVersion": "Cluster version",
    "clusterUID": "Cluster UID",
}


def _write_text(facts: Information, stream: TextIO) -> None:
    times = facts["timeRange"]
    lines = [("Time", f"{times['from'] or 'unknown'} to {times['to'] or 'unknown'}")]
    lines += [(label, facts[name]) for name, label in _LABELS.items()]
    bars = Bars(stream)
    lines += [
        (
            "Size",
            f"{_megabytes(facts['fileSize'])} file, {_megabytes(facts['dbSizeInUse'])} in use{_used(facts, bars)}",
        ),
        ("Key prefixes", ", ".join(facts["prefixes"])),
        *(("Member", f"{each['name']} ({each['id']}) {', '.join(each['clientURLs'])}") for each in facts["members"]),
    ]
    lines += [("Endpoint", _endpoint(each)) for each in facts["endpoints"]]
    for title, name in (("Kinds", "kinds"), ("Namespaces", "namespaces"), ("Encodings", "encodings")):
        lines += [(title if not at else "", line) for at, line in enumerate(_counted(facts[name], bars))]
    stream.writelines(
        f"{label + ':' if label else '':<17}{printable(str('-' if value in (None, '') else value))}\n"
        for label, value in lines
    )


def _used(facts: Information, bars: Bars) -> str:
    """How much of the database is in use, drawn."""
    size, used = facts["dbSize"], facts["dbSizeInUse"]
    return f"  {bars.bar(used / size)} {used / size:.0%}" if bars and size and used is not None else ""


def _counted(counts: dict[str, int], bars: Bars) -> Iterator[str]:
    """A line each, with its share of all drawn before its name."""
    total = sum(counts.values())
    for what, number in counts.items():
        yield f"{number:>7}  {f'{bars.bar(number / total):<{bars.width}}  ' if bars else ''}{what}"


def _endpoint(status: Information) -> str:
    if status["error"]:
        return f"{status['endpoint']} does not answer: {status['error']}"
    role = "leader" if status["isLeader"] else "learner" if status["isLearner"] else "follower"
    return f"{status['endpoint']} etcd {status['version']}, {role}, {_megabytes(status['dbSize'])}"


def _megabytes(size: int | None) -> str:
    return "-" if size is None else f"{size / 1e6:.1f} MB"

"""What the snapshot is and whether it is sound, its problems, its encryption and its members."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from snapinspect.report.markup import Content, Html, element, joined, table
from snapinspect.report.page import Section
from snapinspect.write.counted import counted
from snapinspect.write.sizes import human_size

if TYPE_CHECKING:
    from snapinspect.report.gathering import Facts

_MOST_PROBLEMS = 300
_SECRET = "v1/Secret"  # noqa: S105 - a kind


def about_section(facts: Facts) -> Section:
    told = facts.information
    times = told["timeRange"]
    rows: list[tuple[Content, ...]] = [
        ("Snapshot", told["path"]),
        ("Format", told["format"]),
        ("Time", f"{times['from'] or 'unknown'} to {times['to'] or 'unknown'}"),
        ("Revision", f"{facts.view.revision}, compacted up to {told['compactRevision']}"),
        ("Records", f"{told['records']}, of which {counted(told['liveKeys'], 'live key')}"),
        ("Size", f"{_size(told['fileSize'])} file, {_size(told['dbSizeInUse'])} in use"),
        ("SHA-256", told["sha256"]),
        ("Kubernetes", told["kubernetesVersion"]),
        ("Storage version", told["storageVersion"]),
        ("Cluster version", told["clusterVersion"]),
        ("Cluster UID", told["clusterUID"]),
        ("Key prefixes", ", ".join(told["prefixes"])),
    ]
    rows = [(what, value or "unknown") for what, value in rows]
    notes = [element("li", note) for note in facts.view.notes]
    content = joined(
        [_verdict(facts), table("The snapshot", ("what", "value"), rows), element("ul", *notes) if notes else None]
    )
    return Section("about", "What it is", content)


def _verdict(facts: Facts) -> Html:
    verified, values = facts.verified, facts.verified["values"]
    if not verified["sound"]:
        state, words = "bad", f"DAMAGED in {counted(len(verified['findings']), 'place')}"
    elif values["locked"]:
        state, words = "warned", f"Sound as far as it can be read; {counted(values['locked'], 'value')} locked"
    elif facts.problems:
        state, words = "warned", f"Sound, with {counted(len(facts.problems), 'problem')}"
    else:
        state, words = "good", "Sound: every page and every value was read"
    recoverable = verified["recoverable"]
    more = f"{counted(recoverable['objects'], 'live key')} proven" + (
        f", {recoverable['unproven']} unproven" if recoverable["unproven"] else ""
    )
    return element("p", element("strong", words), f" ({more})", class_=f"verdict {state}")


def problems_section(facts: Facts) -> Section:
    findings = [(each["where"], each["what"], each["means"]) for each in facts.verified["findings"]]
    known = {where for where, _, _ in findings}
    found = [(each.subject, each.reason) for each in facts.problems if each.subject not in known]
    if not findings and not found:
        return Section("problems", "Problems", element("p", "None was found."))
    parts = [
        table(f"Damage{_some(findings)}", ("where", "what", "what it means"), findings[:_MOST_PROBLEMS])
        if findings
        else None,
        table(f"What could not be read whole{_some(found)}", ("what", "why"), found[:_MOST_PROBLEMS])
        if found
        else None,
    ]
    return Section("problems", "Problems", joined(parts))


def encryption_section(facts: Facts) -> Section:
    secrets = facts.information["kinds"].get(_SECRET, 0)
    if not facts.locks:
        plain = f" {counted(secrets, 'Secret')} can be read by whoever has the file." if secrets else ""
        return Section("encryption", "Encryption", element("p", f"No value is encrypted at rest.{plain}"))
    rows = (
        (
            f"{lock.provider} {lock.version}",
            lock.key,
            lock.kms_key_id,
            kind,
            namespace or "",
            use.count,
            "yes" if use.opens else f"no: {reason}",
        )
        for use in facts.locks
        for lock, kind, namespace, reason in (use.place,)
    )
    columns = ("provider", "key", "KMS key", "kind", "namespace", "objects", "opens")
    return Section("encryption", "Encryption", table("Which key locks what", columns, rows, numbers=("objects",)))


def members_section(facts: Facts) -> Section:
    members = facts.information["members"]
    if not members:
        return Section("members", "Members", element("p", "The snapshot names no members."))
    return Section(
        "members",
        "Members",
        table("Members of the etcd cluster", ("id", "name", "peer URLs", "client URLs", "learner"), _members(facts)),
    )


def _members(facts: Facts) -> Iterable[tuple[Content, ...]]:
    for each in facts.information["members"]:
        learner = "yes" if each["isLearner"] else "no"
        yield each["id"], each["name"], ", ".join(each["peerURLs"]), ", ".join(each["clientURLs"]), learner


def _some(rows: Sequence[object]) -> str:
    return f", the first {_MOST_PROBLEMS} of {len(rows)}" if len(rows) > _MOST_PROBLEMS else ""


def _size(size: int | None) -> str:
    return "unknown" if size is None else human_size(size)

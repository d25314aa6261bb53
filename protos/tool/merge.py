"""Takes what a release has upstream into the known schemas.

Nothing known is ever dropped, and no number changes its meaning: old objects must stay readable. A field whose
message is another one now brings along what only the old one had. Where the newest release only renders a field otherwise (``omitempty`` came or went), it wins.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tool.model import Field, Message, Package
    from tool.upstream import Upstream

_WIRE_FACTS = ("name", "ref")
_JSON_FACTS = ("json", "inline", "hidden", "keep_zero", "nullable")


@dataclass
class Report:
    """One line for each thing that happened; ``clashes`` and ``questions`` need a person."""

    added: list[str] = field(default_factory=list)
    vanished: list[str] = field(default_factory=list)
    returned: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    clashes: list[str] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Releases:
    """``current`` is being merged, ``previous`` was the newest known; both empty where no releases are kept."""

    current: str = ""
    previous: str = ""


def merge(known: dict[str, Package], upstream: Upstream, releases: Releases) -> Report:
    """Changes ``known`` in place. Only packages that start as one of upstream's do can vanish."""
    report = Report()
    merger = _Merger(upstream, releases, report)
    for name, package in upstream.packages.items():
        if name in known:
            merger.merge_package(known[name], package)
        else:
            known[name] = replace(package, since=releases.current)
            report.added.append(f"package {name}")
            merger.question_messages(name, package.messages)
    for was, now in merger.renamed:
        merger.carry_over(_find(known, was), _find(known, now), now)
    roots = {_root(name) for name in upstream.packages}
    for name, package in known.items():
        if _root(name) in roots and name not in upstream.packages:
            merger.vanish(package, f"package {name}")
    return report


def _root(package: str) -> str:
    """``k8s.io.api`` and the like: the repository that a package comes from."""
    return ".".join(package.split(".")[: 3 if package.startswith("k8s.io.") else 4])


def _find(known: Mapping[str, Package], full: str) -> Message:
    package, _, name = full.rpartition(".")
    return known[package].messages[name]


class _Merger:
    """``renamed`` are the messages that a field had and has now."""

    def __init__(self, upstream: Upstream, releases: Releases, report: Report) -> None:
        self.renamed: list[tuple[str, str]] = []
        self._upstream = upstream
        self._releases = releases
        self._report = report

    def merge_package(self, known: Package, new: Package) -> None:
        self._return(known, f"package {known.name}")
        if (known.group, known.version) != (new.group, new.version):
            self._report.clashes.append(
                f"package {known.name} serves {known.group}/{known.version}, upstream says {new.group}/{new.version}"
            )
        for name, message in new.messages.items():
            full = f"{known.name}.{name}"
            if name in known.messages:
                self._merge_message(known.messages[name], message, full)
            else:
                known.messages[name] = replace(message, since=self._releases.current)
                self._report.added.append(f"message {full}")
                self.question_messages(known.name, {name: message})
        for name in sorted(known.messages.keys() - new.messages.keys()):
            self.vanish(known.messages[name], f"message {known.name}.{name}")

    def _merge_message(self, known: Message, new: Message, full: str) -> None:
        self._return(known, f"message {full}")
        for number, found in new.fields.items():
            where = f"field {full}.{found.name} = {number}"
            if number not in known.fields:
                known.fields[number] = replace(found, since=self._releases.current)
                self._report.added.append(where)
                self._question_field(full, found)
            elif clash := _clash(known.fields[number], found):
                self._report.clashes.append(f"{where}: {clash}")
            else:
                told = not known.form and (full, number) not in self._upstream.untagged
                self._merge_field(
                    known.fields[number], found, where, _WIRE_FACTS + _JSON_FACTS if told else _WIRE_FACTS
                )
        for number in sorted(known.fields.keys() - new.fields.keys()):
            self.vanish(known.fields[number], f"field {full}.{known.fields[number].name} = {number}")

    def _merge_field(self, known: Field, new: Field, where: str, facts: tuple[str, ...]) -> None:
        self._return(known, where)
        for fact in facts:
            old, now = getattr(known, fact), getattr(new, fact)
            if old != now:
                self._report.changed.append(f"{where}: {fact} was {old!r}, is {now!r}")
                setattr(known, fact, now)
                if fact == "ref" and old and now:
                    self.renamed.append((old, now))

    def carry_over(self, was: Message, now: Message, full: str) -> None:
        """Gives a message the fields that the one it took the place of has and it lacks."""
        for number in sorted(was.fields.keys() - now.fields.keys()):
            found = was.fields[number]
            now.fields[number] = replace(found, until=found.until or self._releases.previous)
            self._report.added.append(f"field {full}.{found.name} = {number}, which only older releases have")

    def vanish(self, known: Package | Message | Field, where: str) -> None:
        if self._releases.previous and not known.until:
            known.until = self._releases.previous
            self._report.vanished.append(where)

    def _return(self, known: Package | Message | Field, where: str) -> None:
        if known.until:
            known.until = ""
            self._report.returned.append(where)

    def question_messages(self, package: str, messages: Mapping[str, Message]) -> None:
        for name, message in messages.items():
            full = f"{package}.{name}"
            if full in self._upstream.marshalers:
                self._report.questions.append(f"{full} writes its JSON itself: give it a form")
            elif not message.form:
                for found in message.fields.values():
                    self._question_field(full, found)

    def _question_field(self, message: str, found: Field) -> None:
        if (message, found.number) in self._upstream.untagged:
            self._report.questions.append(f"{message}.{found.name} has no Go struct tag: check its JSON name")


def _clash(known: Field, new: Field) -> str:
    """Why the number cannot mean both: bytes written under one meaning would be read under the other."""
    if (known.label, known.type) != (new.label, new.type):
        return f"was {known.label} {known.type} {known.name}, upstream says {new.label} {new.type} {new.name}"
    if known.name.lower() != new.name.lower() and known.json != new.json:
        return f"was {known.name}, upstream says {new.name}"
    return ""

"""The word at hand behind a command: what could stand there, out of the snapshot that is named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from snapinspect.cli.completion import contents
from snapinspect.cli.completion.candidates import Offer, beginning
from snapinspect.cli.line import CommandLine, choices_of, options_in
from snapinspect.cli.lying import lying_here
from snapinspect.cli.output import FACT_FORMS, LIST_FORMS, OBJECT_FORMS
from snapinspect.kube.kinds import KindTable

_FORMS = {"ls": LIST_FORMS, "deleted": LIST_FORMS, "find": LIST_FORMS, "history": FACT_FORMS}
_SPELLED = {"jsonpath": "jsonpath=", "custom-columns": "custom-columns="}
_OBJECTS = {"kinds", "target", "targets"}
"""What arguments are called behind a snapshot that name objects in it."""
_FIRST_RELEASE, _LAST_RELEASE = 8, 37


@dataclass(frozen=True)
class Asked:
    """The finished words of a line, and the parameters of its command."""

    line: CommandLine
    parameters: Sequence[Any]
    words: Sequence[str]

    def offer(self, current: str) -> Offer:
        name, equals, value = current.partition("=")
        if current.startswith("--") and equals and options_in(self.parameters).get(name):
            found = self._value(name, value)
            return Offer([f"{name}={word}" for word in found.words], found.files)
        last = self.words[-1] if self.words else ""
        if last.startswith("-") and options_in(self.parameters).get(last):
            return self._value(last, current)
        if current.startswith("-"):
            return beginning(current, sorted(options_in(self.parameters)))
        return self._argument(current)

    def _value(self, option: str, current: str) -> Offer:
        """What can follow an option."""
        name, choices = next(
            (each.name, choices_of(each)) for each in self.parameters if option in (*each.opts, *each.secondary_opts)
        )
        if choices:
            return beginning(current, choices)
        match name:
            case "output":
                forms = _FORMS.get(self.line.command, OBJECT_FORMS)
                return beginning(current, [_SPELLED.get(form, form) for form in forms])
            case "target_version":
                return beginning(current, [f"1.{minor}" for minor in range(_LAST_RELEASE, _FIRST_RELEASE - 1, -1)])
            case "namespace":
                return self._held(contents.namespaces, current)
            case "selector" | "label_columns":
                return self._held(
                    contents.labels_of(filter(self._is_known, self.line.arguments[1:]), self._namespaces()), current
                )
            case "at" | "earlier" | "later" | "since" | "until":
                return self._held(contents.revisions, current)
            case "key":
                return self._held(contents.etcd_keys(current), current)
            case "exclude" | "keep_status" | "drop":
                return self.target(current, [])
        return Offer([], files=True)

    def _argument(self, current: str) -> Offer:
        """Snapshots are files; behind them stand kinds, names, and both in one."""
        arguments = self.line.arguments
        takes = [each.name for each in self.parameters if each.param_type_name == "argument"]
        command = self.line.command
        if command == "find" and not arguments:
            return self._wanted(current)
        if command == "diff" and arguments:
            rest = arguments[1:] if self._is_of_one_snapshot() else arguments[2:]
            is_second = len(arguments) == 1 and not self._is_of_one_snapshot()
            return Offer([], files=True) if is_second else self.target(current, rest)
        if command == "log" and len(arguments) == 1:
            return self.target(current, [])._replace(files=True)
        if takes and takes[0] == "snapshot" and len(takes) > 1 and takes[1] in _OBJECTS and arguments:
            return self.target(current, arguments[1:])
        if "!" in current:
            return beginning(current, contents.members(current))
        return Offer([], files=bool(takes))

    def _is_of_one_snapshot(self) -> bool:
        """Whether a diff is of two moments of one, or of one and the cluster."""
        return any(self.line.value(option) is not None for option in ("--from", "--to", "--live"))

    def _wanted(self, current: str) -> Offer:
        """What is to be found: of the newest snapshot that lies here, as none is named yet; else kinds alone."""
        lying = next(lying_here(), None)
        if lying is None:
            return beginning(current, sorted({kind.plural for kind in KindTable.builtin()}))
        # As if it were named already.
        return Asked(self.line.with_arguments(lying), self.parameters, self.words).target(current, [])

    def target(self, current: str, before: Sequence[str]) -> Offer:
        """What names objects of the snapshot, behind the words ``before`` that do."""
        kind, slash, _ = current.partition("/")
        if slash:
            names = self._held(contents.names_of(kind, self._namespaces()), current.partition("/")[2])
            return Offer([f"{kind}/{name}" for name in names.words])
        if before and "/" not in before[0] and self.line.command != "ls":
            return self._held(contents.names_of(before[0], self._namespaces()), current)
        found = self._held(contents.kinds, current)
        return found if found.words or not self._is_known(current) else Offer([current])

    def _is_known(self, word: str) -> bool:
        return bool(word and KindTable.builtin().resolve(word))

    def _namespaces(self) -> list[str]:
        said = [self.line.value(option) for option in ("-n", "--namespace")]
        return [each for value in said if value for each in value.split(",")]

    def _held(self, ask: contents.Ask, current: str) -> Offer:
        arguments = self.line.arguments
        return beginning(current, contents.held_in(arguments[0], ask)) if arguments else Offer([])

"""What a recovery says at its end: what it left out and how to get it, and what a person should know."""

from __future__ import annotations

from collections import Counter, defaultdict

from snapinspect.cli.console import Console
from snapinspect.model import Cleaned, Head, Omission
from snapinspect.snapshot import Snapshot
from snapinspect.write.counted import counted

_WARNINGS_SHOWN = 30


class Summary:
    """Counts what passes by; ``explain`` tells each thing at once, too."""

    def __init__(self, view: Snapshot, console: Console, *, explain: bool) -> None:
        self._view = view
        self._console = console
        self._explain = explain
        self._left_out: dict[Omission, Counter[tuple[str, str]]] = defaultdict(Counter)
        self._warnings: dict[str, list[str]] = defaultdict(list)

    @property
    def omitted(self) -> int:
        """How many objects were left out."""
        return sum(kinds.total() for kinds in self._left_out.values())

    def hear(self, head: Head, outcome: Omission | Cleaned) -> None:
        """What became of an object."""
        if isinstance(outcome, Omission):
            self.left_out(head, outcome)
        else:
            self.cleaned(head, outcome)

    def left_out(self, head: Head, omission: Omission) -> None:
        self._left_out[omission][head.kind.lower(), self._view.kind_of(head).directory] += 1
        if self._explain:
            self._console.say(f"{self._name(head)}: left out ({omission.rule}): {omission.reason}")

    def cleaned(self, head: Head, cleaned: Cleaned) -> None:
        for warning in cleaned.warnings:
            self._warnings[warning].append(self._name(head))
        if self._explain:
            for change in cleaned.changes:
                self._console.say(f"{self._name(head)}: {change.path} ({change.rule}): {change.reason}")

    def tell(self) -> None:
        # Imported here, as completion needs no rules.
        from snapinspect.clean import REMEDIES

        for warning, names in list(self._warnings.items())[:_WARNINGS_SHOWN]:
            more = f" and {len(names) - 1} more" if len(names) > 1 else ""
            self._console.warn(f"{names[0]}{more}: {warning}")
        if len(self._warnings) > _WARNINGS_SHOWN:
            self._console.warn(f"and {len(self._warnings) - _WARNINGS_SHOWN} more of these; --explain tells all")
        for remedy in filter(None, map(REMEDIES.get, self._warnings)):
            # Imported here, as most need none.
            from snapinspect.cli.line import typed

            self._console.say(f"hint: `echo '{remedy}' | {typed().with_option('--rules', '/dev/stdin')}` drops it")
        self._tell_left_out()

    def _tell_left_out(self) -> None:
        for omission, kinds in self._left_out.items():
            told = ", ".join(counted(count, *nouns) for nouns, count in kinds.most_common())
            self._console.say(f"left out {told}: {omission.reason}")
        if not self._left_out:
            return
        # Imported here, as with --all nothing is left out.
        from snapinspect.cli.line import typed

        every = typed().without("--owned").with_option("--all")
        from snapinspect.clean import OWNED

        owned = any(omission.rule in OWNED for omission in self._left_out)
        some = ", what an owner makes again with --owned" if owned else ""
        self._console.say(f"to have these, too: `{every}`{some}, or name them: KIND or KIND/NAME")

    def _name(self, head: Head) -> str:
        place = f" in {head.namespace}" if head.namespace else ""
        return f"{self._view.kind_of(head).directory}/{head.name}{place}"

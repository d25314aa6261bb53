"""``snapinspect rebuild``: a new snapshot that etcd restores from."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from snapinspect.cli.arriving import is_endpoint, opener_for, saved
from snapinspect.cli.console import Console
from snapinspect.cli.declared import Argument, Option
from snapinspect.cli.ending import Ended
from snapinspect.cli.help import TaughtCommand
from snapinspect.cli.opening import INCOMPLETE, as_of, check_digest, keys_given
from snapinspect.cli.options import Engine, Reading, SnapshotArgument
from snapinspect.errors import UsageError
from snapinspect.etcd import Lossy
from snapinspect.recovery.rebuild import Change, Rebuilt, restore_commands
from snapinspect.recovery.rebuild import rebuild as rebuild_snapshot
from snapinspect.snapshot import Snapshot, open_snapshot
from snapinspect.write.counted import counted

if TYPE_CHECKING:
    from snapinspect.select import Selection

_NAMED = 20
"""Objects named that need one that is dropped."""
_NAMESPACES = {"-n", "--namespace"}


class Redaction(StrEnum):
    """``--redact``."""

    values = "values"
    strict = "strict"


class Command(TaughtCommand):
    """Takes ``--drop -n NS`` and ``--drop --key PREFIX`` as people say them, and ``--redact`` without a word behind it."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        return super().parse_args(ctx, list(_spelled_out(args)))


def _spelled_out(args: list[str]) -> Iterator[str]:
    waiting = iter(args)
    for word in waiting:
        if word == "--redact":
            yield f"--redact={Redaction.values}"
        elif word == "--drop":
            what = next(waiting, None)
            if what in _NAMESPACES:
                yield "--drop-namespace"
            elif what == "--key":
                yield "--drop-key"
            else:
                yield word
                yield from () if what is None else (what,)
        else:
            yield word


def rebuild(
    snapshot: SnapshotArgument,
    new: Annotated[Path, Argument(metavar="NEW.db", help="Where to write the new snapshot.")],
    reading: Reading,
    at: Annotated[str | None, Option("--at", metavar="WHEN", help="As it was then.")] = None,
    compact: Annotated[bool, Option("--compact", help="Only the last revision of each key.")] = False,
    drop: Annotated[
        list[str] | None,
        Option("--drop", metavar="KIND[/NAME]", help="Without these objects; also -n NS, --key PREFIX; repeatable."),
    ] = None,
    drop_namespace: Annotated[
        list[str] | None, Option("--drop-namespace", metavar="NS", help="As --drop -n NS.")
    ] = None,
    drop_key: Annotated[
        list[str] | None, Option("--drop-key", metavar="PREFIX", help="As --drop --key PREFIX.")
    ] = None,
    bump_revision: Annotated[
        int,
        Option("--bump-revision", metavar="N", min=0, help="Count revisions from N later, all before compacted."),
    ] = 0,
    with_unproven: Annotated[
        bool, Option("--with-unproven", help="With --salvage: also records that nothing proves.")
    ] = False,
    redact: Annotated[
        Redaction | None,
        Option("--redact", help="Hashes in place of what is secret; =strict looks into ConfigMaps, too."),
    ] = None,
) -> None:
    """Write a new snapshot that `etcdutl snapshot restore` takes: of a moment, of a damaged file, without what is dropped, redacted."""
    console = Console(quiet=reading.quiet, progress=not reading.no_progress)
    if reading.engine is not Engine.direct:
        raise UsageError("rebuild reads the files themselves", "Leave out --engine.")
    with _opened(snapshot, reading, console) as source:
        change = Change(
            at=as_of(source, at, console).revision if at else None,
            compact=compact,
            drop=tuple(_dropped(source, drop or (), drop_namespace or (), drop_key or ())),
            with_unproven=with_unproven,
            bump=bump_revision,
            redact=redact is not None,
            strict=redact is Redaction.strict,
        )
        rebuilt = rebuild_snapshot(source, new, change, console.progress)
        problems = list(source.store.losses(lambda _key: True)) if isinstance(source.store, Lossy) else []
        commands = list(restore_commands(new, rebuilt.members))
    _say(console, new, rebuilt, change, commands)
    console.problems(problems)
    if problems:
        raise Ended(INCOMPLETE)


@contextmanager
def _opened(spec: str, reading: Reading, console: Console) -> Iterator[Snapshot]:
    """The snapshot; of a running etcd, one that is taken of it first."""
    with ExitStack() as undo:
        path = undo.enter_context(saved(spec, reading, console.progress)) if is_endpoint(spec) else spec
        opener = opener_for(reading, console.say)
        source = undo.enter_context(
            open_snapshot(
                path, given=keys_given(reading), prefix=reading.prefix, progress=console.progress, opener=opener
            )
        )
        for note in source.notes:
            console.say(f"note: {note}")
        if reading.check:
            check_digest(source, console)
        yield source


def _dropped(source: Snapshot, words: list[str] | tuple[str, ...], namespaces: Any, keys: Any) -> Iterator[Selection]:
    for word in words:
        if word.endswith("/"):
            yield source.select(namespaces=[word[:-1]], everything=True)
        else:
            yield source.select([word], all_namespaces=True, everything=True)
    for namespace in namespaces:
        yield source.select(namespaces=[namespace], everything=True)
    for key in keys:
        yield source.select(keys=[key], everything=True)


def _say(console: Console, new: Path, rebuilt: Rebuilt, change: Change, commands: list[str]) -> None:
    console.say(
        f"wrote {rebuilt.size / 1e6:.1f} MB to {new}: {counted(rebuilt.records, 'record')}, up to revision {rebuilt.revision}, "
        f"SHA-256 {rebuilt.sha256}"
    )
    if change.drop and not rebuilt.left.dropped:
        console.say("warning: nothing was dropped, as nothing in the snapshot is what --drop means")
    for what, count in sorted(rebuilt.left.dropped.items()):
        console.say(f"dropped {counted(count, 'record')} of {what}")
    for sentence in rebuilt.needed[:_NAMED]:
        console.say(f"warning: {sentence}")
    if len(rebuilt.needed) > _NAMED:
        console.say(f"warning: and {len(rebuilt.needed) - _NAMED} more")
    if rebuilt.left.unproven:
        console.say(
            f"left {counted(rebuilt.left.unproven, 'unproven record')} away; --with-unproven brings what is unproven"
        )
    if rebuilt.left.copies:
        console.say(f"left {counted(rebuilt.left.copies, 'record')} away whose revision another record has, too")
    if rebuilt.leases:
        console.say(f"made {counted(rebuilt.leases, 'lease')} anew that keys name but etcd did not have")
    for what, count in sorted(rebuilt.redacted.items()):
        if count:
            console.say(f"redacted {what}: {count}" if "dropped" not in what else f"{what}: {count}")
    if change.at is not None and not change.bump:
        console.say(
            "note: who saw later revisions of this cluster takes the new ones for old: with "
            "--bump-revision 1000000000 they are told to read anew"
        )
    console.say("next, on each member's machine:" if len(commands) > 1 else "next:")
    for command in commands:
        console.say(f"  {command}")
    console.say("then point etcd at the new directory; docs/full-restore.md has all steps")

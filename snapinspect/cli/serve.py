"""``snapinspect serve``: a read-only Kubernetes API over snapshots."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from ipaddress import ip_address
from typing import TYPE_CHECKING, Annotated, Any

import typer

from snapinspect.cli.arriving import heed
from snapinspect.cli.console import Console
from snapinspect.cli.declared import Argument, Option
from snapinspect.cli.ending import Ended
from snapinspect.cli.help import TaughtCommand
from snapinspect.cli.meant import meant
from snapinspect.cli.opening import moment_meant, opened
from snapinspect.cli.options import Reading
from snapinspect.errors import SourceError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from snapinspect.analysis.diff.secrets import Veil
    from snapinspect.serve.context import Context
    from snapinspect.serve.running import Running
    from snapinspect.snapshot import Snapshot

_COMMAND = "serve.command"
_NOT_FOUND, _NOT_RUN = 127, 126


class Command(TaughtCommand):
    """What stands behind ``--`` is a command of the user's, whose words are not ours."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        at = args.index("--") if "--" in args else len(args)
        ctx.meta[_COMMAND] = args[at + 1 :] if at < len(args) else None
        return super().parse_args(ctx, args[:at])


def serve(
    ctx: typer.Context,
    snapshots: Annotated[
        list[str],
        Argument(metavar="SNAPSHOT... [-- COMMAND]", help="One context each; COMMAND has KUBECONFIG set."),
    ],
    reading: Reading,
    at: Annotated[
        list[str] | None,
        Option("--at", metavar="WHEN", help="A context for this moment, too; repeatable."),
    ] = None,
    replay: Annotated[
        str,
        Option("--replay", metavar="FROM[..TO]", help="A context in which that happens again."),
    ] = "",
    speed: Annotated[float, Option("--speed", metavar="N", help="How much faster a replay runs.")] = 60,
    deleted: Annotated[bool, Option("--deleted", help="A context of what is gone, too.")] = False,
    hide_secrets: Annotated[bool, Option("--hide-secrets", help="Hashes in place of Secrets' values.")] = False,
    address: Annotated[str, Option("--address", metavar="IP", help="Where to listen.")] = "127.0.0.1",
    port: Annotated[
        int,
        Option("--port", metavar="PORT", help="By default a free one.", min=0, max=65535),
    ] = 0,
) -> None:
    """Answer kubectl, k9s, Helm and Headlamp out of snapshots: a read-only Kubernetes API."""
    from snapinspect.serve.running import running

    command: Sequence[str] | None = ctx.meta.get(_COMMAND)
    if command is not None and not command:
        # Imported here, as most say what to run.
        from snapinspect.cli.line import typed

        raise UsageError("no command stands behind --", f"as in: `{typed().running('kubectl', 'get', 'pods', '-A')}`")
    if not 0 < speed < 1e6:
        raise UsageError("--speed is how many seconds of the snapshot go by in one", "As in --speed 60.")
    # One for all snapshots, so that the same value is seen to be the same.
    veil = _veil() if hide_secrets else None
    with ExitStack() as stack:
        contexts: list[Context] = []
        heed(reading)
        for path in meant(snapshots):
            view, console = stack.enter_context(opened(path, reading))
            contexts += _contexts(view, console, contexts, at or (), (replay, speed), deleted, veil)
        if not _is_loopback(address):
            console.warn(f"other machines can reach {address}: whoever has the kubeconfig reads all of the snapshot")
        server = stack.enter_context(running(contexts, address, port))
        if command is not None:
            raise Ended(_run(command, server.kubeconfig))
        _introduce(console, contexts, server)
        signal.pause()


def _veil() -> Veil:
    from snapinspect.analysis.diff.secrets import Veil

    return Veil()


def _contexts(
    view: Snapshot,
    console: Console,
    before: Sequence[Context],
    at: Sequence[str],
    replay: tuple[str, float],
    deleted: bool,
    veil: Veil | None,
) -> list[Context]:
    from snapinspect.serve import contexts as made

    name = made.name_of(view)
    taken = {context.name for context in before}
    if name in taken:
        name = next(each for number in range(2, len(taken) + 3) if (each := f"{name}-{number}") not in taken)
    found = [made.live(view, name, veil)]
    found += [made.past(view, name, when, moment_meant(view, when, console), veil) for when in at]
    if deleted:
        found.append(made.deleted(view, name, found[0].end, veil))
    span, speed = replay
    if span:
        first, _, last = span.partition("..")
        start = moment_meant(view, first, console, start=True)
        end = moment_meant(view, last, console) if last else view.revision
        found.append(made.replayed(view, name, max(start, view.store.compact_revision), end, speed, veil))
    return found


def _introduce(console: Console, contexts: Sequence[Context], server: Running) -> None:
    from snapinspect.snapshot.timeline import rfc3339

    typer.echo(f"export KUBECONFIG={server.kubeconfig}")
    sys.stdout.flush()
    ends = server.between_answers(lambda: [context.seconds for context in contexts])
    console.say(f"serving {server.url} until Ctrl-C; a snapshot is read-only, and ages count from its end:")
    for context, end in zip(contexts, ends, strict=True):
        until = "replay, which begins with the first request" if context.replay else rfc3339(end)
        console.say(f"  kubectl --context {context.name}   {until}")


def _run(command: Sequence[str], kubeconfig: Path) -> int:
    """The exit code of a command that has the terminal to itself: Ctrl-C is for it to heed."""
    try:
        process = subprocess.Popen(command, env={**os.environ, "KUBECONFIG": str(kubeconfig)})  # noqa: S603
    except OSError as error:
        code = _NOT_FOUND if isinstance(error, FileNotFoundError) else _NOT_RUN
        failed = SourceError(
            f"{command[0]} cannot be run: {error.strerror}", f"`command -v {command[0]}` tells where it is."
        )
        failed.exit_code = code
        raise failed from None
    try:
        while True:
            try:
                code = process.wait()
            except KeyboardInterrupt:
                continue
            return code if code >= 0 else 128 - code
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait()


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return address == "localhost"

"""``snapinspect save``: take a snapshot from a live etcd."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from snapinspect.cli.arriving import access
from snapinspect.cli.console import Console
from snapinspect.cli.declared import Argument, Option
from snapinspect.cli.options import Connection


def save(
    endpoint: Annotated[str, Argument(metavar="ENDPOINT", help="https://host:2379, or several with commas.")],
    file: Annotated[Path, Argument(metavar="FILE", help="Where to write the snapshot.")],
    connection: Connection,
    force: Annotated[bool, Option("--force", help="Replace a file that is there.")] = False,
    quiet: Annotated[bool, Option("-q", "--quiet", help="Say nothing but errors.")] = False,
    no_progress: Annotated[bool, Option("--no-progress", help="Show no progress bar.")] = False,
    debug: Annotated[bool, Option("--debug", help="Show a traceback on errors.")] = False,  # noqa: ARG001
) -> None:
    """Take a snapshot from a live etcd: into a file, its digest checked."""
    # Imported here, as the help needs no etcd client.
    from snapinspect.sources.save import save as save_snapshot

    console = Console(quiet=quiet, progress=not no_progress)
    saved = save_snapshot(access(endpoint, connection), file, force=force, progress=console.progress)
    console.say(f"saved {saved.size / 1e6:.1f} MB to {file}, SHA-256 {saved.sha256}")

"""From the options to how a snapshot is opened: the file itself, a running etcd, or a temporary one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import TYPE_CHECKING

from snapinspect.cli.options import Connection, Engine, Reading
from snapinspect.errors import Damaged, NotASnapshot, UsageError
from snapinspect.model import Progress
from snapinspect.sources import Source, open_alone, open_source
from snapinspect.sources.cloud import endpoint_url, is_object, open_fetched, open_outlined
from snapinspect.sources.file import find_log, unread_log
from snapinspect.sources.stream import max_unpacked

if TYPE_CHECKING:
    from snapinspect.etcd.client import Access

Opener = Callable[[str, Progress], Source]
Fetcher = Callable[[str, Progress, Opener], Source]

_ENDPOINTS = ("http:", "https:", "unix:", "unixs:", "etcd:")
"""How the specifications of a running etcd begin; asked before the client, which is heavy, is imported."""
_SAVED = "snapshot.db"


def opener_for(reading: Reading, say: Callable[[str], None]) -> Opener:
    """How the snapshot is to be read; ``say`` is told what is waited for. Raises UsageError for options at odds."""
    heed(reading)
    # Imported where they are needed, as a plain snapshot must open at once.
    if reading.engine is not Engine.direct:
        if reading.salvage or reading.carve or reading.wal:
            raise UsageError(
                f"--carve, --salvage and --wal read the files themselves, which --engine {reading.engine} does not",
                "Leave out --engine.",
            )
        return partial(_in_pod, reading, say) if reading.engine is Engine.pod else partial(_restored, reading)
    if reading.salvage or reading.carve:
        from snapinspect.sources.recovery import open_carved, open_salvaged

        opener = partial(open_salvaged if reading.salvage else open_carved, log=reading.wal)
        return of_file(opener, "--salvage" if reading.salvage else "--carve")
    return partial(_open, reading)


def of_file(opener: Opener, what: str) -> Opener:
    """The same opener, which refuses a running etcd: ``what`` asks for the pages of a file."""

    def open_(spec: str, progress: Progress) -> Source:
        if is_endpoint(spec):
            # Imported here, as most name a file.
            from snapinspect.cli.line import typed

            line = typed()
            save = line.of("save").with_arguments(spec, _SAVED)
            then = line.without(*(word.option for word in save.words)).with_arguments(_SAVED, *line.arguments[1:])
            raise UsageError(
                f"{what} reads the pages of a file, and {spec} is a running etcd",
                f"save a snapshot first: `{save} && {then}`",
            )
        return opener(spec, progress)

    return open_


def heed(reading: Reading) -> None:
    """Lets what reads backups know what the options allow and where the stores are. Raises UsageError."""
    max_unpacked.set(_size(reading.max_unpacked) if reading.max_unpacked else None)
    endpoint_url.set(reading.endpoint_url)


def examining(path: str, reading: Reading) -> Opener | None:
    """Opens a database file so that damage stops nothing; None where the options or the path ask for something else."""
    if reading.carve or reading.engine is not Engine.direct or is_endpoint(path):
        return None
    heed(reading)
    # Imported here, as most files are sound.
    from snapinspect.sources.recovery import open_examined

    return partial(open_examined, log=reading.wal)


def glancing(reading: Reading) -> Fetcher:
    """Reads no more of an object than tells what it is, unless the options ask for the whole."""
    is_of_the_whole = (
        reading.check or reading.carve or reading.salvage or reading.wal or reading.engine is not Engine.direct
    )
    return open_fetched if is_of_the_whole else open_outlined


def unexamined(path: str, reading: Reading) -> Opener | None:
    """As ``examining``, but a database that can be opened at once is, and damage further in is still to be found."""
    examined = examining(path, reading)
    if examined is None or reading.salvage:
        return examined

    def open_(spec: str, progress: Progress) -> Source:
        try:
            return open_source(spec, progress, reading.wal)
        except (NotASnapshot, Damaged):
            return examined(spec, progress)

    return open_


def _size(text: str) -> int:
    """Bytes, with or without a unit of 1024. Raises UsageError."""
    found = re.fullmatch(r"(\d{1,15})([KMGT]?)(?:i?B)?", text.strip(), re.IGNORECASE)
    if not found or not int(found[1]):
        # Imported here, as most know what they say.
        from snapinspect.cli.line import typed

        raise UsageError(
            f"--max-unpacked {text} is no size", f"as in: `{typed().with_option('--max-unpacked', '20G')}`"
        )
    return int(found[1]) << 10 * " KMGT".index(found[2].upper() or " ")


def is_endpoint(spec: str) -> bool:
    """Whether ``spec`` names a running etcd. A URL with a path names a file."""
    return spec.startswith(_ENDPOINTS) and not is_object(spec)


@contextmanager
def saved(spec: str, connection: Connection, progress: Progress) -> Iterator[str]:
    """The path of a snapshot that was just taken of the running etcd at ``spec``; it is gone afterwards."""
    from snapinspect.sources.save import save
    from snapinspect.sources.workspace import Workspace

    workspace = Workspace()
    try:
        path = workspace.path / "snapshot.db"
        save(access(spec, connection), path, progress=progress)
        yield str(path)
    finally:
        workspace.close()


def access(spec: str, connection: Connection) -> Access:
    """How the etcd at ``spec`` is reached; what the options leave open, the ``ETCDCTL_*`` environment says."""
    from snapinspect.etcd.client import access_to

    return access_to(
        spec,
        cacert=connection.cacert,
        cert=connection.cert,
        key=connection.cert_key,
        user=connection.user,
        password=connection.password,
    )


def _open(reading: Reading, spec: str, progress: Progress) -> Source:
    if is_endpoint(spec):
        if reading.wal:
            raise UsageError("a running etcd reads its write-ahead log itself", "Leave out --wal.")
        return _open_endpoint(reading, spec, progress)
    return open_source(spec, progress, reading.wal)


def _open_endpoint(connection: Connection, spec: str, progress: Progress) -> Source:
    from snapinspect.sources.live import open_access

    return open_access(spec, access(spec, connection), progress)


def _without_log(reading: Reading, spec: str, progress: Progress) -> Source:
    """What a temporary etcd restores: a database alone."""
    if is_endpoint(spec):
        return _open_endpoint(reading, spec, progress)
    source = open_alone(spec, progress)
    log = source.log or (source.database and find_log(source.database))
    if log is None:
        return source
    note = unread_log(str(log), "the direct reader can: leave out --engine")
    return source._replace(notes=(*source.notes, note), log=None)


def _restored(reading: Reading, spec: str, progress: Progress) -> Source:
    from snapinspect.sources.engines.local import open_restored

    with ExitStack() as undo:
        source = _without_log(reading, spec, progress)
        undo.callback(source.close)
        user, _, password = reading.user.partition(":")
        restored = open_restored(
            source, reading.etcd_bin, user=user, password=reading.password or password, progress=progress
        )
        undo.pop_all()
    return restored


def _in_pod(reading: Reading, say: Callable[[str], None], spec: str, progress: Progress) -> Source:
    from snapinspect.sources.engines.pod import open_in_pod
    from snapinspect.sources.engines.pods.choice import PodOptions

    user, _, password = reading.user.partition(":")
    options = PodOptions(
        kubeconfig=reading.kubeconfig,
        context=reading.context,
        namespace=reading.pod_namespace,
        image=reading.image,
        copy_image=reading.copy_image,
        node=reading.node,
        keep=reading.keep_pod,
        user=user,
        password=reading.password or password,
    )
    with ExitStack() as undo:
        source = _without_log(reading, spec, progress)
        undo.callback(source.close)
        in_pod = open_in_pod(source, options, progress, say)
        undo.pop_all()
    return in_pod

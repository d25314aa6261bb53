"""From the options to how a snapshot is opened: the file itself, a running etcd, or a temporary one."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING

from snapinspect.cli.options import Connection, Engine, Reading
from snapinspect.errors import UsageError
from snapinspect.model import Progress
from snapinspect.sources import Source, open_source

if TYPE_CHECKING:
    from snapinspect.etcd.client import Access

Opener = Callable[[str, Progress], Source]

_ENDPOINTS = ("http:", "https:", "unix:", "unixs:", "etcd:")
"""How the specifications of a running etcd begin; asked before the client, which is heavy, is imported."""


def opener_for(reading: Reading, say: Callable[[str], None]) -> Opener:
    """How the snapshot is to be read; ``say`` is told what is waited for. Raises UsageError for options at odds."""
    # Imported where they are needed, as a plain snapshot must open at once.
    if reading.salvage or reading.carve:
        if reading.engine is not Engine.direct:
            raise UsageError(
                f"--carve and --salvage read the file itself, which --engine {reading.engine} does not",
                "Leave out --engine.",
            )
        from snapinspect.sources.recovery import open_carved, open_salvaged

        return open_salvaged if reading.salvage else open_carved
    plain = partial(_open, reading)
    if reading.engine is Engine.pod:
        return partial(_in_pod, reading, plain, say)
    return partial(_restored, reading, plain) if reading.engine is Engine.etcd else plain


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


def _open(connection: Connection, spec: str, progress: Progress) -> Source:
    if spec.startswith(_ENDPOINTS):
        from snapinspect.sources.live import open_access

        return open_access(spec, access(spec, connection), progress)
    return open_source(spec, progress)


def _restored(reading: Reading, plain: Opener, spec: str, progress: Progress) -> Source:
    from snapinspect.sources.engines.local import open_restored

    with ExitStack() as undo:
        source = plain(spec, progress)
        undo.callback(source.close)
        user, _, password = reading.user.partition(":")
        restored = open_restored(
            source, reading.etcd_bin, user=user, password=reading.password or password, progress=progress
        )
        undo.pop_all()
    return restored


def _in_pod(reading: Reading, plain: Opener, say: Callable[[str], None], spec: str, progress: Progress) -> Source:
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
        source = plain(spec, progress)
        undo.callback(source.close)
        in_pod = open_in_pod(source, options, progress, say)
        undo.pop_all()
    return in_pod

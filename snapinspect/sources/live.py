"""A live etcd as a source: ``https://host:2379``, ``unix:/run/etcd.sock``, several joined by commas, or ``etcd:``."""

from __future__ import annotations

from snapinspect.etcd.client import Access, access_to, connect, is_endpoint
from snapinspect.etcd.live import LiveStore
from snapinspect.model import Progress
from snapinspect.sources.source import Digests, Source

_OLD = (
    "the members of this etcd have no leader or no quorum now: "
    "what is shown is what one of them knew last, and may not be the newest"
)


class NoEvidence:
    """A running etcd is no file that could be checked."""

    def digests(self, progress: Progress) -> Digests:  # noqa: ARG002
        """There are none."""
        return Digests("absent", "")


def open_live(spec: str, progress: Progress) -> Source | None:
    """The etcd at ``spec`` as the ``ETCDCTL_*`` environment lets it be reached; None when ``spec`` names a file."""
    return open_access(spec, access_to(spec), progress) if is_endpoint(spec) else None


def open_access(spec: str, access: Access, progress: Progress) -> Source:
    """The etcd that ``access`` reaches, read at its newest revision; ``spec`` is what the user calls it.

    Raises SourceError.
    """
    client = connect(access)
    try:
        store = LiveStore(client, progress)
        status = client.status()
    except BaseException:
        client.close()
        raise
    notes = () if store.is_current else (_OLD,)
    return Source(spec, f"live etcd {status.version}", status.db_size, store, NoEvidence(), notes=notes)

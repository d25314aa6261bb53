"""``--engine pod``: the snapshot, restored into a temporary etcd in a cluster and read through a port-forward."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from snapinspect.errors import SourceError, UsageError
from snapinspect.etcd import Database, Store
from snapinspect.etcd.client import connect, socket_access
from snapinspect.etcd.live import LiveStore
from snapinspect.model import Progress, silent
from snapinspect.sources.engines.local import is_readable, look_at, version_notes
from snapinspect.sources.engines.pods.choice import PodOptions, choose
from snapinspect.sources.engines.pods.forward import Bridge
from snapinspect.sources.engines.pods.manifest import Load
from snapinspect.sources.engines.pods.temporary import RestoreFailed, Say, TemporaryPod, leftovers
from snapinspect.sources.source import Source
from snapinspect.sources.workspace import Workspace

if TYPE_CHECKING:
    from snapinspect.etcd.about import Facts
    from snapinspect.etcd.client.client import Client
    from snapinspect.sources.engines.pods.cluster import Cluster


class PodStore(LiveStore):
    """What the etcd in the pod answers; of members, versions and sizes, which restoring changes, the file tells.

    ``held`` is what it takes to ask it, and goes away with it.
    """

    def __init__(self, client: Client, origin: Store, progress: Progress) -> None:
        super().__init__(client, progress)
        self._origin = origin
        self.held = ExitStack()

    def facts(self) -> Facts:
        return self._origin.facts()

    def close(self) -> None:
        self.held.close()
        self._origin.close()


def cluster_of(options: PodOptions) -> Cluster:
    """The cluster that the options name. Raises SnapinspectError when there is none, SourceError without the package."""
    try:
        from snapinspect.sources.engines.pods.cluster import Cluster
    except ImportError as error:
        if (error.name or "").partition(".")[0] not in {"kubernetes", "urllib3", "websocket"}:
            raise
        raise SourceError(
            "the Python package kubernetes is not installed, which speaks to a cluster",
            "`pip install kubernetes` brings it, as does the extra cluster.",
        ) from None
    return Cluster(options.kubeconfig, options.context)


def load_of(source: Source) -> Load:
    """What the pod would have to hold.

    Raises UsageError when ``source`` is no database file, or is read for more than an etcd would find in it.
    """
    if source.database is None or type(source.store) is not Database:
        raise UsageError(f"a temporary etcd cannot restore this: {source.format}", "Leave out --engine pod.")
    about = look_at(source.database)
    return Load(about.size, about.has_digest)


def open_in_pod(
    source: Source, options: PodOptions, progress: Progress = silent, say: Say = lambda _text: None
) -> Source:
    """The same backup, read by an etcd in a pod of the cluster; ``source`` is closed with it.

    ``say`` is told meanwhile what is waited for. Raises UsageError when ``source`` is no database file, SnapinspectError
    when there is no such cluster, and SourceError; ``source`` stays open then.
    """
    load = load_of(source)
    assert source.database is not None
    with ExitStack() as undo:
        cluster = cluster_of(options)
        undo.callback(cluster.close)
        earlier = _earlier(cluster, options.namespace)
        place = choose(cluster, options)
        workspace = Workspace()
        undo.callback(workspace.close)
        pod = TemporaryPod(cluster, place, options, say)
        undo.callback(pod.close)
        pod.create(load)
        digest = pod.receive(source.database, progress)
        with _offering_direct_reader(source.store):
            running = pod.serve(load.size)
        bridge = Bridge(workspace.path / "etcd", pod.forward)
        undo.callback(bridge.close)
        access = socket_access(bridge.path, user=options.user, password=options.password)
        client = connect(access, lambda: pod.failure() or _broken(bridge, pod))
        undo.callback(client.close)
        version = client.status().version
        store = PodStore(client, source.store, progress)
        store.held = undo.pop_all()
    return source._replace(
        format=f"{source.format}, restored into a temporary etcd {version} in a pod",
        store=store,
        notes=(
            *source.notes,
            *earlier,
            *_told(pod, running, digest, keep=options.keep),
            *version_notes(version, look_at(source.database).version),
        ),
    )


@contextmanager
def _offering_direct_reader(direct: Store) -> Iterator[None]:
    """Says when the snapshot that etcd does not take can be read without it."""
    try:
        yield
    except RestoreFailed as error:
        if not is_readable(direct):
            raise
        raise SourceError(str(error), "The direct reader can read this snapshot: leave out --engine pod.") from None


def _broken(bridge: Bridge, pod: TemporaryPod) -> SourceError | None:
    if not bridge.error:
        return None
    return SourceError(
        f"the port-forward to pod {pod.name} broke: {bridge.error}",
        "Run it again; if it stays so, `kubectl port-forward` to it tells more.",
    )


def _earlier(cluster: Cluster, namespace: str) -> list[str]:
    """Notes on the pods that are there already; nothing for those who may not list them."""
    try:
        found = leftovers(cluster, namespace)
    except SourceError:
        return []
    return [
        f"pod {namespace}/{pod['metadata']['name']}, made {pod['metadata'].get('creationTimestamp', 'earlier')}, was left "
        f"by an earlier run, unless one goes on: `snapinspect pod delete {pod['metadata']['name']}` removes it"
        for pod in found
    ]


def _told(pod: TemporaryPod, running: dict[str, Any], digest: str, *, keep: bool) -> list[str]:
    """Notes on what was done."""
    place, name = pod.place, f"{pod.place.namespace}/{pod.name}"
    node = running["spec"].get("nodeName", "")
    end = f"it is kept: `snapinspect pod delete {pod.name}` removes it" if keep else "it is deleted at the end"
    return [
        f"pod {name} on node {node} restored the snapshot with {place.image}; {end}",
        f"the snapshot went there through {place.copy_image}, and arrived with SHA-256 {digest}",
    ]

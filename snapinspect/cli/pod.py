"""``snapinspect pod``: the temporary etcd in a cluster, by hand."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from snapinspect.cli import console as terminal
from snapinspect.cli.console import Console
from snapinspect.cli.declared import Argument, Option, Options
from snapinspect.cli.grouping import grouped
from snapinspect.cli.help import TaughtCommand, TaughtGroup
from snapinspect.cli.line import typed
from snapinspect.errors import NotFound, SnapinspectError, UsageError
from snapinspect.model import silent
from snapinspect.sources import Source, open_source
from snapinspect.sources.engines.pods.choice import PodOptions, choose
from snapinspect.sources.engines.pods.manifest import (
    CLIENT_PORT,
    RECEIVER,
    Load,
    Place,
    proving,
    receiving,
    releasing,
)
from snapinspect.sources.engines.pods.manifest import manifest as pod_manifest
from snapinspect.write import yaml
from snapinspect.write.table import write_table

if TYPE_CHECKING:
    from snapinspect.sources.engines.pods.cluster import Cluster

_LOCAL_PORT = 12379
_COLUMNS = ("namespace", "name", "status", "node", "created")
_SETTINGS = {"help_option_names": ["-h", "--help"]}

pod = typer.Typer(
    name="pod",
    cls=TaughtGroup,
    help="Show, list and delete the temporary etcds of --engine pod.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    context_settings=_SETTINGS,
)


class InCluster(Options):
    """Which cluster, and where in it."""

    kubeconfig: Annotated[
        Path | None, Option("--kubeconfig", metavar="FILE", help="Kubeconfig; by default kubectl's.")
    ] = None
    context: Annotated[str, Option("--context", metavar="NAME", help="Context; by default the current one.")] = ""
    pod_namespace: Annotated[str, Option("--pod-namespace", metavar="NS", help="Namespace of the temporary pod.")] = (
        "kube-system"
    )
    debug: Annotated[bool, Option("--debug", help="Show a traceback on errors.")] = False

    def options(self, **more: Any) -> PodOptions:
        return PodOptions(kubeconfig=self.kubeconfig, context=self.context, namespace=self.pod_namespace, **more)


def manifest(
    snapshot: Annotated[str, Argument(metavar="SNAPSHOT", help="The snapshot that it is for.")],
    where: InCluster,
    image: Annotated[str, Option("--image", metavar="IMAGE", help="Image of etcd; by default the cluster's own.")] = "",
    copy_image: Annotated[
        str, Option("--copy-image", metavar="IMAGE", help="Image with a shell; by default one on the node.")
    ] = "",
    node: Annotated[str, Option("--node", metavar="NODE", help="Node; by default one that has etcd's image.")] = "",
) -> None:
    """Print the manifest of the pod, and how to use it by hand.

    With --image and --copy-image no cluster is asked.
    """
    from snapinspect.sources.engines.pod import load_of
    from snapinspect.sources.engines.pods.temporary import new_name

    options = where.options(image=image, copy_image=copy_image, node=node)
    with closing(open_source(snapshot, silent)) as source:
        load, file = load_of(source), _file(source)
    place = _place(options, snapshot)
    name = new_name()
    with terminal.utf8_output() as stream:
        stream.writelines(f"# {line}\n" for line in _steps(name, place, load, file))
        stream.write(yaml.dump(pod_manifest(name, place, load, options.seconds)))


def list_pods(where: InCluster) -> None:
    """List the temporary pods in the cluster."""
    found = _pods(where)
    if not found:
        Console().say(f"no temporary pod is in namespace {where.pod_namespace}")
        return
    with terminal.utf8_output() as stream:
        write_table(_COLUMNS, map(_row, found), stream)


def delete(
    where: InCluster,
    names: Annotated[list[str] | None, Argument(metavar="[NAME]...", help="Pods that `pod list` shows.")] = None,
    every: Annotated[bool, Option("--all", help="All that `pod list` shows.")] = False,
) -> None:
    """Delete temporary pods."""
    if bool(names) == every:
        raise UsageError("nothing says which pods are meant", "Name those that `pod list` shows, or --all.")
    there = {pod["metadata"]["name"] for pod in _pods(where)}
    missing = [name for name in names or () if name not in there]
    if missing:
        raise NotFound(f"no temporary pod of this name: {', '.join(missing)}", "`snapinspect pod list` shows them.")
    if not there:
        Console().say(f"no temporary pod is in namespace {where.pod_namespace}")
    with _connected(where.options()) as cluster:
        for name in sorted(names or there):
            cluster.delete(where.pod_namespace, name)
            Console().say(f"pod {where.pod_namespace}/{name} is deleted")


for _name, _command in (("manifest", manifest), ("list", list_pods), ("delete", delete)):
    pod.command(_name, cls=TaughtCommand, context_settings=_SETTINGS)(grouped(_command))


@contextmanager
def _connected(options: PodOptions, snapshot: str = "") -> Iterator[Cluster]:
    """The cluster. Without one, what needs none is offered, of the snapshot that was named if any was."""
    from snapinspect.sources.engines.pod import cluster_of

    try:
        cluster = cluster_of(options)
    except SnapinspectError as error:
        # Imported here, as most have a cluster.
        from snapinspect.cli.lying import lying_here
        from snapinspect.cli.pasted import without_cluster

        shown = snapshot or next(lying_here(), "SNAPSHOT")
        error.hint += f" {without_cluster(typed()._replace(words=()).of('ls').with_arguments(shown))}"
        raise
    with closing(cluster):
        yield cluster


def _pods(where: InCluster) -> list[dict[str, Any]]:
    from snapinspect.sources.engines.pods.temporary import leftovers

    with _connected(where.options()) as cluster:
        return leftovers(cluster, where.pod_namespace)


def _row(found: dict[str, Any]) -> tuple[object, ...]:
    metadata, status = found["metadata"], found.get("status", {})
    state = "Terminating" if metadata.get("deletionTimestamp") else status.get("reason") or status.get("phase", "")
    node = found["spec"].get("nodeName", "")
    return metadata["namespace"], metadata["name"], state, node, metadata.get("creationTimestamp", "")


def _place(options: PodOptions, snapshot: str) -> Place:
    if options.image and options.copy_image:
        return Place(options.namespace, options.image, options.copy_image, options.node)
    with _connected(options, snapshot) as cluster:
        return choose(cluster, options)


def _file(source: Source) -> str:
    """What to send: the file itself, or what was unpacked from it."""
    return str(source.database) if not source.workspaces else "UNPACKED_SNAPSHOT"


def _steps(name: str, place: Place, load: Load, file: str) -> list[str]:
    within = f"kubectl -n {shlex.quote(place.namespace)}"
    container = f"{name} -c {RECEIVER} -- sh -c"
    return [
        "The pod waits for the snapshot, restores it and serves it to port-forwards alone:",
        f"  kubectl create -f THIS_FILE && {within} get pod {name} --watch",
        f"  {within} exec -i {container} {shlex.quote(receiving(load.size))} < {shlex.quote(file)}",
        f"  {within} exec {container} {shlex.quote(proving())}",
        f"  wc -c < {shlex.quote(file)} && sha256sum {shlex.quote(file)}   # must be what the command before has printed",
        f"  {within} exec {container} {shlex.quote(releasing())}",
        f"  {within} wait --for=condition=Ready pod/{name} --timeout=5m",
        f"  {within} port-forward {name} {_LOCAL_PORT}:{CLIENT_PORT}",
        f"  snapinspect ls http://127.0.0.1:{_LOCAL_PORT}",
        f"  {within} delete pod {name}",
    ]

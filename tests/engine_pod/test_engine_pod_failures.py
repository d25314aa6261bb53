"""What goes wrong with a pod is said, and leaves none behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from apiserver.containers import ETCD_IMAGE, SHELL_IMAGE
from engine_cluster import SmallCluster

from snapinspect.errors import SnapinspectError, SourceError, UsageError
from snapinspect.model import silent
from snapinspect.sources import open_source
from snapinspect.sources.engines.pod import open_in_pod
from snapinspect.sources.engines.pods import cluster as cluster_module
from snapinspect.sources.engines.pods import manifest, temporary, upload
from snapinspect.sources.engines.pods.choice import PodOptions
from snapinspect.sources.recovery import open_carved

SnapshotFile = Callable[[str], Path]


def failure(cluster: SmallCluster, path: Path, **options: str) -> SourceError:
    with pytest.raises(SourceError) as failed, cluster.opened(path, **options):
        pass
    assert cluster.ours() == []
    return failed.value


@pytest.mark.parametrize(
    ("method", "path", "verb", "resource"),
    [
        ("POST", "/pods", "create", "pods"),
        ("GET", "/pods/[^/]*$", "get", "pods"),
        ("GET", "/exec", "create", "pods/exec"),
    ],
)
def test_a_missing_right_is_named(
    snapshot_file: SnapshotFile, cluster: SmallCluster, method: str, path: str, verb: str, resource: str
) -> None:
    said = f'pods is forbidden: User "me" cannot {verb} resource "{resource}" in API group "" in the namespace "x"'
    cluster.server.fault(method, path, 403, reason="Forbidden", message=said, times=99)
    failed = failure(cluster, snapshot_file("small"))
    assert f"you have no right to {verb} {resource} in namespace kube-system" in str(failed)
    assert "snapinspect pod manifest" in failed.hint


@pytest.mark.parametrize(("method", "path", "what"), [("POST", "/pods", "pods"), ("GET", "/exec", "pods/exec")])
def test_a_refusal_is_told_in_the_words_of_the_cluster(
    snapshot_file: SnapshotFile, cluster: SmallCluster, method: str, path: str, what: str
) -> None:
    said = """pods "x" is forbidden: violates 'PodSecurity' "restricted:latest\""""
    cluster.server.fault(method, path, 403, reason="Forbidden", message=said, times=99)
    failed = failure(cluster, snapshot_file("small"))
    assert str(failed) == f"the cluster refused to create {what} in namespace kube-system: {said}"
    assert "--pod-namespace" in failed.hint


def test_a_missing_right_to_forward_is_named(snapshot_file: SnapshotFile, cluster: SmallCluster) -> None:
    said = 'User "me" cannot create resource "pods/portforward" in API group "" in the namespace "kube-system"'
    cluster.server.fault("GET", "/portforward", 403, reason="Forbidden", message=said, times=99)
    assert "no right to create pods/portforward" in str(failure(cluster, snapshot_file("small")))


def test_without_the_right_to_list_nodes_or_leftovers_it_still_works(
    snapshot_file: SnapshotFile, cluster: SmallCluster
) -> None:
    cluster.server.fault("GET", "/nodes", 403, reason="Forbidden", message="no", times=99)
    cluster.server.fault("GET", "labelSelector=", 403, reason="Forbidden", message="no", times=99)
    named = {"image": ETCD_IMAGE, "copy_image": SHELL_IMAGE, "node": "master-0"}
    with cluster.opened(snapshot_file("small"), **named) as (direct, source):
        assert source.store.revision == direct.store.revision


@pytest.mark.parametrize(("option", "hint"), [("image", "--image"), ("copy_image", "--copy-image")])
def test_an_image_that_cannot_be_pulled_is_named(
    snapshot_file: SnapshotFile, cluster: SmallCluster, option: str, hint: str
) -> None:
    failed = failure(cluster, snapshot_file("small"), **{option: "example.org/etcd:3.5.9", "node": "master-0"})
    assert "the image cannot be pulled: example.org/etcd:3.5.9" in str(failed)
    assert hint in failed.hint


def test_an_image_without_a_shell_is_told(snapshot_file: SnapshotFile, cluster: SmallCluster) -> None:
    failed = failure(cluster, snapshot_file("small"), copy_image=ETCD_IMAGE)
    assert 'container receive lacks a program: exec: "sh"' in str(failed)
    assert "--copy-image" in failed.hint


def test_an_image_without_sha256sum_is_told(snapshot_file: SnapshotFile, cluster: SmallCluster) -> None:
    cluster.node.images[SHELL_IMAGE] = {
        name: path for name, path in cluster.node.images[SHELL_IMAGE].items() if name != "sha256sum"
    }
    failed = failure(cluster, snapshot_file("small"))
    assert "sha256sum" in str(failed)
    assert "--copy-image" in failed.hint


def test_a_cluster_that_shows_no_etcd_asks_for_an_image(snapshot_file: SnapshotFile, cluster: SmallCluster) -> None:
    for pod in cluster.server.store.objects("pods"):
        pod["metadata"]["labels"] = {"component": "rke2-etcd"}
    failed = failure(cluster, snapshot_file("small"))
    assert "component=etcd" in str(failed)
    assert "--image" in failed.hint
    with cluster.opened(snapshot_file("small"), image=ETCD_IMAGE) as (direct, source):
        assert source.store.revision == direct.store.revision


def test_a_full_disk_in_the_pod_is_told(snapshot_file: SnapshotFile, cluster: SmallCluster) -> None:
    cluster.node.disk_is_full = True
    assert "the disk in the pod is full" in str(failure(cluster, snapshot_file("small")))


def test_what_arrives_otherwise_than_sent_is_refused(snapshot_file: SnapshotFile, cluster: SmallCluster) -> None:
    cluster.node.corrupts = True
    assert "what arrived in the pod is not what was sent" in str(failure(cluster, snapshot_file("small")))


@pytest.mark.parametrize("closes", ["exec 2>&1", "exec 2>&-", "exec > /dev/null"])
def test_a_command_that_closes_an_output_loses_its_input_as_on_a_node(
    snapshot_file: SnapshotFile, cluster: SmallCluster, monkeypatch: pytest.MonkeyPatch, closes: str
) -> None:
    receiving = upload.receiving
    monkeypatch.setattr(upload, "receiving", lambda size: f"{closes}; {receiving(size)}")
    said = str(failure(cluster, snapshot_file("small")))
    assert "bytes arrived in the pod" in said or "ended before all was sent" in said


def test_a_container_that_would_run_as_root_is_told(
    snapshot_file: SnapshotFile, cluster: SmallCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(manifest, "_USER", 0)
    assert "the container cannot be set up" in str(failure(cluster, snapshot_file("small")))


def test_a_snapshot_that_etcd_refuses_is_left_to_the_direct_reader(
    snapshot_file: SnapshotFile, cluster: SmallCluster, tmp_path: Path
) -> None:
    changed = bytearray(snapshot_file("small").read_bytes())
    changed[-1] ^= 1
    (tmp_path / "changed.db").write_bytes(changed)
    failed = failure(cluster, tmp_path / "changed.db")
    assert "expected sha256" in str(failed)
    assert "direct reader" in failed.hint


def test_a_pod_that_does_not_start_says_why(
    snapshot_file: SnapshotFile, cluster: SmallCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(temporary, "_STARTING", 0.5)
    cluster.node.never_starts = True
    failed = failure(cluster, snapshot_file("small"))
    assert "did not start in 0 seconds" in str(failed)
    assert "0/1 nodes are available." in str(failed)
    assert any("no node takes it: 0/1 nodes are available." in said for said in cluster.said)


def test_a_pod_evicted_during_the_upload_is_told(snapshot_file: SnapshotFile, cluster: SmallCluster) -> None:
    @contextmanager
    def evicting(label: str, _total: int) -> Iterator[Callable[[int], object]]:
        def advance(_step: int) -> None:
            if "sending" in label and cluster.ours():
                cluster.node.evict(cluster.ours()[0])

        yield advance

    direct = open_source(str(snapshot_file("small")), silent)
    with pytest.raises(SourceError, match="Evicted: The node was low on resource"):
        open_in_pod(direct, cluster.options(), evicting)
    direct.close()
    assert cluster.ours() == []


def test_a_pod_evicted_while_it_is_read_is_told(snapshot_file: SnapshotFile, cluster: SmallCluster) -> None:
    with cluster.opened(snapshot_file("small")) as (_, source):
        cluster.node.evict(cluster.ours()[0])
        with pytest.raises(SourceError, match="Evicted: The node was low on resource"):
            list(source.store.keys())


def test_a_pod_that_somebody_deleted_is_told(snapshot_file: SnapshotFile, cluster: SmallCluster) -> None:
    with cluster.opened(snapshot_file("small")) as (_, source):
        with cluster_of(cluster) as asked:
            asked.delete("kube-system", cluster.ours()[0])
        cluster.node.break_forwards()
        with pytest.raises(SourceError, match="the pod is gone"):
            list(source.store.keys())


@contextmanager
def cluster_of(cluster: SmallCluster) -> Iterator[cluster_module.Cluster]:
    found = cluster_module.Cluster(cluster.kubeconfig)
    yield found
    found.close()


def test_a_port_forward_that_breaks_is_told(snapshot_file: SnapshotFile, cluster: SmallCluster) -> None:
    with cluster.opened(snapshot_file("small")) as (_, source):
        cluster.server.fault("GET", "/portforward", 500, reason="InternalError", message="broken pipe", times=99)
        cluster.node.break_forwards()
        with pytest.raises(SourceError, match=r"the port-forward to pod snapinspect-\w+ broke") as failed:
            list(source.store.keys())
        assert failed.value.hint


def test_a_port_forward_that_breaks_once_is_made_again(snapshot_file: SnapshotFile, cluster: SmallCluster) -> None:
    with cluster.opened(snapshot_file("small")) as (direct, source):
        cluster.node.break_forwards()
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            try:
                found = sorted(source.store.keys())
            except SourceError:
                time.sleep(0.1)
            else:
                break
        assert found == sorted(direct.store.keys())


def test_a_carved_snapshot_is_not_for_a_pod(snapshot_file: SnapshotFile, cluster: SmallCluster) -> None:
    carved = open_carved(str(snapshot_file("small")), silent)
    with pytest.raises(UsageError, match="cannot restore") as failed:
        open_in_pod(carved, cluster.options())
    assert "--engine pod" in failed.value.hint
    carved.close()


def test_a_kubeconfig_that_leads_nowhere_is_told(
    snapshot_file: SnapshotFile, cluster: SmallCluster, tmp_path: Path
) -> None:
    direct = open_source(str(snapshot_file("small")), silent)
    (tmp_path / "broken").write_text("clusters: [{]")
    (tmp_path / "empty").write_text("clusters: 3")
    for options in (
        *({"kubeconfig": tmp_path / name} for name in ("none", "broken", "empty")),
        {"kubeconfig": cluster.kubeconfig, "context": "none"},
    ):
        with pytest.raises(SnapinspectError, match="no cluster: "):
            open_in_pod(direct, PodOptions(**options))
    direct.close()


PROGRAM = textwrap.dedent("""
    import signal, sys, time
    from contextlib import closing
    from pathlib import Path
    from snapinspect.model import silent
    from snapinspect.sources import open_source
    from snapinspect.sources.engines.pod import open_in_pod
    from snapinspect.sources.engines.pods.choice import PodOptions

    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    direct = open_source(sys.argv[1], silent)
    with closing(open_in_pod(direct, PodOptions(kubeconfig=Path(sys.argv[2])))):
        print("open", flush=True)
        time.sleep(60)
""")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_killed_run_leaves_no_pod(snapshot_file: SnapshotFile, cluster: SmallCluster, number: signal.Signals) -> None:
    command = [sys.executable, "-c", PROGRAM, str(snapshot_file("small")), str(cluster.kubeconfig)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as run:
        assert run.stdout
        assert run.stdout.readline() == b"open\n"
        assert len(cluster.ours()) == 1
        os.kill(run.pid, number)
        run.wait(10)
    deadline = time.monotonic() + 20
    while cluster.ours() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert cluster.ours() == []

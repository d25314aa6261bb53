"""What stands in the cells of ``get -o wide``: what upstream's printers give of such objects.

The vectors are worked out by hand from kubernetes ``pkg/printers/internalversion/printers.go``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from served_snapshot import TABLE, Served, serving
from vector_pieces import BORN, END
from vectors_cluster import CLUSTER
from vectors_pods import PODS
from vectors_storage import STORAGE
from vectors_traffic import TRAFFIC
from vectors_workloads import WORKLOADS
from written_snapshot import write_snapshot

WITHOUT = {
    ("v1", "ComponentStatus"),
    ("scheduling.k8s.io/v1alpha2", "PodGroup"),
    ("resource.k8s.io/v1alpha3", "ResourcePoolStatusRequest"),
}
"""What is never stored, and kinds of 1.36 alone, of whose printers no source was at hand."""
VECTORS = [*PODS, *WORKLOADS, *TRAFFIC, *STORAGE, *CLUSTER]


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    last = {"kind": "ConfigMap", "metadata": {"name": "last", "namespace": "end", "creationTimestamp": END}}
    objects = []
    for at, (api_version, kind, body, _) in enumerate(VECTORS):
        metadata = {"creationTimestamp": BORN, **body.get("metadata", {}), "name": f"n{at}", "namespace": "default"}
        objects.append({"apiVersion": api_version, "kind": kind, **body, "metadata": metadata})
    objects.append({"apiVersion": "v1", **last})
    folder = tmp_path_factory.mktemp("cells")
    with serving(folder, str(write_snapshot(folder / "snap.db", objects))) as served:
        yield served


def version_of(path: str) -> str:
    return path.rpartition("/")[0].removeprefix("/apis/").removeprefix("/api/")


def test_cells_are_those_of_the_api_server(tables: Served) -> None:
    plurals = {(version_of(path), each["kind"]): path for path, each in tables.listed()}
    found: dict[str, Any] = {}
    for path in {plurals[api_version, kind] for api_version, kind, *_ in VECTORS}:
        body = tables.get(path, accept=TABLE)
        assert all(len(body["columnDefinitions"]) <= len(row["cells"]) for row in body["rows"])
        for row in body["rows"]:
            name = row["object"]["metadata"]["name"]
            found[path, name] = [cell for cell in row["cells"] if cell != name]
    wrong = [
        (at, kind, got, cells)
        for at, (api_version, kind, _, cells) in enumerate(VECTORS)
        if (got := found.get((plurals[api_version, kind], f"n{at}"))) != cells
    ]
    assert wrong == []


def test_every_kind_with_columns_of_its_own_has_a_vector(tables: Served) -> None:
    own = set()
    for path, resource in tables.listed():
        columns = tables.get(f"{path}?limit=1", accept=TABLE)["columnDefinitions"]
        if {column["name"] for column in columns} - {"Name", "Age", "Created At"}:
            own.add((version_of(path), resource["kind"]))
    assert own - {vector[:2] for vector in VECTORS} == WITHOUT


def test_a_pod_that_has_done_its_work_says_so_of_its_row(tables: Served) -> None:
    rows = tables.get("/api/v1/pods?includeObject=Object", accept=TABLE)["rows"]
    told = {row["object"]["status"]["phase"]: row.get("conditions") for row in rows}
    assert told["Running"] is None
    (condition,) = told["Failed"]
    assert (condition["type"], condition["status"], condition["reason"]) == ("Completed", "True", "Failed")


def test_flow_schemas_stand_in_the_order_in_which_they_match(tables: Served) -> None:
    path = "/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas"
    shown = [row["cells"][2] for row in tables.get(path, accept=TABLE)["rows"]]
    assert len(set(shown)) > 1
    assert shown == sorted(shown)


def test_the_default_class_is_marked_in_its_name(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("class")
    annotations = {"storageclass.kubernetes.io/is-default-class": "true"}
    metadata = {"name": "fast", "annotations": annotations, "creationTimestamp": BORN}
    body = {"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": metadata, "provisioner": "p"}
    with serving(folder, str(write_snapshot(folder / "snap.db", [body]))) as served:
        table = served.get("/apis/storage.k8s.io/v1/storageclasses", accept=TABLE)
    assert [row["cells"][0] for row in table["rows"]] == ["fast (default)"]

"""What recovery writes is what an API server of Kubernetes 1.36 takes, as far as its schemas tell."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from openapi import complaints, identity, resources

from snapinspect.snapshot import Recovered, Snapshot, open_snapshot
from snapinspect.snapshot.unlocking import Given

KEYS = Path(__file__).resolve().parents[1] / "fixtures" / "k8s-1.36"


def recovered(path: Path, at: int | None = None) -> list[tuple[Recovered, bool]]:
    """All that recovery brings of a whole cluster, and whether it is a custom resource."""
    configuration = KEYS / f"{path.stem}.enc.yaml"
    given = Given((str(configuration),)) if configuration.exists() else None
    with open_snapshot(str(path), given=given) as snapshot:
        view = snapshot if at is None else snapshot.at(at)
        found = [(one, _is_custom(view, one)) for one in view.recover(view.select(all_namespaces=True))]
        assert view.problems == []
        return found


def _is_custom(view: Snapshot, found: Recovered) -> bool:
    return not view.kind_of(found.object.head).builtin


@pytest.mark.parametrize(
    ("name", "at", "count"),
    [
        ("small", None, 100),
        ("history", None, 100),
        ("history", 1500, 100),
        ("cbor", None, 100),
        ("aescbc", None, 100),
        ("secretbox", None, 100),
    ],
)
def test_all_that_is_recovered_is_valid(
    snapshot_file: Callable[[str], Path], name: str, at: int | None, count: int
) -> None:
    found = recovered(snapshot_file(name), at)
    bodies = [one.cleaned.body for one, custom in found if not custom]
    assert len(bodies) > count
    assert {identity(body) for body in bodies} - resources().keys() == set()
    for body in bodies:
        assert complaints(body) == []


def test_the_schemas_refuse_what_is_wrong() -> None:
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, "spec": {"containers": [{"name": "a"}]}}
    assert complaints(pod) == []
    assert complaints({**pod, "spec": {}}) == [".spec: containers is missing"]
    assert complaints({**pod, "speck": {}}) == [".speck: there is no such field"]
    assert complaints({**pod, "metadata": {"name": 1}}) == [".metadata.name: 1 is no string"]
    assert complaints({**pod, "apiVersion": "v2"}) == ["no schema for ('', 'v2', 'Pod')"]

"""Objects of any shape have cells: a snapshot may be hostile, and one odd object must not spoil a table."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from vectors_cluster import CLUSTER
from vectors_pods import PODS
from vectors_storage import STORAGE
from vectors_traffic import TRAFFIC
from vectors_workloads import WORKLOADS

from snapinspect.kube.kinds import KindTable
from snapinspect.serve.events import event_as
from snapinspect.serve.offered import offered
from snapinspect.serve.printers.table import ORDERS, cells, conditions
from snapinspect.serve.scale import scale_of

RESOURCES = {
    (resource.api_version, resource.kind): resource for resource in offered(KindTable.builtin(), (), ()).values()
}
VECTORS = [*PODS, *WORKLOADS, *TRAFFIC, *STORAGE, *CLUSTER]
ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["name", "type", "x"]), inner, max_size=2)
    ),
    max_leaves=4,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(each for key, item in inside for each in places(item, (*path, key)))]


def replaced(value: Any, path: tuple[Any, ...], other: Any) -> Any:
    if not path:
        return other
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = replaced(value[path[0]], path[1:], other)
    return copy


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_any_object_has_its_cells(data: st.DataObject) -> None:
    api_version, kind, body, _ = data.draw(st.sampled_from(VECTORS))
    whole = {"apiVersion": api_version, "kind": kind, "metadata": {"name": "n"}, "status": {}, "spec": {}, **body}
    path = data.draw(st.sampled_from(places(whole)[1:]))
    odd = replaced(whole, path, data.draw(ODD))
    resource = RESOURCES[api_version, kind]
    if kind == "Event":
        odd = event_as(odd, api_version)
    assert len(cells(resource, odd, 0)) >= len(resource.columns)
    json.dumps([cells(resource, odd, 0), conditions(resource, odd), scale_of(odd, resource)])
    if order := ORDERS.get((resource.group, resource.kind)):
        sorted([whole, odd], key=order)

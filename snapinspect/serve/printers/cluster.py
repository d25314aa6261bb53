"""Nodes, namespaces, leases, events and flow control."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from snapinspect.serve.printers.values import (
    NONE,
    UNKNOWN,
    UNSET,
    age,
    dig,
    first_of,
    given,
    items,
    mapping,
    number,
    since,
    text,
)

if TYPE_CHECKING:
    from snapinspect.model import Body

_ROLE, _OLD_ROLE = "node-role.kubernetes.io/", "kubernetes.io/role"


def node(body: Body, now: int) -> list[Any]:
    info = dig(body, "status", "nodeInfo")
    return [
        _node_state(body),
        _roles(mapping(dig(body, "metadata", "labels"))),
        age(body, now),
        text(info, "kubeletVersion"),
        _address(body, "InternalIP"),
        _address(body, "ExternalIP"),
        text(info, "osImage") or UNKNOWN,
        text(info, "kernelVersion") or UNKNOWN,
        text(info, "containerRuntimeVersion") or UNKNOWN,
    ]


def _node_state(body: Body) -> str:
    ready = [text(each, "status") for each in items(dig(body, "status", "conditions")) if text(each, "type") == "Ready"]
    words = [("Ready" if ready[-1] == "True" else "NotReady") if ready else "Unknown"]
    if dig(body, "spec", "unschedulable"):
        words.append("SchedulingDisabled")
    return ",".join(words)


def _roles(labels: Body) -> str:
    found = {name.removeprefix(_ROLE) for name in labels if name.startswith(_ROLE) and name != _ROLE}
    if labels.get(_OLD_ROLE):
        found.add(str(labels[_OLD_ROLE]))
    return ",".join(sorted(found)) or NONE


def _address(body: Body, kind: str) -> str:
    found = (text(each, "address") for each in items(dig(body, "status", "addresses")) if text(each, "type") == kind)
    return next(found, NONE)


def namespace(body: Body, now: int) -> list[Any]:
    return [text(body, "status", "phase"), age(body, now)]


def lease(body: Body, now: int) -> list[Any]:
    return [text(body, "spec", "holderIdentity"), age(body, now)]


def lease_candidate(body: Body, now: int) -> list[Any]:
    return [*(text(body, "spec", name) for name in ("leaseName", "binaryVersion", "emulationVersion")), age(body, now)]


def storage_version(body: Body, now: int) -> list[Any]:
    status = mapping(body.get("status"))
    servers = [
        f"{text(each, 'apiServerID')}={text(each, 'encodingVersion')}" for each in items(status.get("storageVersions"))
    ]
    return [given(status, "commonEncodingVersion", other=UNSET), first_of(servers) or UNSET, age(body, now)]


def migration(body: Body, _now: int) -> list[Any]:
    resource = f"{text(body, 'spec', 'resource', 'resource')}.{text(body, 'spec', 'resource', 'group')}"
    conditions = [mapping(each) for each in items(dig(body, "status", "conditions"))]
    reached = next((text(each, "type") for each in reversed(conditions) if each.get("status") == "True"), "")
    return [resource, reached]


def component(body: Body, _now: int) -> list[Any]:
    healthy = next(
        (each for each in map(mapping, items(body.get("conditions"))) if each.get("type") == "Healthy"), None
    )
    if healthy is None:
        return ["Unknown", "", ""]
    word = "Healthy" if healthy.get("status") == "True" else "Unhealthy"
    return [word, text(healthy, "message"), text(healthy, "error")]


def runtime_class(body: Body, now: int) -> list[Any]:
    return [text(body, "handler"), age(body, now)]


def event(body: Body, now: int) -> list[Any]:
    """An event of either version; its name stands last."""
    about = mapping(body.get("involvedObject") or body.get("regarding"))
    source = mapping(body.get("source") or body.get("deprecatedSource"))
    first = body.get("firstTimestamp") or body.get("deprecatedFirstTimestamp") or body.get("eventTime")
    last = body.get("lastTimestamp") or body.get("deprecatedLastTimestamp") or first
    count = number(body, "count") or number(body, "deprecatedCount") or 1
    series = mapping(body.get("series"))
    if series:
        last, count = series.get("lastObservedTime"), number(series, "count")
    reporter = text(source, "component") or text(body, "reportingComponent") or text(body, "reportingController")
    where = text(source, "host") or text(body, "reportingInstance")
    return [
        since(last, now),
        text(body, "type"),
        text(body, "reason"),
        text(about, "kind").lower() + (f"/{text(about, 'name')}" if about.get("name") else ""),
        text(about, "fieldPath"),
        f"{reporter}, {where}" if where else reporter,
        (text(body, "message") or text(body, "note")).strip(),
        since(first, now),
        count,
        text(body, "metadata", "name"),
    ]


def flow_schema(body: Body, now: int) -> list[Any]:
    spec = mapping(body.get("spec"))
    dangling = next(
        (text(each, "status") for each in items(dig(body, "status", "conditions")) if text(each, "type") == "Dangling"),
        "?",
    )
    return [
        text(spec, "priorityLevelConfiguration", "name"),
        number(spec, "matchingPrecedence"),
        text(spec, "distinguisherMethod", "type") or NONE,
        age(body, now),
        dangling,
    ]


def precedence(body: Body) -> tuple[int, str]:
    """Where a FlowSchema stands in a list: the one that is matched first is the first."""
    return number(body, "spec", "matchingPrecedence"), text(body, "metadata", "name")


def priority_level(body: Body, now: int) -> list[Any]:
    spec = mapping(body.get("spec"))
    limited = mapping(spec.get("limited"))
    queuing = mapping(dig(limited, "limitResponse", "queuing"))
    shares = limited.get("nominalConcurrencyShares")
    queues = [queuing.get(name, NONE) for name in ("queues", "handSize", "queueLengthLimit")]
    return [text(spec, "type"), NONE if shares is None else shares, *queues, age(body, now)]


_FLOW = "flowcontrol.apiserver.k8s.io"
PRINTERS = {
    ("", "Node"): node,
    ("", "Namespace"): namespace,
    ("coordination.k8s.io", "Lease"): lease,
    ("", "ComponentStatus"): component,
    ("coordination.k8s.io", "LeaseCandidate"): lease_candidate,
    ("internal.apiserver.k8s.io", "StorageVersion"): storage_version,
    ("storagemigration.k8s.io", "StorageVersionMigration"): migration,
    ("node.k8s.io", "RuntimeClass"): runtime_class,
    (_FLOW, "FlowSchema"): flow_schema,
    (_FLOW, "PriorityLevelConfiguration"): priority_level,
}

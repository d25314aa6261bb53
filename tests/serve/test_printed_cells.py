"""What stands in the cells of ``get -o wide``: what upstream's printers give of such objects.

The vectors are worked out by hand from kubernetes ``pkg/printers/internalversion/printers.go``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from served_snapshot import Served, serving
from written_snapshot import write_snapshot

TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"
AGE = "60m"
BORN, END = "2026-03-01T10:00:00Z", "2026-03-01T11:00:00Z"
TRUE = "True"


def template(*names: str) -> dict[str, Any]:
    return {"spec": {"containers": [{"name": name, "image": f"{name}:1"} for name in names]}}


def container(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "image": name, "imageID": "", **more}


def ended(code: int = 0, **more: Any) -> dict[str, Any]:
    return {"terminated": {"exitCode": code, **more}}


RUNNING = {"running": {"startedAt": BORN}}
READY = {"type": "Ready", "status": TRUE}
INITIALIZED = {"type": "Initialized", "status": TRUE}
GONE = {"deletionTimestamp": END}
SIDE = {"initContainers": [{"name": "side", "restartPolicy": "Always"}, {"name": "once"}]}


def pod(cells: tuple[Any, ...], status: dict[str, Any], spec: dict[str, Any] | None = None, **metadata: Any) -> Any:
    containers = {"containers": [{"name": "a"}, {"name": "b"}]}
    body = {"spec": {**containers, **(spec or {})}, "status": {"phase": "Running", **status}, "metadata": metadata}
    ready, word, restarts, *wide = cells
    return "v1", "Pod", body, [ready, word, restarts, AGE, *(wide or ["<none>"] * 4)]


PODS = [
    pod(("0/2", "Running", "0"), {}),
    pod(("0/2", "Pending", "0"), {"phase": "Pending"}),
    pod(("0/2", "Evicted", "0"), {"phase": "Failed", "reason": "Evicted"}),
    pod(
        ("2/2", "Running", "9"),
        {
            "containerStatuses": [
                container(name, ready=True, restartCount=count, state=RUNNING) for name, count in (("a", 4), ("b", 5))
            ]
        },
    ),
    pod(
        ("1/2", "CrashLoopBackOff", "3 (10m ago)"),
        {
            "containerStatuses": [
                container(
                    "a",
                    restartCount=3,
                    state={"waiting": {"reason": "CrashLoopBackOff"}},
                    lastState=ended(1, finishedAt="2026-03-01T10:50:00Z"),
                ),
                container("b", ready=True, state=RUNNING),
            ]
        },
    ),
    pod(("0/2", "ExitCode:3", "0"), {"containerStatuses": [container("a", state=ended(3))]}),
    pod(("0/2", "Signal:9", "0"), {"containerStatuses": [container("a", state=ended(137, signal=9))]}),
    pod(
        ("1/2", "Running", "0"),
        {
            "conditions": [READY],
            "containerStatuses": [
                container("a", ready=True, state=RUNNING),
                container("b", state=ended(reason="Completed")),
            ],
        },
    ),
    pod(
        ("1/2", "NotReady", "0"),
        {
            "containerStatuses": [
                container("a", ready=True, state=RUNNING),
                container("b", state=ended(reason="Completed")),
            ]
        },
    ),
    pod(("0/2", "Terminating", "0"), {}, **GONE),
    pod(("0/2", "Succeeded", "0"), {"phase": "Succeeded"}, **GONE),
    pod(("0/2", "Unknown", "0"), {"reason": "NodeLost"}, **GONE),
    pod(
        ("0/2", "Init:1/2", "0"),
        {"initContainerStatuses": [container("x", state=ended()), container("y", state=RUNNING)]},
        {"initContainers": [{"name": "x"}, {"name": "y"}]},
    ),
    pod(
        ("0/2", "Init:ErrImagePull", "0"),
        {"initContainerStatuses": [container("x", state={"waiting": {"reason": "ErrImagePull"}})]},
        {"initContainers": [{"name": "x"}]},
    ),
    pod(
        ("0/2", "Init:Error", "2"),
        {"initContainerStatuses": [container("x", restartCount=2, state=ended(1, reason="Error"))]},
        {"initContainers": [{"name": "x"}]},
    ),
    pod(
        ("1/3", "Init:1/2", "1"),
        {
            "initContainerStatuses": [
                container("side", ready=True, started=True, restartCount=1, state=RUNNING),
                container("once", state=RUNNING),
            ]
        },
        SIDE,
    ),
    pod(
        ("2/3", "Running", "4"),
        {
            "conditions": [INITIALIZED],
            "initContainerStatuses": [
                container("side", ready=True, started=True, restartCount=3, state=RUNNING),
                container("once", restartCount=7, state=ended()),
            ],
            "containerStatuses": [container("a", ready=True, restartCount=1, state=RUNNING)],
        },
        SIDE,
    ),
    pod(
        ("0/2", "SchedulingGated", "0"),
        {"phase": "Pending", "conditions": [{"type": "PodScheduled", "status": "False", "reason": "SchedulingGated"}]},
    ),
    pod(
        ("0/2", "Running", "0", "10.1.1.1", "n1", "n2", "1/2"),
        {
            "podIP": "10.1.1.1",
            "podIPs": [{"ip": "10.1.1.1"}, {"ip": "fd00::1"}],
            "nominatedNodeName": "n2",
            "conditions": [{"type": "x/one", "status": TRUE}, {"type": "x/two", "status": "False"}],
        },
        {"nodeName": "n1", "readinessGates": [{"conditionType": "x/one"}, {"conditionType": "x/two"}]},
    ),
]

CHOSEN = {
    "matchLabels": {"z": "1"},
    "matchExpressions": [
        {"key": "a", "operator": "In", "values": ["y", "x"]},
        {"key": "b", "operator": "DoesNotExist"},
    ],
}
CHOSEN_TEXT = "a in (x,y),!b,z=1"


def balanced(*addresses: dict[str, str]) -> dict[str, Any]:
    return {"loadBalancer": {"ingress": list(addresses)}}


def metric(kind: str, field: str, target: dict[str, Any], **named: Any) -> dict[str, Any]:
    return {"type": kind, field: {**named, "target": target}}


def scaled(targets: str, metrics: list[Any], current: list[Any] | None = None) -> Any:
    spec = {"scaleTargetRef": {"kind": "Deployment", "name": "web"}, "minReplicas": 2, "maxReplicas": 9}
    body = {"spec": {**spec, "metrics": metrics}, "status": {"currentReplicas": 4, "currentMetrics": current or []}}
    return "autoscaling/v2", "HorizontalPodAutoscaler", body, ["Deployment/web", targets, "2", 9, 4, AGE]


CPU = metric("Resource", "resource", {"averageUtilization": 80}, name="cpu")
QUEUE = metric("External", "external", {"averageValue": "50"}, metric={"name": "q"})
HITS = metric("Pods", "pods", {"averageValue": "100"}, metric={"name": "hits"})
OBJECT = metric("Object", "object", {"value": "7"}, metric={"name": "o"})
WORKLOADS: list[Any] = [
    (
        "apps/v1",
        "Deployment",
        {
            "spec": {"replicas": 5, "template": template("a", "b"), "selector": {"matchLabels": {"app": "x"}}},
            "status": {"replicas": 9, "updatedReplicas": 2, "availableReplicas": 1, "readyReplicas": 3},
        },
        ["3/5", 2, 1, AGE, "a,b", "a:1,b:1", "app=x"],
    ),
    (
        "apps/v1",
        "ReplicaSet",
        {"spec": {"replicas": 3, "template": template("a"), "selector": CHOSEN}, "status": {"replicas": 2}},
        [3, 2, 0, AGE, "a", "a:1", CHOSEN_TEXT],
    ),
    (
        "apps/v1",
        "StatefulSet",
        {"spec": {"replicas": 3, "template": template("a")}, "status": {"readyReplicas": 1}},
        ["1/3", AGE, "a", "a:1"],
    ),
    (
        "apps/v1",
        "DaemonSet",
        {
            "spec": {"template": template("a"), "selector": {"matchLabels": {"d": "1"}}},
            "status": {
                "desiredNumberScheduled": 5,
                "currentNumberScheduled": 4,
                "numberReady": 3,
                "updatedNumberScheduled": 2,
                "numberAvailable": 1,
            },
        },
        [5, 4, 3, 2, 1, "<none>", AGE, "a", "a:1", "d=1"],
    ),
    (
        "apps/v1",
        "ControllerRevision",
        {
            "revision": 7,
            "metadata": {
                "ownerReferences": [
                    {"apiVersion": "apps/v1", "kind": "DaemonSet", "name": "d", "uid": "u", "controller": True}
                ]
            },
        },
        ["daemonset.apps/d", 7, AGE],
    ),
    (
        "v1",
        "ReplicationController",
        {"spec": {"replicas": 2, "selector": {"b": "2", "a": "1"}, "template": template("c")}, "status": {}},
        [2, 0, 0, AGE, "c", "c:1", "a=1,b=2"],
    ),
    (
        "batch/v1",
        "Job",
        {
            "spec": {"completions": 4, "template": template("j"), "selector": {"matchLabels": {"j": "1"}}},
            "status": {"succeeded": 1, "startTime": BORN, "completionTime": "2026-03-01T10:00:44Z"},
        },
        ["Running", "1/4", "44s", AGE, "j", "j:1", "j=1"],
    ),
    (
        "batch/v1",
        "Job",
        {
            "spec": {"parallelism": 3, "template": template("j")},
            "status": {"startTime": BORN, "conditions": [{"type": "Failed", "status": TRUE}]},
        },
        ["Failed", "0/1 of 3", AGE, AGE, "j", "j:1", "<none>"],
    ),
    (
        "batch/v1",
        "CronJob",
        {
            "spec": {"schedule": "0 5 * * ?", "jobTemplate": {"spec": {"template": template("c")}}},
            "status": {"active": [{"name": "x"}], "lastScheduleTime": "2026-03-01T10:58:00Z"},
        },
        ["0 5 * * ?", "<none>", "<unset>", 1, "2m", AGE, "c", "c:1", "<none>"],
    ),
    (
        "batch/v1",
        "CronJob",
        {"spec": {"schedule": "@daily", "timeZone": "Asia/Tokyo", "suspend": True, "jobTemplate": {}}},
        ["@daily", "Asia/Tokyo", TRUE, 0, "<none>", AGE, "", "", "<none>"],
    ),
    scaled("<none>", []),
    scaled("cpu: <unknown>/80%", [CPU]),
    scaled("cpu: 50%/80%", [CPU], [{"type": "Resource", "resource": {"current": {"averageUtilization": 50}}}]),
    scaled("<unknown>/50 (avg), cpu: <unknown>/80%", [QUEUE, CPU]),
    scaled("30/100", [HITS], [{"type": "Pods", "pods": {"current": {"averageValue": "30"}}}]),
    scaled(
        "3/7, <unknown>/100 + 1 more...",
        [OBJECT, HITS, CPU],
        [{"type": "Object", "object": {"current": {"value": "3"}}}],
    ),
    (
        "policy/v1",
        "PodDisruptionBudget",
        {"spec": {"minAvailable": "20%"}, "status": {"disruptionsAllowed": 3}},
        ["20%", "N/A", 3, AGE],
    ),
    ("policy/v1", "PodDisruptionBudget", {"spec": {"maxUnavailable": 2}}, ["N/A", "2", 0, AGE]),
]

SERVICE = {"clusterIP": "10.9.8.7", "clusterIPs": ["10.9.8.7"], "ports": [{"port": 53, "protocol": "UDP"}]}
HOSTS = [{"host": host} for host in ("a.io", "b.io", "c.io", "d.io", "e.io")]
TRAFFIC: list[Any] = [
    (
        "v1",
        "Service",
        {"spec": {**SERVICE, "type": "ClusterIP", "selector": {"foo": "bar"}}},
        ["ClusterIP", "10.9.8.7", "<none>", "53/UDP", AGE, "foo=bar"],
    ),
    (
        "v1",
        "Service",
        {"spec": {**SERVICE, "type": "NodePort", "ports": [{"port": 80, "nodePort": 30080, "protocol": "TCP"}]}},
        ["NodePort", "10.9.8.7", "<none>", "80:30080/TCP", AGE, "<none>"],
    ),
    (
        "v1",
        "Service",
        {"spec": {**SERVICE, "type": "LoadBalancer"}},
        ["LoadBalancer", "10.9.8.7", "<pending>", "53/UDP", AGE, "<none>"],
    ),
    (
        "v1",
        "Service",
        {
            "spec": {**SERVICE, "type": "LoadBalancer", "externalIPs": ["9.9.9.9"]},
            "status": balanced({"ip": "2.2.2.2"}, {"hostname": "lb"}),
        },
        ["LoadBalancer", "10.9.8.7", "2.2.2.2,lb,9.9.9.9", "53/UDP", AGE, "<none>"],
    ),
    (
        "v1",
        "Service",
        {"spec": {"type": "ExternalName", "externalName": "db.example"}},
        ["ExternalName", "<none>", "db.example", "<none>", AGE, "<none>"],
    ),
    (
        "networking.k8s.io/v1",
        "Ingress",
        {"spec": {"rules": HOSTS, "tls": [{}], "ingressClassName": "nginx"}, "status": balanced({"ip": "1.2.3.4"})},
        ["nginx", "a.io,b.io,c.io + 2 more...", "1.2.3.4", "80, 443", AGE],
    ),
    ("networking.k8s.io/v1", "Ingress", {"spec": {"rules": [{}]}}, ["<none>", "*", "", "80", AGE]),
    (
        "networking.k8s.io/v1",
        "IngressClass",
        {"spec": {"controller": "x.io/c", "parameters": {"kind": "P", "apiGroup": "x.io", "name": "p"}}},
        ["x.io/c", "P.x.io/p", AGE],
    ),
    ("networking.k8s.io/v1", "IngressClass", {"spec": {"controller": "x.io/c"}}, ["x.io/c", "<none>", AGE]),
    ("networking.k8s.io/v1", "NetworkPolicy", {"spec": {"podSelector": CHOSEN}}, [CHOSEN_TEXT, AGE]),
    ("networking.k8s.io/v1", "NetworkPolicy", {"spec": {"podSelector": {}}}, ["<none>", AGE]),
    (
        "networking.k8s.io/v1",
        "ServiceCIDR",
        {"spec": {"cidrs": ["10.0.0.0/8", "fd00::/64"]}},
        ["10.0.0.0/8,fd00::/64", AGE],
    ),
    (
        "networking.k8s.io/v1",
        "IPAddress",
        {"spec": {"parentRef": {"group": "G", "resource": "res", "namespace": "ns", "name": "n"}}},
        ["res.g/ns/n", AGE],
    ),
    (
        "v1",
        "Endpoints",
        {"subsets": [{"addresses": [{"ip": "1.1.1.1"}, {"ip": "fd00::1"}], "ports": [{"port": 80}, {"port": 81}]}]},
        ["1.1.1.1:80,[fd00::1]:80,1.1.1.1:81 + 1 more...", AGE],
    ),
    ("v1", "Endpoints", {}, ["<none>", AGE]),
    ("v1", "Endpoints", {"subsets": [{"notReadyAddresses": [{"ip": "1.1.1.1"}]}]}, ["", AGE]),
    (
        "discovery.k8s.io/v1",
        "EndpointSlice",
        {
            "addressType": "IPv4",
            "ports": [{"port": 80}, {"name": "https"}, {"port": 82}, {"port": 83}],
            "endpoints": [{"addresses": ["1.1.1.1", "2.2.2.2"]}],
        },
        ["IPv4", "80,https,82 + 1 more...", "1.1.1.1,2.2.2.2", AGE],
    ),
    ("discovery.k8s.io/v1", "EndpointSlice", {"addressType": "IPv6"}, ["IPv6", "<unset>", "<unset>", AGE]),
]

BOUND = {"capacity": {"storage": "4Gi"}, "accessModes": ["ReadWriteMany", "ReadWriteOnce"], "phase": "Bound"}
STORAGE: list[Any] = [
    (
        "v1",
        "PersistentVolumeClaim",
        {"spec": {"volumeName": "v", "volumeMode": "Block", "storageClassName": "s"}, "status": BOUND},
        ["Bound", "v", "4Gi", "RWO,RWX", "s", "<unset>", AGE, "Block"],
    ),
    (
        "v1",
        "PersistentVolumeClaim",
        {"spec": {}, "status": {"phase": "Pending"}, "metadata": GONE},
        ["Terminating", "", "", "", "", "<unset>", AGE, "<unset>"],
    ),
    (
        "v1",
        "PersistentVolume",
        {
            "spec": {
                "capacity": {"storage": "4Gi"},
                "accessModes": ["ReadOnlyMany"],
                "claimRef": {"namespace": "n", "name": "c"},
                "persistentVolumeReclaimPolicy": "Retain",
            },
            "status": {"phase": "Released", "reason": "why"},
        },
        ["4Gi", "ROX", "Retain", "Released", "n/c", "", "<unset>", "why", AGE, "<unset>"],
    ),
    ("storage.k8s.io/v1", "StorageClass", {"provisioner": "p"}, ["p", "Delete", "Immediate", False, AGE]),
    (
        "storage.k8s.io/v1",
        "VolumeAttachment",
        {
            "spec": {"attacher": "a", "nodeName": "n", "source": {"persistentVolumeName": "v"}},
            "status": {"attached": True},
        },
        ["a", "v", "n", True, AGE],
    ),
    ("storage.k8s.io/v1", "CSINode", {"spec": {"drivers": [{"name": "a"}, {"name": "b"}]}}, [2, AGE]),
    ("storage.k8s.io/v1", "CSIDriver", {"spec": {}}, [True, False, False, "<unset>", False, "<none>", AGE]),
    (
        "storage.k8s.io/v1",
        "CSIDriver",
        {
            "spec": {
                "attachRequired": False,
                "podInfoOnMount": True,
                "tokenRequests": [{"audience": "a"}, {"audience": "b"}],
                "volumeLifecycleModes": ["Persistent", "Ephemeral"],
            }
        },
        [False, True, False, "a,b", False, "Persistent,Ephemeral", AGE],
    ),
    ("storage.k8s.io/v1", "VolumeAttributesClass", {"driverName": "fake"}, ["fake", AGE]),
    ("storage.k8s.io/v1", "CSIStorageCapacity", {"storageClassName": "s"}, [BORN]),
]

FLOW = "flowcontrol.apiserver.k8s.io/v1"
RBAC = "rbac.authorization.k8s.io/v1"
CERTIFICATES = "certificates.k8s.io/v1"
SUBJECTS = [
    {"kind": "User", "name": "u1"},
    {"kind": "User", "name": "u2"},
    {"kind": "Group", "name": "g"},
    {"kind": "ServiceAccount", "namespace": "n", "name": "s"},
]
ROLE = {"kind": "Role", "name": "r"}
ADMISSION = "admissionregistration.k8s.io/v1"
CLUSTER: list[Any] = [
    (
        "v1",
        "Node",
        {
            "spec": {"unschedulable": True},
            "status": {
                "conditions": [READY],
                "addresses": [{"type": "ExternalIP", "address": "8.8.8.8"}],
                "nodeInfo": {"kubeletVersion": "v1.36.0", "osImage": "Linux"},
            },
            "metadata": {"labels": {"node-role.kubernetes.io/control-plane": "", "kubernetes.io/role": "build"}},
        },
        ["Ready,SchedulingDisabled", "build,control-plane", AGE, "v1.36.0", "<none>", "8.8.8.8", "Linux"]
        + ["<unknown>"] * 2,
    ),
    (
        "v1",
        "Node",
        {"status": {"conditions": [{"type": "Ready", "status": "Unknown"}]}},
        ["NotReady", "<none>", AGE, "", "<none>", "<none>"] + ["<unknown>"] * 3,
    ),
    ("v1", "Namespace", {"status": {"phase": "Active"}}, ["Active", AGE]),
    ("v1", "ConfigMap", {"data": {"a": "1"}, "binaryData": {"b": "AA=="}}, [2, AGE]),
    ("v1", "Secret", {"type": "Opaque", "data": {"a": "AA=="}}, ["Opaque", 1, AGE]),
    (
        "v1",
        "ResourceQuota",
        {
            "status": {
                "hard": {"pods": "5", "limits.cpu": "2", "limitsnot": "1"},
                "used": {"pods": "2", "limits.cpu": "1"},
            }
        },
        ["limitsnot: 0/1, pods: 2/5", "limits.cpu: 1/2", AGE],
    ),
    ("v1", "PodTemplate", {"template": {**template("a"), "metadata": {"labels": {"l": "1"}}}}, ["a", "a:1", "l=1"]),
    ("v1", "ServiceAccount", {}, [AGE]),
    ("v1", "LimitRange", {}, [BORN]),
    (RBAC, "Role", {}, [BORN]),
    (RBAC, "RoleBinding", {"roleRef": ROLE, "subjects": SUBJECTS}, ["Role/r", AGE, "u1, u2", "g", "n/s"]),
    (RBAC, "ClusterRoleBinding", {"roleRef": ROLE}, ["Role/r", AGE, "", "", ""]),
    (
        CERTIFICATES,
        "CertificateSigningRequest",
        {
            "spec": {"signerName": "x.io/s", "username": "u", "expirationSeconds": 3600},
            "status": {"conditions": [{"type": "Approved"}], "certificate": "AA=="},
        },
        [AGE, "x.io/s", "u", "60m", "Approved,Issued"],
    ),
    (
        CERTIFICATES,
        "CertificateSigningRequest",
        {"spec": {"username": "u"}, "status": {"conditions": [{"type": "Denied"}, {"type": "Failed"}]}},
        [AGE, "<none>", "u", "<none>", "Denied,Failed"],
    ),
    ("coordination.k8s.io/v1", "Lease", {"spec": {"holderIdentity": "me"}}, ["me", AGE]),
    (
        "coordination.k8s.io/v1beta1",
        "LeaseCandidate",
        {"spec": {"leaseName": "l", "binaryVersion": "1.36", "emulationVersion": "1.35"}},
        ["l", "1.36", "1.35", AGE],
    ),
    ("node.k8s.io/v1", "RuntimeClass", {"handler": "runc"}, ["runc", AGE]),
    ("scheduling.k8s.io/v1", "PriorityClass", {"value": 7, "globalDefault": True}, [7, True, AGE, ""]),
    (
        FLOW,
        "FlowSchema",
        {
            "spec": {
                "priorityLevelConfiguration": {"name": "p"},
                "matchingPrecedence": 55,
                "distinguisherMethod": {"type": "ByUser"},
            },
            "status": {"conditions": [{"type": "Dangling", "status": "False"}]},
        },
        ["p", 55, "ByUser", AGE, "False"],
    ),
    (
        FLOW,
        "PriorityLevelConfiguration",
        {
            "spec": {
                "type": "Limited",
                "limited": {
                    "nominalConcurrencyShares": 47,
                    "limitResponse": {"queuing": {"queues": 8, "handSize": 3, "queueLengthLimit": 4}},
                },
            }
        },
        ["Limited", 47, 8, 3, 4, AGE],
    ),
    (FLOW, "PriorityLevelConfiguration", {"spec": {"type": "Exempt"}}, ["Exempt", *["<none>"] * 4, AGE]),
    (ADMISSION, "ValidatingWebhookConfiguration", {"webhooks": [{}, {}]}, [2, AGE]),
    (
        ADMISSION,
        "ValidatingAdmissionPolicy",
        {"spec": {"paramKind": {"apiVersion": "x.io/v1", "kind": "P"}, "validations": [{}]}},
        [1, "x.io/v1/P", AGE],
    ),
    (
        ADMISSION,
        "ValidatingAdmissionPolicyBinding",
        {"spec": {"policyName": "p", "paramRef": {"name": "q"}}},
        ["p", "*/q", AGE],
    ),
    (
        ADMISSION,
        "ValidatingAdmissionPolicyBinding",
        {"spec": {"policyName": "p", "paramRef": {"name": "q", "namespace": "n"}}},
        ["p", "n/q", AGE],
    ),
    (ADMISSION, "MutatingAdmissionPolicy", {"spec": {"mutations": [{}, {}]}}, [2, "<unset>", AGE]),
    ("resource.k8s.io/v1", "ResourceClaim", {}, ["pending", AGE]),
    (
        "resource.k8s.io/v1",
        "ResourceClaim",
        {"status": {"allocation": {"x": 1}, "reservedFor": [{}]}, "metadata": GONE},
        ["deleted,allocated,reserved", AGE],
    ),
    (
        "resource.k8s.io/v1",
        "ResourceSlice",
        {"spec": {"nodeName": "n", "driver": "d", "pool": {"name": "p"}}},
        ["n", "d", "p", AGE],
    ),
    ("resource.k8s.io/v1", "DeviceClass", {}, [AGE]),
    (
        "internal.apiserver.k8s.io/v1alpha1",
        "StorageVersion",
        {"status": {"storageVersions": [{"apiServerID": str(at), "encodingVersion": "v1"} for at in range(5)]}},
        ["<unset>", "0=v1,1=v1,2=v1 + 2 more...", AGE],
    ),
]
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


def test_cells_are_those_of_the_api_server(tables: Served) -> None:
    plurals = {}
    for api_version in sorted({vector[0] for vector in VECTORS}):
        place = f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"
        for each in tables.get(place)["resources"]:
            plurals[api_version, each["kind"]] = f"{place}/{each['name']}"
    found: dict[str, Any] = {}
    for path in {plurals[api_version, kind] for api_version, kind, *_ in VECTORS}:
        body = tables.get(path, accept=TABLE)
        assert all(len(body["columnDefinitions"]) <= len(row["cells"]) for row in body["rows"])
        found |= {row["cells"][0]: row["cells"][1:] for row in body["rows"]}
    wrong = [
        (at, kind, found.get(f"n{at}"), cells)
        for at, (_, kind, _, cells) in enumerate(VECTORS)
        if found.get(f"n{at}") != cells
    ]
    assert wrong == []


def test_the_default_class_is_marked_in_its_name(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("class")
    annotations = {"storageclass.kubernetes.io/is-default-class": "true"}
    metadata = {"name": "fast", "annotations": annotations, "creationTimestamp": BORN}
    body = {"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": metadata, "provisioner": "p"}
    with serving(folder, str(write_snapshot(folder / "snap.db", [body]))) as served:
        table = served.get("/apis/storage.k8s.io/v1/storageclasses", accept=TABLE)
    assert [row["cells"][0] for row in table["rows"]] == ["fast (default)"]

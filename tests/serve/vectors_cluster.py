"""Nodes, access, admission, devices and flow control, with their cells."""

from __future__ import annotations

from typing import Any

from vector_pieces import AGE, BORN, CHOSEN, GONE, READY, template

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
REQUEST = {"podName": "p", "serviceAccountName": "sa", "nodeName": "n"}
CHOSEN_IN_GO = (
    "&LabelSelector{MatchLabels:map[string]string{z: 1,},MatchExpressions:[]LabelSelectorRequirement{"
    "LabelSelectorRequirement{Key:a,Operator:In,Values:[y x],},"
    "LabelSelectorRequirement{Key:b,Operator:DoesNotExist,Values:[],},},}"
)
LATER = "2026-03-01T10:30:00Z"
EVENTS: list[Any] = [
    (
        {
            "involvedObject": {"kind": "Pod", "name": "p", "fieldPath": "spec.containers{c}"},
            "type": "Normal",
            "reason": "Pulled",
            "message": " m \n",
            "count": 7,
            "source": {"component": "kubelet", "host": "n"},
            "firstTimestamp": BORN,
            "lastTimestamp": LATER,
        },
        {
            "regarding": {"kind": "Pod", "name": "p", "fieldPath": "spec.containers{c}"},
            "type": "Normal",
            "reason": "Pulled",
            "note": " m \n",
            "deprecatedCount": 7,
            "deprecatedSource": {"component": "kubelet", "host": "n"},
            "deprecatedFirstTimestamp": BORN,
            "deprecatedLastTimestamp": LATER,
        },
        ["30m", "Normal", "Pulled", "pod/p", "spec.containers{c}", "kubelet, n", "m", AGE, 7],
    ),
    (
        {
            "involvedObject": {"kind": "Node"},
            "type": "Warning",
            "reason": "R",
            "message": "m",
            "eventTime": "2026-03-01T10:00:00.000000Z",
            "reportingComponent": "s",
            "reportingInstance": "s-1",
        },
        {
            "regarding": {"kind": "Node"},
            "type": "Warning",
            "reason": "R",
            "note": "m",
            "eventTime": "2026-03-01T10:00:00.000000Z",
            "reportingController": "s",
            "reportingInstance": "s-1",
        },
        [AGE, "Warning", "R", "node", "", "s, s-1", "m", AGE, 1],
    ),
    (
        {"involvedObject": {"kind": "Pod", "name": "p"}, "series": {"count": 4, "lastObservedTime": LATER}},
        {"regarding": {"kind": "Pod", "name": "p"}, "series": {"count": 4, "lastObservedTime": LATER}},
        ["30m", "", "", "pod/p", "", "", "", "<unknown>", 4],
    ),
]
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
    (FLOW, "FlowSchema", {"spec": {"matchingPrecedence": 7}}, ["", 7, "<none>", AGE, "?"]),
    (ADMISSION, "MutatingWebhookConfiguration", {"webhooks": [{}, {}]}, [2, AGE]),
    (
        ADMISSION,
        "MutatingAdmissionPolicyBinding",
        {"spec": {"policyName": "p", "paramRef": {"selector": CHOSEN}}},
        ["p", CHOSEN_IN_GO, AGE],
    ),
    *(
        (f"certificates.k8s.io/{version}", "ClusterTrustBundle", {"spec": {"signerName": signer}}, [signer or "<none>"])
        for version in ("v1alpha1", "v1beta1")
        for signer in ("", "s.io/s")
    ),
    *(
        (
            "certificates.k8s.io/v1beta1",
            "PodCertificateRequest",
            {"spec": {**REQUEST, "signerName": "s"}, "status": {"conditions": conditions}},
            ["p", "sa", "n", "s", state, "<none>"],
        )
        for conditions, state in (
            ([], "Pending"),
            ([{"type": "Denied", "status": "True"}], "Denied"),
            ([{"type": "Failed", "status": "True"}, {"type": "Other", "status": "True"}], "Failed"),
        )
    ),
    *(
        (f"resource.k8s.io/{version}", "DeviceTaintRule", {"spec": {"taint": taint}}, [*cells, AGE])
        for version in ("v1alpha3", "v1beta2")
        for taint, cells in (
            ({"key": "k", "value": "v", "effect": "NoExecute", "timeAdded": BORN}, ["k", "v", "NoExecute", AGE]),
            ({"key": "k", "effect": "None"}, ["k", "", "None", ""]),
        )
    ),
    (
        "storagemigration.k8s.io/v1beta1",
        "StorageVersionMigration",
        {"spec": {"resource": {"group": "apps", "resource": "deployments"}}},
        ["deployments.apps", ""],
    ),
    (
        "coordination.k8s.io/v1alpha2",
        "LeaseCandidate",
        {"spec": {"leaseName": "l", "binaryVersion": "1.36.0", "emulationVersion": "1.35.0"}},
        ["l", "1.36.0", "1.35.0", AGE],
    ),
    *(
        ("apiregistration.k8s.io/v1", "APIService", body, [*cells, AGE])
        for body, cells in (
            ({"spec": {}, "status": {"conditions": [{"type": "Available", "status": "True"}]}}, ["Local", "True"]),
            ({"spec": {"service": {"namespace": "n", "name": "s"}}}, ["n/s", "Unknown"]),
            (
                {"status": {"conditions": [{"type": "Available", "status": "False", "reason": "Missing"}]}},
                ["Local", "False (Missing)"],
            ),
        )
    ),
    *(
        (api_version, "Event", body, cells)
        for old, new, cells in EVENTS
        for api_version, body in (("v1", old), ("events.k8s.io/v1", new))
    ),
]

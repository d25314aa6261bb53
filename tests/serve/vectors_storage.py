"""Volumes and their classes, with their cells."""

from __future__ import annotations

from typing import Any

from vector_pieces import AGE, BORN, GONE

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

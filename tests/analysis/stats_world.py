"""Objects that the tests of ``stats`` write to a real etcd, stored as JSON, and a record of what was written."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from real_etcd import RealEtcd


def body(kind: str, name: str, namespace: str = "shop", **more: Any) -> dict[str, Any]:
    metadata = {"name": name, "namespace": namespace, "uid": f"u-{name}", **more.pop("metadata", {})}
    return {"kind": kind, "apiVersion": "v1", "metadata": metadata, **more}


def helm(name: str, number: int, status: str, namespace: str = "shop", size: int = 500) -> dict[str, Any]:
    labels = {"name": name, "owner": "helm", "status": status, "version": str(number)}
    named = f"sh.helm.release.v1.{name}.v{number}"
    secret = {"type": "helm.sh/release.v1", "data": {"release": "A" * size}}
    return body("Secret", named, namespace, metadata={"labels": labels}, **secret)


def tiller(name: str, number: int, status: str) -> dict[str, Any]:
    labels = {"NAME": name, "OWNER": "TILLER", "STATUS": status, "VERSION": str(number)}
    return body(
        "ConfigMap", f"{name}.v{number}", "kube-system", metadata={"labels": labels}, data={"release": "B" * 90}
    )


FIELDS = [{"manager": "kubectl", "operation": "Update", "fieldsV1": {"f:data": {}}}]
PATHS = {"ConfigMap": "configmaps", "Secret": "secrets", "Event": "events"}


@dataclass
class Told:
    """What was written: by key the sizes of all its values, in order; None for a deletion."""

    sizes: dict[str, list[int | None]] = field(default_factory=lambda: defaultdict(list))

    def put(self, etcd: RealEtcd, what: dict[str, Any], lease: int = 0) -> str:
        metadata = what["metadata"]
        key = f"/registry/{PATHS[what['kind']]}/{metadata['namespace']}/{metadata['name']}"
        value = json.dumps(what, separators=(",", ":")).encode()
        etcd.put(key.encode(), value, lease)
        self.sizes[key].append(len(value))
        return key

    def delete(self, etcd: RealEtcd, key: str) -> None:
        etcd.delete(key.encode())
        self.sizes[key].append(None)

    def size(self, part: str) -> int:
        """Of the live values under keys that hold this text."""
        return sum(sizes[-1] or 0 for key, sizes in self.sizes.items() if part in key)

    def history(self, part: str) -> tuple[int, int]:
        """Revisions that are not live, and their bytes."""
        old = [sizes if sizes[-1] is None else sizes[:-1] for key, sizes in self.sizes.items() if part in key]
        return sum(map(len, old)), sum(size or 0 for sizes in old for size in sizes)

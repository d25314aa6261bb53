"""Objects by name, as ``kubectl -o name`` prints them."""

from __future__ import annotations

from snapinspect.write.table import printable


def object_name(group: str, kind: str, name: str) -> str:
    """``deployment.apps/web``, and ``configmap/settings`` where the group is the core one, which is empty."""
    resource = f"{kind}.{group}" if group else kind
    return printable(f"{resource.lower()}/{name}")

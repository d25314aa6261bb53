"""Whether a person chose a value that the server could have chosen as well.

Two things tell: what the last ``kubectl apply`` sent, and which manager owns the field
(``k8s.io/apimachinery/pkg/apis/meta/v1`` ``ManagedFieldsEntry``; the form of ``fieldsV1`` is that of
``sigs.k8s.io/structured-merge-diff`` ``fieldpath``: ``f:name`` for a field, ``k:{...}`` for a list element).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from snapinspect.clean.subject import dig, mapping, mappings, parse_json, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from snapinspect.clean.subject import Subject

CONTROL_PLANE = frozenset(
    {
        "before-first-apply",
        "cloud-controller-manager",
        "hyperkube",
        "k3s",
        "kube-apiserver",
        "kube-controller-manager",
        "kube-proxy",
        "kube-scheduler",
        "kubelet",
        "openshift-apiserver",
        "openshift-controller-manager",
    }
)
"""Managers whose ownership of a field is no person's choice. ``before-first-apply`` stands for all that
was there when server-side apply came first, defaults included."""


def people_own(subject: Subject) -> Iterator[dict[str, Any]]:
    """The field sets (``fieldsV1``) of the managers that are not the control plane."""
    for entry in subject.managed_fields:
        if text(entry.get("manager")) not in CONTROL_PLANE:
            yield mapping(entry.get("fieldsV1"))


def chose(subject: Subject, *keys: str) -> bool:
    """Whether a person set the field under ``keys``."""
    if dig(subject.last_applied, *keys):
        return True
    path = [f"f:{key}" for key in keys]
    return any(dig(fields, *path) is not None for fields in people_own(subject))


def chose_in_port(subject: Subject, port: dict[str, Any], key: str) -> bool:
    """Whether a person set ``key`` of this element of ``spec.ports``, told by its port and protocol."""
    wanted = _port_key(port)
    applied = mappings(dig(subject.last_applied, "spec", "ports"))
    if any(_port_key(sent) == wanted and sent.get(key) for sent in applied):
        return True
    for fields in people_own(subject):
        for name, owned in mapping(dig(fields, "f:spec", "f:ports")).items():
            if dig(owned, f"f:{key}") is not None and _port_key(parse_json(text(name).removeprefix("k:"))) == wanted:
                return True
    return False


def _port_key(port: Any) -> tuple[int | None, str]:
    number = dig(port, "port")
    return number if isinstance(number, int) else None, text(dig(port, "protocol")) or "TCP"

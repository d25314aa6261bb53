"""Putting what was in one namespace into another."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from snapinspect.clean.paths import steps, update
from snapinspect.clean.rule import kind_key
from snapinspect.clean.subject import group_of, mapping, text
from snapinspect.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from snapinspect.recovery.restore.wanted import Wanted

_BINDINGS: Final = ("RoleBinding.rbac.authorization.k8s.io", "ClusterRoleBinding.rbac.authorization.k8s.io")
_ADMISSION = "admissionregistration.k8s.io"
_WEBHOOKS = (f"ValidatingWebhookConfiguration.{_ADMISSION}", f"MutatingWebhookConfiguration.{_ADMISSION}")

NAMESPACES: Final[tuple[tuple[tuple[str, ...], str], ...]] = (
    (("PersistentVolume",), ".spec.claimRef.namespace"),
    (_WEBHOOKS, ".webhooks[].clientConfig.service.namespace"),
    (("APIService.apiregistration.k8s.io",), ".spec.service.namespace"),
    (("CustomResourceDefinition.apiextensions.k8s.io",), ".spec.conversion.webhook.clientConfig.service.namespace"),
)
"""Kinds, and where they name a namespace; role bindings name theirs in ``subjects``."""
_PATHS: Final = {
    kind_key(kind): [steps(path) for kinds, path in NAMESPACES if kind in kinds]
    for kinds, _ in NAMESPACES
    for kind in kinds
}
_HAVE_SUBJECTS: Final = frozenset(map(kind_key, _BINDINGS))
_ACCOUNT, _ACCOUNTS = "system:serviceaccount:", "system:serviceaccounts:"
_NAME: Final = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
"""A namespace's, which is a label of RFC 1123."""
NOT_SEEN: Final = "the namespace's name inside other fields, such as host names in a ConfigMap, stays as it is"


def relocate(wanted: Iterable[Wanted], to: str) -> list[Wanted]:
    """The objects with all that names their one namespace naming ``to``.

    Raises UsageError when they come from several namespaces, whose names could collide, and of a name that no server takes.
    """
    if not _NAME.fullmatch(to):
        raise UsageError(
            f"--to-namespace {to!r} is no name of a namespace",
            "At most 63 small letters, digits and dashes, neither first nor last a dash.",
        )
    objects = list(wanted)
    found = sorted({each.namespace for each in objects if each.namespace} | set(_themselves(objects)))
    if len(found) != 1:
        raise UsageError(
            f"--to-namespace moves one namespace, and this is of {', '.join(found) or 'none'}",
            "Say which one with -n.",
        )
    return [_moved(each, found[0], to) for each in objects]


def _themselves(objects: Sequence[Wanted]) -> list[str]:
    return [each.name for each in objects if each.target[:2] == ("", "Namespace")]


def _moved(wanted: Wanted, old: str, new: str) -> Wanted:
    body, identity = wanted.body, (group_of(wanted.api_version), wanted.kind)
    if wanted.namespace == old:
        body = update(body, ["metadata", "namespace"], lambda _: new)
    if identity == ("", "Namespace"):
        body = update(body, ["metadata", "name"], lambda _: new)
    for path in _PATHS.get(identity, ()):
        body = update(body, path, lambda value: new if value == old else value)
    if identity in _HAVE_SUBJECTS:
        body = update(body, ["subjects", "[]"], partial(_subject, old=old, new=new))
    return wanted.having(body)


def _subject(subject: Any, old: str, new: str) -> Any:
    """A subject of a role binding: an account by its namespace, or by the user or group name that it goes by."""
    fields, name = mapping(subject), text(mapping(subject).get("name"))
    if fields.get("kind") == "ServiceAccount" and fields.get("namespace") == old:
        return {**fields, "namespace": new}
    if fields.get("kind") == "User" and name.startswith(f"{_ACCOUNT}{old}:"):
        return {**fields, "name": f"{_ACCOUNT}{new}:{name.removeprefix(f'{_ACCOUNT}{old}:')}"}
    if fields.get("kind") == "Group" and name == f"{_ACCOUNTS}{old}":
        return {**fields, "name": f"{_ACCOUNTS}{new}"}
    return subject

"""Field selectors, with the API server's fields, meaning and words.

Source: apimachinery ``pkg/fields/selector.go`` for the grammar; for the fields ``AddFieldLabelConversionFunc`` in
``pkg/apis/{core,batch,certificates,events,resource,apps}/*/conversion.go`` and the values in the strategies under
``pkg/registry``; OpenShift's in openshift-apiserver ``pkg/{build,route,project}/apis``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, Any, NamedTuple

from snapinspect.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from snapinspect.kube.kinds import Kind
    from snapinspect.model import Body, Head

NAME, NAMESPACE = "metadata.name", "metadata.namespace"
_TERM = re.compile(r"((?:\\.|[^\\=!]|!(?!=))*)(!=|==|=)(.*)", re.DOTALL)
_COMMA = re.compile(r"((?:\\.|[^\\,])*)(?:,|$)", re.DOTALL)
_ESCAPED = re.compile(r"\\([\\,=])")


class Value(NamedTuple):
    """Where a field's value lies: the first of ``paths`` that holds something, else ``default``."""

    paths: tuple[str, ...]
    default: str = ""


def _same(*names: str) -> dict[str, Value]:
    """Fields that are called like the path at which they lie."""
    return {name: Value((name,)) for name in names}


_REPLICAS = {"status.replicas": Value(("status.replicas",), "0")}
_SIGNER = _same("spec.signerName")
_ABOUT = ("kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath")
_EVENT = {
    **{f"involvedObject.{part}": Value((f"involvedObject.{part}", f"regarding.{part}")) for part in _ABOUT},
    "reason": Value(("reason",)),
    "reportingComponent": Value(("reportingComponent", "reportingController")),
    "source": Value(("source.component", "deprecatedSource.component", "reportingComponent", "reportingController")),
    "type": Value(("type",)),
}

FIELDS: dict[tuple[str, str], dict[str, Value]] = {
    ("", "Pod"): {
        **_same(
            "spec.nodeName",
            "spec.restartPolicy",
            "spec.schedulerName",
            "spec.serviceAccountName",
            "status.phase",
            "status.nominatedNodeName",
        ),
        "spec.host": Value(("spec.nodeName",)),
        "spec.hostNetwork": Value(("spec.hostNetwork",), "false"),
        "status.podIP": Value(("status.podIPs.0.ip", "status.podIP")),
        "status.podIPs": Value(("status.podIPs.0.ip", "status.podIP")),
    },
    ("", "Event"): _EVENT,
    ("events.k8s.io", "Event"): {
        **{f"regarding.{part}": _EVENT[f"involvedObject.{part}"] for part in _ABOUT},
        "reason": _EVENT["reason"],
        "reportingController": _EVENT["reportingComponent"],
        "type": _EVENT["type"],
    },
    ("", "Node"): {"spec.unschedulable": Value(("spec.unschedulable",), "false")},
    ("", "Namespace"): _same("status.phase"),
    ("", "Secret"): _same("type"),
    ("", "Service"): _same("spec.clusterIP", "spec.type"),
    ("", "ReplicationController"): _REPLICAS,
    ("apps", "ReplicaSet"): _REPLICAS,
    ("extensions", "ReplicaSet"): _REPLICAS,
    ("batch", "Job"): {"status.successful": Value(("status.succeeded",), "0")},
    ("certificates.k8s.io", "CertificateSigningRequest"): _SIGNER,
    ("certificates.k8s.io", "ClusterTrustBundle"): _SIGNER,
    ("certificates.k8s.io", "PodCertificateRequest"): {**_SIGNER, **_same("spec.podName", "spec.nodeName")},
    ("resource.k8s.io", "ResourceSlice"): _same("spec.nodeName", "spec.driver"),
    ("build.openshift.io", "Build"): {
        "status": Value(("status.phase",)),
        "podName": Value((r"metadata.annotations.openshift\.io/build\.pod-name",)),
    },
    ("project.openshift.io", "Project"): _same("status.phase"),
    ("route.openshift.io", "Route"): _same("spec.host", "spec.path", "spec.to.name"),
}
"""What else than name and namespace is asked for, by group and kind; a CRD's ``selectableFields`` come on top."""


class Term(NamedTuple):
    """One condition: ``field`` is ``value``, or is not."""

    field: str
    value: str
    equal: bool

    def holds(self, found: str) -> bool:
        return (found == self.value) is self.equal


@dataclass(frozen=True, slots=True)
class FieldSelector:
    """Terms that all must hold; without any, everything matches."""

    text: str
    terms: tuple[Term, ...]

    @classmethod
    def parse(cls, text: str) -> FieldSelector:
        """``status.phase!=Running,spec.nodeName=n1``. Raises UsageError for what the server would not accept either."""
        parts = [part for part in _COMMA.findall(text) if part]
        return cls(text, tuple(_term(part, text) for part in parts))

    @property
    def reads_bodies(self) -> bool:
        """Whether a head does not tell."""
        return any(term.field not in {NAME, NAMESPACE} for term in self.terms)

    def by_heads(self) -> FieldSelector:
        """The same but for what heads do not tell."""
        return FieldSelector(self.text, tuple(term for term in self.terms if term.field in {NAME, NAMESPACE}))

    def check(self, kinds: Iterable[Kind]) -> None:
        """Raises UsageError, with the server's words, for a field that none of ``kinds`` has."""
        offered = [(kind, fields_of(kind)) for kind in kinds]
        for term in self.terms:
            if term.field not in {NAME, NAMESPACE} and not any(term.field in fields for _, fields in offered):
                raise UsageError(*_refusal(term.field, offered))

    def matches_head(self, head: Head) -> bool:
        """Whether name and namespace are meant."""
        own = {NAME: head.name, NAMESPACE: head.namespace or ""}
        return all(term.holds(own[term.field]) for term in self.terms if term.field in own)

    def matches_body(self, body: Body, kind: Kind) -> bool:
        """Whether all else is meant; an object whose kind lacks a field is not."""
        fields = fields_of(kind)
        asked = [term for term in self.terms if term.field not in {NAME, NAMESPACE}]
        return all(term.field in fields and term.holds(_found(body, fields[term.field])) for term in asked)


def fields_of(kind: Kind) -> dict[str, Value]:
    """What can be asked for beside name and namespace, by the field's name."""
    return {**FIELDS.get((kind.group, kind.kind), {}), **_same(*kind.selectable)}


def _term(part: str, text: str) -> Term:
    found = _TERM.fullmatch(part)
    if found is None:
        raise UsageError(
            f"invalid selector: {text!r}; can't understand {part!r}",
            "field selectors look like: metadata.name=web,status.phase!=Running",
        )
    return Term(found[1], _ESCAPED.sub(r"\1", found[3]), found[2] != "!=")


def _refusal(field: str, offered: list[tuple[Kind, dict[str, Value]]]) -> tuple[str, str]:
    """The server's words, and what could be asked for instead."""
    kind, fields = max(offered, key=lambda each: len(each[1]))
    known = [NAME, NAMESPACE, *fields]
    if (kind.group, kind.kind) == ("batch", "Job"):
        words = f'field label "{field}" not supported for batchv1.Job'
    elif fields or not kind.builtin:
        words = f"field label not supported: {field}"
    else:
        words = f'"{field}" is not a known field selector: only "{NAME}", "{NAMESPACE}"'
    return words, f"of {kind.plural}: {', '.join(known)}; -o jsonpath with ?( ) filters by any other field"


def _found(body: Body, value: Value) -> str:
    for path in value.paths:
        text = _text(reduce(_below, re.split(r"(?<!\\)\.", path), body))
        if text:
            return text
    return value.default


def _below(value: Any, key: str) -> Any:
    if isinstance(value, list):
        return value[int(key)] if key.isdigit() and int(key) < len(value) else None
    return value.get(key.replace("\\", "")) if isinstance(value, dict) else None


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int) else ""

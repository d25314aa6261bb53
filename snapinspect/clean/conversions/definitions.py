"""CustomResourceDefinitions, which are stored as v1beta1 even by servers that serve v1 alone.

What both forms mean stands in ``k8s.io/apiextensions-apiserver/pkg/apis/apiextensions`` ``v1/conversion.go``; what
v1beta1 takes for granted, in its ``v1beta1/defaults.go``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from snapinspect.clean.edits import Caution, NotConvertible, Rewrite
from snapinspect.clean.rule import Conversion
from snapinspect.clean.subject import dig, mapping, mappings, text

if TYPE_CHECKING:
    from snapinspect.model import Body

PER_VERSION: Final = {
    "validation": "schema",
    "subresources": "subresources",
    "additionalPrinterColumns": "additionalPrinterColumns",
    "selectableFields": "selectableFields",
}
"""What v1beta1 may say once for all versions, and the field in which v1 says it of each."""
MOVED: Final = frozenset({*PER_VERSION, "version", "versions", "preserveUnknownFields"})
"""Fields of a v1beta1 spec that v1 has elsewhere or not at all; the others are the same in both."""

PRESERVED: Final = (
    "its objects were stored with fields that the schema does not know: the schemas now say so "
    "(x-kubernetes-preserve-unknown-fields), and an API server may still refuse one that is not structural"
)


def spec_to_v1(value: Any) -> Any:
    """The spec of a v1beta1 CustomResourceDefinition as v1 has it. Raises NotConvertible if it names no version."""
    spec = mapping(value)
    versions = mappings(spec.get("versions")) or [{"name": spec.get("version"), "served": True, "storage": True}]
    if not all(text(version.get("name")) for version in versions):
        raise NotConvertible("it names no version")
    common = {field: spec[once] for once, field in PER_VERSION.items() if spec.get(once) is not None}
    converted = {key: value for key, value in spec.items() if key not in MOVED}
    converted["scope"] = spec.get("scope") or "Namespaced"
    converted["versions"] = [_version({**version, **common}) for version in versions]
    if _preserves(spec):
        converted["versions"] = [_open(version) for version in converted["versions"]]
    if isinstance(spec.get("conversion"), dict):
        converted["conversion"] = _conversion(spec["conversion"])
    return converted


def tell_preserved(body: Body) -> str:
    return PRESERVED if _preserves(mapping(body.get("spec"))) else ""


def _preserves(spec: dict[str, Any]) -> bool:
    return spec.get("preserveUnknownFields", True) is not False


def _version(version: dict[str, Any]) -> dict[str, Any]:
    columns = version.get("additionalPrinterColumns")
    if not isinstance(columns, list):
        return version
    return {**version, "additionalPrinterColumns": [_column(column) for column in columns]}


def _column(column: Any) -> Any:
    if not isinstance(column, dict) or "JSONPath" not in column:
        return column
    return {"jsonPath" if key == "JSONPath" else key: value for key, value in column.items()}


def _open(version: dict[str, Any]) -> dict[str, Any]:
    root = mapping(dig(version, "schema", "openAPIV3Schema"))
    schema = {"type": "object", **root, "x-kubernetes-preserve-unknown-fields": True}
    return {**version, "schema": {"openAPIV3Schema": schema}}


def _conversion(conversion: dict[str, Any]) -> dict[str, Any]:
    moved = {"webhookClientConfig": "clientConfig", "conversionReviewVersions": "conversionReviewVersions"}
    converted = {key: value for key, value in conversion.items() if key not in moved}
    if conversion.get("strategy") == "Webhook":
        webhook = {new: conversion[old] for old, new in moved.items() if conversion.get(old) is not None}
        converted["webhook"] = {"conversionReviewVersions": ["v1beta1"], **webhook}
    return converted


RULES: Final = (
    Conversion(
        "definition-v1",
        ("CustomResourceDefinition.apiextensions.k8s.io",),
        ("apiextensions.k8s.io/v1beta1",),
        "apiextensions.k8s.io/v1",
        edits=(
            Rewrite(
                ".spec",
                spec_to_v1,
                "gives each version its schema, subresources, printer columns and selectable fields, "
                "moves the conversion webhook, and sets scope to Namespaced where it is absent",
                "v1 says for each version what v1beta1 could say for all of them.",
            ),
        ),
        cautions=(Caution(tell_preserved),),
        reason="Servers since 1.22 accept it as v1 alone, although they still store it as v1beta1.",
        trap="The schema stays whole, also where v1beta1 gave one for all versions.",
    ),
)

"""Namespaces, service accounts, their Secrets, and roles."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from snapinspect.clean.rule import Rule
from snapinspect.clean.subject import dig, text

if TYPE_CHECKING:
    from snapinspect.clean.subject import Subject

TOKEN_TYPE: Final = "kubernetes.io/service-account-token"  # noqa: S105
LONGEST_BASE: Final = 58
"""A generated name is at most 63 characters long, 5 of them random (``k8s.io/apiserver/pkg/storage/names``)."""


def is_generated(name: Any, account: str, sort: str) -> bool:
    """Whether ``name`` is one that a controller made up for the ``token`` or ``dockercfg`` of an account."""
    base = f"{account}-{sort}-"[:LONGEST_BASE]
    return re.fullmatch(re.escape(base) + "[a-z0-9]{5}", text(name)) is not None


def generated_reference(value: Any, _parent: Any, subject: Subject) -> bool:
    name = dig(value, "name")
    return is_generated(name, subject.name, "token") or is_generated(name, subject.name, "dockercfg")


def generated_pull_secret(value: Any, _parent: Any, subject: Subject) -> bool:
    return is_generated(dig(value, "name"), subject.name, "dockercfg")


def is_token(_value: Any, _parent: Any, subject: Subject) -> bool:
    return text(subject.at("type")) == TOKEN_TYPE


def is_aggregated(_value: Any, _parent: Any, subject: Subject) -> bool:
    return subject.at("aggregationRule") is not None


RULES: Final = (
    Rule(
        "namespace-spec",
        ("Namespace",),
        (".spec",),
        "It holds the finalizer that the API server gives to each namespace.",
    ),
    Rule(
        "namespace-name-label",
        ("Namespace",),
        ('.metadata.labels["kubernetes.io/metadata.name"]',),
        "The API server labels each namespace with its name.",
        trap="OpenShift's openshift.io/sa.scc.* annotations stay: files on volumes belong to those user IDs.",
    ),
    Rule(
        "account-secrets",
        ("ServiceAccount",),
        (".secrets[]",),
        "A controller made the Secret up and makes another one, under another name.",
        when=generated_reference,
        only="when it is a generated token or registry Secret of the account",
    ),
    Rule(
        "account-pull-secrets",
        ("ServiceAccount",),
        (".imagePullSecrets[]",),
        "OpenShift made the Secret up and makes another one, under another name.",
        when=generated_pull_secret,
        only="when it is a generated registry Secret of the account",
        trap="Every other one stays, also that of the account default: images could not be pulled without it.",
    ),
    Rule(
        "token-data",
        ("Secret",),
        (
            ".data.token",
            '.data["ca.crt"]',
            ".data.namespace",
            '.metadata.annotations["kubernetes.io/service-account.uid"]',
        ),
        "The token is of an account with another UID; the token controller fills in a new one.",
        when=is_token,
        only=f"when the type is {TOKEN_TYPE}",
    ),
    Rule(
        "aggregated-rules",
        ("ClusterRole.rbac.authorization.k8s.io",),
        (".rules",),
        "A controller gathers them from the roles that aggregationRule selects.",
        when=is_aggregated,
        only="when aggregationRule is set",
    ),
)

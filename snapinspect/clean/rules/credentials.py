"""Accounts, tokens, certificates and roles: those that a cluster makes for itself, and those that may be stale."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from snapinspect.clean.rule import Exclusion, Notice
from snapinspect.clean.rules.identity import TOKEN_TYPE, is_generated
from snapinspect.clean.rules.rbac_defaults import ACCOUNTS, is_default
from snapinspect.clean.subject import LAST_APPLIED, dig, mappings, text

if TYPE_CHECKING:
    from snapinspect.clean.subject import Subject

RBAC: Final = tuple(
    f"{kind}.rbac.authorization.k8s.io" for kind in ("ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding")
)
PUBLISHED: Final = frozenset({"kube-root-ca.crt", "openshift-service-ca.crt"})
GENERATED_ANNOTATIONS: Final = frozenset({LAST_APPLIED, "openshift.io/internal-registry-pull-secret-ref"})


def is_published(subject: Subject) -> bool:
    return subject.name in PUBLISHED


def is_front_proxy_config(subject: Subject) -> bool:
    return (subject.namespace, subject.name) == ("kube-system", "extension-apiserver-authentication")


def is_token_tracking(subject: Subject) -> bool:
    return (subject.namespace, subject.name) == ("kube-system", "kube-apiserver-legacy-service-account-token-tracking")


def is_of_kubernetes_signer(subject: Subject) -> bool:
    return subject.name.startswith("kubernetes.io:") and text(subject.at("spec", "signerName")).startswith(
        "kubernetes.io/"
    )


def is_bare_default_account(subject: Subject) -> bool:
    return subject.name == "default" and _is_bare_account(subject)


def is_controller_account(subject: Subject) -> bool:
    return subject.namespace == "kube-system" and subject.name in ACCOUNTS and _is_bare_account(subject)


def _is_bare_account(subject: Subject) -> bool:
    return (
        not subject.labels
        and subject.annotations.keys() <= GENERATED_ANNOTATIONS
        and subject.at("automountServiceAccountToken") is None
        and all(_is_generated(secret, subject, "token", "dockercfg") for secret in mappings(subject.at("secrets")))
        and all(_is_generated(secret, subject, "dockercfg") for secret in mappings(subject.at("imagePullSecrets")))
    )


def _is_generated(secret: dict[str, Any], account: Subject, *sorts: str) -> bool:
    return any(is_generated(secret.get("name"), account.name, sort) for sort in sorts)


def is_generated_token(subject: Subject) -> bool:
    account = text(subject.annotations.get("kubernetes.io/service-account.name"))
    return (
        text(subject.at("type")) == TOKEN_TYPE
        and bool(account)
        and is_generated(subject.name, account, "token")
        and LAST_APPLIED not in subject.annotations
    )


def is_generated_registry_secret(subject: Subject) -> bool:
    account = text(subject.annotations.get("openshift.io/internal-registry-auth-token.service-account")) or text(
        subject.annotations.get("kubernetes.io/service-account.name")
    )
    return (
        text(subject.at("type")) == "kubernetes.io/dockercfg"
        and bool(account)
        and is_generated(subject.name, account, "dockercfg")
    )


def is_bootstrap_token(subject: Subject) -> bool:
    return text(subject.at("type")) == "bootstrap.kubernetes.io/token"


def bears_default_label(subject: Subject) -> bool:
    return text(subject.labels.get("kubernetes.io/bootstrapping")) == "rbac-defaults"


def is_rbac_default(subject: Subject) -> bool:
    return bears_default_label(subject) and is_default(subject.kind, subject.namespace, subject.name)


def claims_to_be_rbac_default(subject: Subject) -> bool:
    return bears_default_label(subject) and not is_default(subject.kind, subject.namespace, subject.name)


def trusts_authority(subject: Subject) -> bool:
    """Whether any of the webhooks, or the converter or API service, brings the certificate it trusts."""
    clients = [dig(webhook, "clientConfig") for webhook in mappings(subject.at("webhooks"))]
    clients += [
        subject.at("spec"),
        subject.at("spec", "conversion", "webhookClientConfig"),
        subject.at("spec", "conversion", "webhook", "clientConfig"),
    ]
    return any(dig(client, "caBundle") for client in clients)


RULES: Final = (
    Exclusion(
        "published-certificates",
        ("ConfigMap",),
        "a controller writes the cluster's own certificates into each namespace",
        "control plane",
        when=is_published,
        only=f"when its name is {' or '.join(sorted(PUBLISHED))}",
    ),
    Exclusion(
        "apiserver-authentication",
        ("ConfigMap",),
        "the API server writes its own certificates into it",
        "control plane",
        when=is_front_proxy_config,
        only="when it is extension-apiserver-authentication in kube-system",
    ),
    Exclusion(
        "default-account",
        ("ServiceAccount",),
        "a controller makes it in each namespace",
        "control plane",
        when=is_bare_default_account,
        only="when its name is default and it carries nothing of its own",
    ),
    Exclusion(
        "controller-account",
        ("ServiceAccount",),
        "the controller manager makes it for one of its controllers",
        "control plane",
        when=is_controller_account,
        only="when it is a controller's in kube-system and carries nothing of its own",
    ),
    Exclusion(
        "token-tracking",
        ("ConfigMap",),
        "the API server keeps the date in it since which it tracks tokens",
        "control plane",
        when=is_token_tracking,
        only="when it is kube-apiserver-legacy-service-account-token-tracking in kube-system",
    ),
    Exclusion(
        "published-trust-bundle",
        ("ClusterTrustBundle.certificates.k8s.io",),
        "a controller publishes the cluster's own certificates in it",
        "control plane",
        when=is_of_kubernetes_signer,
        only="when it is of one of Kubernetes' own signers",
    ),
    Exclusion(
        "generated-token",
        ("Secret",),
        "a controller made it for a service account, and the token is of the old one",
        "control plane",
        when=is_generated_token,
        only="when it is a token that a controller made for a service account",
    ),
    Exclusion(
        "generated-registry-secret",
        ("Secret",),
        "OpenShift made it for a service account, and makes another one",
        "control plane",
        when=is_generated_registry_secret,
        only="when it is a registry login that OpenShift made for a service account",
    ),
    Exclusion(
        "bootstrap-token",
        ("Secret",),
        "it let nodes join for a while; recovered, it would let anyone join who kept it",
        "control plane",
        when=is_bootstrap_token,
        only="when its type is bootstrap.kubernetes.io/token",
    ),
    Exclusion(
        "rbac-default",
        RBAC,
        "the API server makes it at each start",
        "control plane",
        when=is_rbac_default,
        only="when labelled kubernetes.io/bootstrapping: rbac-defaults and its name is one that the API server makes",
        trap="The label alone proves nothing: an intruder would forge it.",
    ),
    Notice(
        "rbac-false-default",
        RBAC,
        "it bears the label of the API server's own roles, but the API server makes none of that name: "
        "look who made it",
        when=claims_to_be_rbac_default,
        only="when labelled kubernetes.io/bootstrapping: rbac-defaults under a name that the API server does not make",
    ),
    Notice(
        "ca-bundle",
        (
            "APIService.apiregistration.k8s.io",
            "CustomResourceDefinition.apiextensions.k8s.io",
            "MutatingWebhookConfiguration.admissionregistration.k8s.io",
            "ValidatingWebhookConfiguration.admissionregistration.k8s.io",
        ),
        "its caBundle is kept and may be stale: if the service has a new certificate, its calls fail",
        when=trusts_authority,
        only="when it holds a caBundle",
        trap="A webhook whose service is missing blocks all that is applied after it: it comes last.",
    ),
)

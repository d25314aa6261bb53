"""Kinds that are gone for good: what takes their place is a person's choice."""

from __future__ import annotations

from typing import Final

from snapinspect.clean.rule import Withdrawn

_RESOURCE = "resource.k8s.io"

RULES: Final = (
    Withdrawn(
        "pod-security-policy",
        ("PodSecurityPolicy.policy", "PodSecurityPolicy.extensions"),
        "pod security policies are gone since 1.25: labels pod-security.kubernetes.io/enforce on namespaces, or an "
        "admission policy, take their place, and neither says all that they said",
    ),
    Withdrawn(
        "pod-preset",
        ("PodPreset.settings.k8s.io",),
        "pod presets are gone since 1.20: what it added must be written into the Pods' templates",
    ),
    Withdrawn(
        "audit-sink",
        ("AuditSink.auditregistration.k8s.io",),
        "audit sinks are gone since 1.19: the API server's own audit flags take their place",
    ),
    Withdrawn(
        "initializers",
        (
            "InitializerConfiguration.admissionregistration.k8s.io",
            "ExternalAdmissionHookConfiguration.admissionregistration.k8s.io",
        ),
        "initializers and external admission hooks are gone since 1.14 and 1.9: webhooks take their place",
    ),
    Withdrawn(
        "third-party-resource",
        ("ThirdPartyResource.extensions", "ThirdPartyResourceData.extensions"),
        "third-party resources are gone since 1.9: a CustomResourceDefinition, which says more, takes their place",
    ),
    Withdrawn(
        "cluster-cidr",
        ("ClusterCIDR.networking.k8s.io",),
        "cluster CIDRs are gone since 1.29: the network plugin gives out addresses",
    ),
    Withdrawn(
        "device-claims-of-old",
        (
            f"PodScheduling.{_RESOURCE}",
            f"PodSchedulingContext.{_RESOURCE}",
            f"ResourceClaimParameters.{_RESOURCE}",
            f"ResourceClass.{_RESOURCE}",
            f"ResourceClassParameters.{_RESOURCE}",
        ),
        "its way of claiming devices is gone since 1.32: DeviceClasses and structured claims take its place",
    ),
)

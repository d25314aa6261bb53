"""The one table of defaults, by API version and kind, in the order in which they are taken away.

Read against ``k8s.io/kubernetes`` of 1.36 and of the 1.37 betas: ``pkg/apis/*/*/defaults.go`` and
``zz_generated.defaults.go``, the ``+default`` marks of ``k8s.io/api``, and, where creating fills in more, the
``PrepareForCreate`` of ``pkg/registry`` and the admission plugins that are on unless told otherwise. An API version that is not here has other defaults, or none: ``apps/v1beta1``
fills in other numbers, ``policy/v1`` none at all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from snapinspect.clean.minimal import cluster, workloads
from snapinspect.clean.minimal.core import CORE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from snapinspect.clean.minimal.default import Default

DEFAULTS: Final[Mapping[str, Mapping[str, tuple[Default, ...]]]] = {
    "v1": CORE,
    "admissionregistration.k8s.io/v1": cluster.ADMISSION,
    "admissionregistration.k8s.io/v1beta1": cluster.POLICIES,
    "apiextensions.k8s.io/v1": cluster.DEFINITIONS,
    "apiregistration.k8s.io/v1": cluster.AGGREGATION,
    "apps/v1": workloads.APPS,
    "autoscaling/v1": workloads.AUTOSCALING_V1,
    "autoscaling/v2": workloads.AUTOSCALING,
    "batch/v1": workloads.BATCH,
    "discovery.k8s.io/v1": cluster.DISCOVERY,
    "flowcontrol.apiserver.k8s.io/v1": cluster.FLOW,
    "networking.k8s.io/v1": cluster.NETWORKING,
    "rbac.authorization.k8s.io/v1": cluster.RBAC,
    "rbac.authorization.k8s.io/v1beta1": cluster.RBAC,
    "resource.k8s.io/v1": cluster.DEVICES,
    "resource.k8s.io/v1beta2": cluster.DEVICES,
    "scheduling.k8s.io/v1": cluster.SCHEDULING,
    "scheduling.k8s.io/v1alpha2": cluster.GROUPS_OF_PODS,
    "storage.k8s.io/v1": cluster.STORAGE,
}

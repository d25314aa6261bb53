"""Taking away what the API server filled in: the values of its defaulting functions that no person sent.

The values are facts of ``k8s.io/kubernetes`` ``pkg/apis/*/v1/defaults.go`` (and ``v2`` of autoscaling) and of
``k8s.io/apiextensions-apiserver``; each lets a server that is given the object without it store it with it.
"""

from snapinspect.clean.minimal.walk import minimize

__all__ = ["minimize"]

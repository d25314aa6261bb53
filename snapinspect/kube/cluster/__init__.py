"""A thin client of a cluster's API server, on the ``kubernetes`` package's connection."""

from snapinspect.kube.cluster.catalog import Catalog, read_catalog
from snapinspect.kube.cluster.client import Cluster
from snapinspect.kube.cluster.connect import connect
from snapinspect.kube.cluster.discovery import Served
from snapinspect.kube.cluster.failures import ApiError, Unreachable

__all__ = ["ApiError", "Catalog", "Cluster", "Served", "Unreachable", "connect", "read_catalog"]

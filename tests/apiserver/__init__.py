"""A small Kubernetes API server for tests: real HTTP on loopback, real refusals, faults on demand."""

from apiserver.objects import Refusal, Resource, Store
from apiserver.server import ApiServer, Exchange, Fault

__all__ = ["ApiServer", "Exchange", "Fault", "Refusal", "Resource", "Store"]

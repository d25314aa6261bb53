"""A thin gRPC client of etcd, for reading. ``connect`` needs the package grpcio; nothing else here does."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from snapinspect.errors import SourceError
from snapinspect.etcd.client.access import Access, access_to, is_endpoint, socket_access

if TYPE_CHECKING:
    from snapinspect.etcd.client.client import Client


def connect(access: Access, diagnose: Callable[[], SourceError | None] = lambda: None) -> Client:
    """A client; nothing is dialled before its first call.

    ``diagnose`` may know better than the network why no endpoint can be reached. Raises SourceError when
    grpcio is missing or a certificate's file cannot be read.
    """
    try:
        from snapinspect.etcd.client.client import Client
    except ImportError as error:
        if not (error.name or "").startswith("grpc"):
            raise
        raise SourceError(
            "the Python package grpcio is not installed, which asks an etcd",
            "`pip install grpcio` brings it, as does the extra live.",
        ) from None
    return Client(access, diagnose)


__all__ = ["Access", "access_to", "connect", "is_endpoint", "socket_access"]

"""A gRPC connection to one endpoint. The one module that needs the package grpcio."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

from snapinspect.etcd.client.access import Endpoint
from snapinspect.etcd.client.failures import CallFailed
from snapinspect.etcd.client.tls import Certificates
from snapinspect.etcd.messages import method

# gRPC writes on standard error what is told in an error anyway, unless asked before it is imported.
os.environ.setdefault("GRPC_VERBOSITY", "NONE")

import grpc  # type: ignore[import-untyped]

MAX_MESSAGE = 64 << 20
"""Bytes of the largest answer that is taken."""
_ALIVE_EVERY, _ALIVE_WITHIN = 30_000, 20_000

Metadata = tuple[tuple[str, str], ...]


class Channel:
    """Calls methods by the names that ``messages.method`` knows. All raise CallFailed; nothing is dialled before the first."""

    def __init__(self, endpoint: Endpoint, certificates: Certificates, connect_timeout: float) -> None:
        self.endpoint = endpoint
        options: list[tuple[str, int | str]] = [
            # etcd is asked without a proxy, as by etcdctl.
            ("grpc.enable_http_proxy", 0),
            ("grpc.max_receive_message_length", MAX_MESSAGE),
            ("grpc.min_reconnect_backoff_ms", int(connect_timeout * 1000)),
            ("grpc.initial_reconnect_backoff_ms", 100),
            ("grpc.keepalive_time_ms", _ALIVE_EVERY),
            ("grpc.keepalive_timeout_ms", _ALIVE_WITHIN),
        ]
        if endpoint.socket:
            target = f"unix:{endpoint.socket}"
            options.append(("grpc.default_authority", "localhost"))
        else:
            target = (
                f"dns:///[{endpoint.host}]:{endpoint.port}"
                if ":" in endpoint.host
                else f"dns:///{endpoint.host}:{endpoint.port}"
            )
        if endpoint.tls:
            credentials = grpc.ssl_channel_credentials(*certificates)
            self._channel = grpc.secure_channel(target, credentials, options=options)
        else:
            self._channel = grpc.insecure_channel(target, options=options)

    def call(self, name: str, request: Any, timeout: float, metadata: Metadata = ()) -> Any:
        """The answer to ``request``, within ``timeout`` seconds."""
        path, _, response = method(name)
        ask = self._channel.unary_unary(path, type(request).SerializeToString, response.FromString)
        try:
            return ask(request, timeout=timeout, metadata=metadata)
        except grpc.RpcError as error:
            raise _failed(error) from None

    def stream(self, name: str, request: Any, metadata: Metadata = ()) -> Iterator[Any]:
        """The answers to ``request``, as they come; the call ends with the iterator."""
        path, _, response = method(name)
        ask = self._channel.stream_stream(path, type(request).SerializeToString, response.FromString)
        answers = ask(iter((request,)), metadata=metadata)
        try:
            yield from answers
        except grpc.RpcError as error:
            raise _failed(error) from None
        finally:
            answers.cancel()

    def close(self) -> None:
        self._channel.close()


def _failed(error: Any) -> CallFailed:
    return CallFailed(error.code().name, error.details() or "")

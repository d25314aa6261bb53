"""A gRPC server that claims to be etcd, for answers that a real one does not give."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import grpc  # type: ignore[import-untyped]
from real_etcd import message

Handlers = dict[str, Callable[[Any, grpc.ServicerContext], Iterator[Any]]]


@contextmanager
def serving(handlers: Handlers) -> Iterator[str]:
    """The endpoint. Each handler is named ``Service/Method`` and streams its answers."""
    server = grpc.server(ThreadPoolExecutor(4))
    for name, handler in handlers.items():
        service, _, method = name.partition("/")
        served = grpc.unary_stream_rpc_method_handler(
            handler,
            request_deserializer=type(message(f"{method}Request")).FromString,
            response_serializer=lambda answer: answer.SerializeToString(),
        )
        generic = grpc.method_handlers_generic_handler(f"etcdserverpb.{service}", {method: served})
        server.add_generic_rpc_handlers([generic])
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.stop(None).wait()

"""A KMS plugin that really serves gRPC on a Unix socket, in both versions of the protocol."""

from __future__ import annotations

import os
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import grpc  # type: ignore[import-untyped]
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from grpc_tools import protoc  # type: ignore[import-untyped]

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PROTOS = Path(__file__).parents[3] / "protos" / "kms"
KEY_ID = "vault/transit/7"


@cache
def messages() -> Callable[[str], Any]:
    """The services' messages, compiled anew from their .proto files."""
    with tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch) / "set"
        names = [path.name for path in PROTOS.glob("*.proto")]
        assert protoc.main(["protoc", f"-I{PROTOS}", f"--descriptor_set_out={out}", *names]) == 0
        files = descriptor_pb2.FileDescriptorSet.FromString(out.read_bytes())
    pool = descriptor_pool.DescriptorPool()
    for file in files.file:
        pool.Add(file)
    return lambda name: message_factory.GetMessageClass(pool.FindMessageTypeByName(name))


class KmsPlugin:
    """Encrypts keys with one of its own; ``behave`` may replace what it answers to Decrypt."""

    def __init__(self, socket: Path) -> None:
        self.socket = str(socket)
        self.endpoint = f"unix://{socket}"
        self.abstract = f"{socket.parent.name}-kms"
        self.calls: list[Any] = []
        self.released = threading.Event()
        self.behave: Callable[[bytes, grpc.ServicerContext], bytes] = self.honest
        self._key = AESGCM(os.urandom(32))

    def encrypt(self, key: bytes) -> bytes:
        nonce = os.urandom(12)
        return nonce + self._key.encrypt(nonce, key, None)

    def honest(self, ciphertext: bytes, context: grpc.ServicerContext) -> bytes:
        try:
            return self._key.decrypt(ciphertext[:12], ciphertext[12:], None)
        except InvalidTag:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "no key of mine encrypted this")
            raise

    def hanging(self, _ciphertext: bytes, _context: grpc.ServicerContext) -> bytes:
        self.released.wait(30)
        return b""

    def refusing(self, _ciphertext: bytes, context: grpc.ServicerContext) -> bytes:
        context.abort(grpc.StatusCode.PERMISSION_DENIED, "token of role apiserver has\n\x1bexpired")
        raise AssertionError

    def decrypt_v1(self, request: Any, context: grpc.ServicerContext) -> Any:
        assert request.version == "v1beta1"
        self.calls.append(request)
        return messages()("v1beta1.DecryptResponse")(plain=self.behave(request.cipher, context))

    def decrypt_v2(self, request: Any, context: grpc.ServicerContext) -> Any:
        self.calls.append(request)
        return messages()("v2.DecryptResponse")(plaintext=self.behave(request.ciphertext, context))


@contextmanager
def serving() -> Iterator[KmsPlugin]:
    # Not pytest's own directory: a socket's path must stay below 108 bytes.
    with tempfile.TemporaryDirectory() as directory:
        plugin = KmsPlugin(Path(directory) / "kms.sock")
        server = grpc.server(ThreadPoolExecutor(4))
        for package, method in (("v1beta1", plugin.decrypt_v1), ("v2", plugin.decrypt_v2)):
            handler = grpc.unary_unary_rpc_method_handler(
                method,
                request_deserializer=messages()(f"{package}.DecryptRequest").FromString,
                response_serializer=lambda message: message.SerializeToString(),
            )
            service = f"{package}.KeyManagementService"
            server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler(service, {"Decrypt": handler})])
        server.add_insecure_port(f"unix:{plugin.socket}")
        server.add_insecure_port(f"unix-abstract:{plugin.abstract}")
        server.start()
        try:
            yield plugin
        finally:
            plugin.released.set()
            server.stop(None).wait()

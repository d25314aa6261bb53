"""Asking a KMS plugin over its Unix socket for the keys that it encrypted.

Sources: k8s.io/apiserver ``pkg/storage/value/encrypt/envelope/{grpc_service,kmsv2/grpc_service}.go``,
k8s.io/kms ``pkg/util/util.go`` (endpoints) and ``apis/{v1beta1,v2}/api.proto``.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from snapinspect.errors import Locked

if TYPE_CHECKING:
    from collections.abc import Callable

    from snapinspect.kube.encryption.config import Plugin
    from snapinspect.kube.encryption.kms import EncryptedKey

MAX_ANSWER = 64 << 10
"""Bytes of the largest answer that is taken; a key has 32."""
MAX_TIMEOUTS = 2
"""A plugin that left so many questions in a row unanswered is asked no more."""

_OPTIONS = (
    ("grpc.default_authority", "localhost"),
    ("grpc.enable_http_proxy", 0),
    ("grpc.max_receive_message_length", MAX_ANSWER),
)
_LONGEST_DETAIL = 200


class PluginClient:
    """One plugin. Every encrypted key is asked for once, whatever came of it."""

    def __init__(self, plugin: Plugin) -> None:
        self.plugin = plugin
        self._answers: dict[EncryptedKey, bytes | Locked] = {}
        self._channel: Any = None
        self._timeouts = 0
        self._gone: Locked | None = None

    def __repr__(self) -> str:
        return f"PluginClient({self.plugin.name})"

    def decrypt(self, key: EncryptedKey) -> bytes:
        """The key in the clear. Raises Locked when the plugin is out of reach, refuses or does not answer in time."""
        answer = self._answers.get(key)
        if answer is None:
            answer = self._answers[key] = self._gone or self._ask(key)
        if isinstance(answer, Locked):
            raise Locked(str(answer), answer.hint)
        return answer

    def close(self) -> None:
        if self._channel is not None:
            self._channel.close()
            self._channel = None

    def _ask(self, key: EncryptedKey) -> bytes | Locked:
        try:
            import grpc  # type: ignore[import-untyped]
        except ImportError:
            return Locked(
                "the Python package grpcio is not installed, which asks KMS plugins",
                "`pip install grpcio` brings it, as does the extra live",
            )
        if self._channel is None:
            self._channel = grpc.insecure_channel(_target(self.plugin.endpoint), options=_OPTIONS)
        try:
            answer = _CALLS[self.plugin.version](self._channel, key, self.plugin.timeout)
        except grpc.RpcError as error:
            return self._failure(error.code().name, error.details() or "")
        self._timeouts = 0
        return answer

    def _failure(self, status: str, details: str) -> Locked:
        """Why there is no answer. A plugin that cannot be reached now is not asked again."""
        said = "the plugin said: " + "".join(filter(str.isprintable, " ".join(details.split())))[:_LONGEST_DETAIL]
        where = f"KMS plugin {self.plugin.name} at {self.plugin.endpoint}"
        if status == "UNAVAILABLE":
            self._gone = Locked(f"{where} is out of reach", "name its socket with --kms-socket NAME=PATH")
            return self._gone
        if status == "DEADLINE_EXCEEDED":
            locked = Locked(f"{where} did not answer within {self.plugin.timeout:g} s")
            self._timeouts += 1
            if self._timeouts >= MAX_TIMEOUTS:
                self._gone = locked
            return locked
        return Locked(f"{where} refused to decrypt ({status})", said)


def _target(endpoint: str) -> str:
    """What gRPC calls a socket; a name that begins with @ is in Linux's abstract namespace."""
    path = endpoint.removeprefix("unix:").removeprefix("//")
    abstract = path.removeprefix("/")
    return f"unix-abstract:{abstract[1:]}" if abstract.startswith("@") else f"unix:{path}"


def _decrypt_v1(channel: Any, key: EncryptedKey, timeout: float) -> bytes:
    request = _message("v1beta1.DecryptRequest")(version="v1beta1", cipher=key.ciphertext)
    plain: bytes = _call(channel, "v1beta1", request, timeout).plain
    return plain


def _decrypt_v2(channel: Any, key: EncryptedKey, timeout: float) -> bytes:
    import uuid

    request = _message("v2.DecryptRequest")(
        ciphertext=key.ciphertext, uid=str(uuid.uuid4()), key_id=key.key_id, annotations=dict(key.annotations)
    )
    plaintext: bytes = _call(channel, "v2", request, timeout).plaintext
    return plaintext


_CALLS: dict[str, Callable[[Any, EncryptedKey, float], bytes]] = {"v1": _decrypt_v1, "v2": _decrypt_v2}


def _call(channel: Any, package: str, request: Any, timeout: float) -> Any:
    call = channel.unary_unary(
        f"/{package}.KeyManagementService/Decrypt",
        request_serializer=type(request).SerializeToString,
        response_deserializer=_message(f"{package}.DecryptResponse").FromString,
    )
    return call(request, timeout=timeout)


@cache
def _message(name: str) -> Any:
    from google.protobuf import message_factory

    return message_factory.GetMessageClass(_pool().FindMessageTypeByName(name))


@cache
def _pool() -> Any:
    """The services' messages, in a pool of their own: their packages' names are too common to share."""
    from importlib.resources import files

    from google.protobuf import descriptor_pb2, descriptor_pool

    compiled = files("snapinspect.kube.encryption") / "kms.binpb"
    pool = descriptor_pool.DescriptorPool()
    for file in descriptor_pb2.FileDescriptorSet.FromString(compiled.read_bytes()).file:
        pool.Add(file)
    return pool

"""A stored value as the API server would return the object, whatever it is encoded in."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from snapinspect.errors import Undecodable, UnknownKind
from snapinspect.kube import numbers
from snapinspect.kube.envelope import ENCRYPTED, PROTOBUF, encoding_of, open_envelope
from snapinspect.kube.varint import read_varint
from snapinspect.model import Body

if TYPE_CHECKING:
    from snapinspect.kube.readers import Plan
    from snapinspect.kube.skim import Skim

_METADATA = 0x0A
_OBJECT_META = "k8s.io.apimachinery.pkg.apis.meta.v1.ObjectMeta"


class Keys(Protocol):
    """What opens encrypted values."""

    def decrypt(self, stored: bytes, etcd_key: bytes) -> bytes:
        """The value inside. Raises Locked."""


class NoKeys:
    """Opens nothing, and says which key it would take."""

    def decrypt(self, stored: bytes, etcd_key: bytes) -> bytes:
        from snapinspect.kube.encryption import Keyring

        return Keyring.empty().decrypt(stored, etcd_key)


class Decoded(NamedTuple):
    """An object's JSON form, and the fields that no schema knows, as (message, field number)."""

    body: Body
    unknown: list[tuple[str, int]]


def plain_value(stored: bytes, etcd_key: bytes, keys: Keys) -> bytes:
    """The value as it was before encryption at rest. Raises Locked."""
    return keys.decrypt(stored, etcd_key) if stored.startswith(ENCRYPTED) else stored


def decode(value: bytes, skim: Skim | None = None) -> Decoded:
    """The object in a plain value, of a protobuf one perhaps no more than ``skim`` says.

    Raises Undecodable, and UnknownKind when only the schema is missing, whatever is passed over.
    """
    encoding = encoding_of(value)
    if encoding == "protobuf":
        return _decode_protobuf(value, skim)
    if encoding == "json":
        return Decoded(_object(numbers.loads(value)), [])
    if encoding == "cbor":
        from snapinspect.kube import cbor

        return Decoded(_object(cbor.decode(value)), [])
    raise Undecodable("the value is no Kubernetes object")


def _decode_protobuf(value: bytes, skim: Skim | None) -> Decoded:
    api_version, kind, start, end = open_envelope(value)
    fields, unknown = _object_plan(api_version, kind, skim).read_whole(value, start, end)
    return Decoded({"apiVersion": api_version, "kind": kind, **fields}, unknown)


def check(value: bytes) -> None:
    """Raises what ``decode`` would of a plain value, and makes nothing of a protobuf one, which is cheaper."""
    if encoding_of(value) != "protobuf":
        decode(value)
        return
    api_version, kind, start, end = open_envelope(value)
    _object_plan(api_version, kind, None).check_whole(value, start, end)


@lru_cache(maxsize=4096)
def _object_plan(api_version: str, kind: str, skim: Skim | None) -> Plan:
    """How as much as ``skim`` says of an object is read. Raises UnknownKind."""
    # Imported here, as listing, which must start at once, reads no more than heads.
    from snapinspect.kube import schema

    message = schema.message_for(api_version, kind)
    if message is None:
        raise UnknownKind(f"no schema is known for {api_version} {kind}")
    return _plan(message, skim)


@lru_cache(maxsize=64)
def _plan(message: str, skim: Skim | None) -> Plan:
    from snapinspect.kube.plans import plan_for

    if skim is None:
        return plan_for(message)
    from snapinspect.kube.skim import skimming

    return skimming(plan_for(message), skim)


def decode_metadata(value: bytes, skim: Skim | None = None) -> Body:
    """What ``decode`` gives of a plain value, of a protobuf one without all but its metadata, or what ``skim`` says of that.

    Raises Undecodable.

    Every kind has its ObjectMeta as its first field (k8s.io/apimachinery ``pkg/apis/meta/v1/generated.proto``).
    """
    if encoding_of(value) != "protobuf":
        return decode(value).body
    api_version, kind, start, end = open_envelope(value)
    body: Body = {"apiVersion": api_version, "kind": kind}
    if start < end and value[start] == _METADATA:
        size, at = read_varint(value, start + 1, end)
        if at + size > end:
            raise Undecodable("the object's metadata reaches beyond it")
        body["metadata"], _ = _plan(_OBJECT_META, skim).read_whole(value, at, at + size)
    return body


def _object(body: Any) -> Body:
    if not isinstance(body, dict) or not isinstance(body.get("kind"), str):
        raise Undecodable("the value is no Kubernetes object: it has no kind")
    return body


def with_resource_version(body: Body, mod_revision: int) -> Body:
    """``body`` with the resourceVersion that the API server gives it: etcd's revision, which is not stored.

    Source: k8s.io/apiserver ``pkg/storage/api_object_versioner.go``.
    """
    metadata = body.get("metadata")
    if not isinstance(metadata, dict):
        return body
    return {**body, "metadata": {**metadata, "resourceVersion": str(mod_revision)}}


__all__ = [
    "PROTOBUF",
    "Decoded",
    "Keys",
    "NoKeys",
    "check",
    "decode",
    "decode_metadata",
    "plain_value",
    "with_resource_version",
]

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
    # Imported here, as listing, which must start at once, reads no more than heads.
    from snapinspect.kube.readers import Context

    api_version, kind, start, end = open_envelope(value)
    context = Context()
    fields: Any = _plan(_message_for(api_version, kind), skim).read(value, start, end, context)
    return Decoded({"apiVersion": api_version, "kind": kind, **fields}, context.unknown)


def check(value: bytes) -> None:
    """Raises what ``decode`` would of a plain value, and makes nothing of a protobuf one, which is cheaper."""
    if encoding_of(value) != "protobuf":
        decode(value)
        return
    from snapinspect.kube.readers import Context

    api_version, kind, start, end = open_envelope(value)
    _whole_plan(api_version, kind).check(value, start, end, Context())


@lru_cache(maxsize=1024)
def _whole_plan(api_version: str, kind: str) -> Plan:
    """The plan of all of an object. Raises UnknownKind."""
    return _plan(_message_for(api_version, kind), None)


def _message_for(api_version: str, kind: str) -> str:
    """The full name of the message that is the object. Raises UnknownKind."""
    from snapinspect.kube import schema

    message = schema.message_for(api_version, kind)
    if message is None:
        raise UnknownKind(f"no schema is known for {api_version} {kind}")
    return message


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
    from snapinspect.kube.readers import Context

    api_version, kind, start, end = open_envelope(value)
    body: Body = {"apiVersion": api_version, "kind": kind}
    if start < end and value[start] == _METADATA:
        size, at = read_varint(value, start + 1, end)
        if at + size > end:
            raise Undecodable("the object's metadata reaches beyond it")
        body["metadata"] = _plan(_OBJECT_META, skim).read(value, at, at + size, Context())
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

"""One stored value: what it says of itself, and the object in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from snapinspect.errors import SnapinspectError, Undecodable
from snapinspect.kube.decode import Decoded, Keys, check, decode, decode_metadata, plain_value, with_resource_version
from snapinspect.kube.envelope import encoding_of
from snapinspect.kube.head import quick_head, read_head
from snapinspect.model import UNPROVEN, Body, Buffer, Head, KubeObject, Problem, Record

if TYPE_CHECKING:
    from types import TracebackType

    from snapinspect.kube.skim import Skim

NOT_PROVEN = "unproven: what is left of the file does not prove that it still existed, or was not changed since"
UNPROVEN_MARK = "snapinspect/unproven"
"""The annotation of an object that may not have been live."""


class Entry(NamedTuple):
    """One stored value and what it says of itself."""

    record: Record
    head: Head


def subject(key: bytes) -> str:
    """An etcd key as problems name it."""
    return key.decode("utf-8", "backslashreplace")


def problem(key: bytes, error: Undecodable) -> Problem:
    """The value under ``key`` cannot be read."""
    return Problem(error.code, subject(key), str(error))


class one_value:  # noqa: N801 - it is used as a function would be, and a generator would take three times as long
    """What nobody foresaw is the fault of the one value that is worked on: raises Undecodable for it."""

    __slots__ = ()

    def __enter__(self) -> None:
        """Nothing is to be done before."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        if isinstance(error, Exception) and not isinstance(error, (SnapinspectError, OSError, MemoryError)):
            raise Undecodable(f"the object is of an odd shape ({type(error).__name__}: {error})") from error


def head_in(value: Buffer, key: bytes, keys: Keys) -> Head:
    """What the value under an etcd key says of itself. Raises Undecodable when it is no Kubernetes object."""
    with one_value():
        return _head(value, key, keys)


def told_head(value: Buffer, key: bytes, keys: Keys) -> Head:
    """What ``head_in`` gives, quicker where little need be looked at."""
    # Most are found quickly, and of these nothing can be of an odd shape.
    return quick_head(value) or head_in(value, key, keys)


def _head(value: Buffer, key: bytes, keys: Keys) -> Head:
    stored = bytes(value)
    plain = plain_value(stored, key, keys)
    head = read_head(plain)
    if head is None:
        raise Undecodable("the value is no Kubernetes object")
    if not head.name:
        # API servers keep a few records without a name; their key ends with what they are called by.
        head = head._replace(name=subject(key).rpartition("/")[2])
    return head if plain is stored else head._replace(encoding=encoding_name(stored))


def encoding_name(stored: bytes) -> str:
    """How a value is encoded, by its full name: of an encrypted one ``encrypted:<provider>:<key>``."""
    encoding = encoding_of(stored)
    if encoding != "encrypted":
        return encoding
    # Imported here for start-up, as few snapshots hold such values.
    from snapinspect.kube.encryption import identify

    lock = identify(stored)
    return lock.encoding if lock else encoding


def decoded(record: Record, keys: Keys, skim: Skim | None = None) -> Decoded:
    """The object in a record, as it is stored, perhaps no more than ``skim`` says; cheaper. Raises Undecodable."""
    with one_value():
        return decode(plain_value(bytes(record.value), record.key, keys), skim)


def checked(record: Record, keys: Keys) -> None:
    """Raises what ``decoded`` would, and makes nothing of the object; cheaper. Raises Undecodable."""
    with one_value():
        check(plain_value(bytes(record.value), record.key, keys))


def metadata(record: Record, keys: Keys, skim: Skim) -> Body:
    """What ``decoded`` gives, perhaps no more than ``skim`` says of its metadata; cheaper. Raises Undecodable."""
    with one_value():
        return decode_metadata(plain_value(bytes(record.value), record.key, keys), skim)


def unknown_fields(record: Record, found: Decoded) -> list[Problem]:
    """The fields of an object that no schema has: they would be lost on recovery."""
    return [
        Problem("unknown-field", subject(record.key), f"field {number} of {message} is in no schema and would be lost")
        for message, number in found.unknown
    ]


def as_served(entry: Entry, body: Body) -> KubeObject:
    """The object as the API server would return it; one that may not have been live bears a mark."""
    record, head = entry
    body = with_resource_version(body, record.mod_revision)
    return KubeObject(record, head, _marked(body) if record.source == UNPROVEN else body)


def _marked(body: Body) -> Body:
    """``body`` with an annotation, so that nobody takes it for live wherever it goes."""
    metadata = body.get("metadata")
    if not isinstance(metadata, dict):
        metadata = {}
    annotations = metadata.get("annotations")
    marked = {**(annotations if isinstance(annotations, dict) else {}), UNPROVEN_MARK: NOT_PROVEN}
    return {**body, "metadata": {**metadata, "annotations": marked}}

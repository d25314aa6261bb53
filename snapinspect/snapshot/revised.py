"""What the records of one object say of each other, without all of it being decoded: who wrote, and what differs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from snapinspect.kube.authors import Authors, read_authors
from snapinspect.kube.decode import plain_value
from snapinspect.kube.differing import decode_differing
from snapinspect.kube.envelope import PROTOBUF
from snapinspect.snapshot.values import one_value

if TYPE_CHECKING:
    from snapinspect.kube.decode import Keys
    from snapinspect.kube.skim import Skim
    from snapinspect.model import Body, Buffer, Record


def differing(before: Record, after: Record, keys: Keys, skim: Skim) -> tuple[Body, Body] | None:
    """Two states of an object without what is the same in both or skipped by ``skim``; None where both have to be read.

    Raises Undecodable.
    """
    with one_value():
        return decode_differing(_plain(before, keys), _plain(after, keys), skim)


def authors_of(record: Record, keys: Keys) -> Authors | None:
    """Who wrote the object in a record, and when; None where it has to be read. Raises Undecodable."""
    with one_value():
        value = _plain(record, keys)
        return read_authors(value) if value[: len(PROTOBUF)] == PROTOBUF else None


def _plain(record: Record, keys: Keys) -> Buffer:
    """The value as it was before encryption; where it is protobuf, it is not copied."""
    value = record.value
    return value if value[: len(PROTOBUF)] == PROTOBUF else plain_value(bytes(value), record.key, keys)

"""What the records of one object say of each other, without all of it being decoded: who wrote, and what differs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from snapinspect.kube.authors import Authorship, read_authorship
from snapinspect.kube.decode import decode_differing, plain_value
from snapinspect.kube.envelope import encoding_of
from snapinspect.snapshot.values import one_value

if TYPE_CHECKING:
    from snapinspect.kube.decode import Keys
    from snapinspect.kube.skim import Skim
    from snapinspect.model import Body, Record


def differing(before: Record, after: Record, keys: Keys, skim: Skim) -> tuple[Body, Body] | None:
    """Two states of an object without what is the same in both or skipped by ``skim``; None where both have to be read.

    Raises Undecodable.
    """
    with one_value():
        old, new = (plain_value(bytes(each.value), each.key, keys) for each in (before, after))
        return decode_differing(old, new, skim)


def authorship(record: Record, keys: Keys) -> Authorship | None:
    """Who wrote the object in a record, and when; None where it has to be read. Raises Undecodable."""
    with one_value():
        value = plain_value(bytes(record.value), record.key, keys)
        return read_authorship(value) if encoding_of(value) == "protobuf" else None

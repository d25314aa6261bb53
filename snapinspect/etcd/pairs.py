"""Keys and values alone, as tools save them that ask an etcd for all it holds: one state without history."""

from __future__ import annotations

from typing import TYPE_CHECKING

from snapinspect.etcd.about import Facts
from snapinspect.etcd.continued import Continued
from snapinspect.etcd.store import KeyFilter
from snapinspect.model import Buffer, Record, Revision

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_ONLY = 1


class _Nothing:
    """The ``Store`` of an etcd to which nothing was written."""

    revision = 0
    compact_revision = 0

    def keys(self, at: int | None = None) -> Iterable[bytes]:  # noqa: ARG002
        return ()

    def scan(self, wanted: KeyFilter, at: int | None = None) -> Iterator[Record]:  # noqa: ARG002
        return iter(())

    def values(self, wanted: KeyFilter, at: int | None = None) -> Iterator[tuple[bytes, Buffer]]:  # noqa: ARG002
        return iter(())

    def get(self, key: bytes, at: int | None = None) -> Record | None:  # noqa: ARG002
        return None

    def revisions(self, wanted: KeyFilter) -> Iterator[Record]:  # noqa: ARG002
        return iter(())

    def newest(self, count: int) -> Iterator[Record]:  # noqa: ARG002
        return iter(())

    oldest = newest

    def count_records(self) -> int:
        return 0

    def facts(self) -> Facts:
        return Facts(None, None, None, None, None, None, None)

    def close(self) -> None:
        pass


class PairStore(Continued):
    """The ``Store`` of ``pairs``, all of them written in revision 1, as their own revisions were not saved."""

    def __init__(self, pairs: Mapping[bytes, bytes]) -> None:
        written = [Record(key, pairs[key], Revision(_ONLY, sub), _ONLY, 1, 0) for sub, key in enumerate(sorted(pairs))]
        super().__init__(_Nothing(), written)

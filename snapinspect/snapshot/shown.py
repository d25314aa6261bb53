"""What the parts of a view stand on: which records it shows, and under which names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from snapinspect.etcd import KeyFilter
    from snapinspect.kube.decode import Decoded, Keys
    from snapinspect.kube.keys import KeySpace
    from snapinspect.kube.kinds import KindTable
    from snapinspect.kube.skim import Skim
    from snapinspect.model import Buffer, Problem, Record


class Shown(Protocol):
    """A view as its parts see it. ``problems`` takes what could not be read."""

    keys: Keys
    problems: list[Problem]

    @property
    def key_space(self) -> KeySpace:
        """What etcd keys say."""

    @property
    def kinds(self) -> KindTable:
        """All kinds by their names."""

    def known_keys(self) -> Iterable[bytes]:
        """The keys that the view shows, perhaps among others."""

    def losses(self, wanted: KeyFilter) -> Iterator[Problem]:
        """What is known to be missing or damaged of the keys that are ``wanted``."""

    def records(self, wanted: KeyFilter) -> Iterator[Record]:
        """What the view shows of the keys that are ``wanted``, in key order."""

    def values(self, wanted: KeyFilter) -> Iterator[tuple[bytes, Buffer]]:
        """The keys and values of ``records``."""

    def fronts(self, wanted: KeyFilter) -> Iterator[tuple[bytes, bytes, int, int]] | None:
        """How ``values`` begin, as ``Fronted`` tells it; None where these are to be read."""

    def record(self, key: bytes) -> Record | None:
        """What the view shows of one key."""

    def live(self, key: bytes) -> Record | None:
        """The live record of one key, whatever the view shows."""

    def below_prefix(self, wanted: KeyFilter) -> KeyFilter:
        """``wanted``, but for keys outside a prefix that was asked for."""

    def decode(self, record: Record, skim: Skim | None = None) -> Decoded:
        """The object in a record, perhaps no more than ``skim`` says. Raises Undecodable."""

"""Where in etcd an object lies: ``<prefix>/<storage path>[/<namespace>]/<name>``.

The prefix is the API server's ``--etcd-prefix``: ``/registry`` unless told otherwise, ``/kubernetes.io`` and
``/openshift.io`` on OpenShift. Sources: apiserver ``pkg/registry/generic/registry/store.go``
(NamespaceKeyFunc), ``pkg/server/storage/storage_factory.go`` (ResourcePrefix) and, for custom resources,
apiextensions-apiserver ``pkg/registry/customresource/etcd.go`` (``<group>/<plural>``).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from functools import cached_property
from typing import TYPE_CHECKING

from snapinspect.kube.kinds import KindTable
from snapinspect.model import Head, ResourceKey

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from snapinspect.kube.kinds import Kind

_USUAL = ("/registry", "/kubernetes.io", "/openshift.io")
_DIRECTORIES_OF_ONE_ROOT = 5_000
_BOOKKEEPING_ROOTS = ("compact_rev_key", "/bootstrap/")
_BOOKKEEPING_PATHS = ("health", "ranges", "masterleases", "peerserverleases")


class KeySpace:
    """The keys of one snapshot: its prefixes and the kinds that lie below them."""

    def __init__(self, prefixes: Iterable[str] = _USUAL[:1], table: KindTable | None = None) -> None:
        self.prefixes = tuple(sorted({prefix.rstrip("/") for prefix in prefixes}, key=len, reverse=True))
        self.table = table or KindTable.builtin()

    def parse(self, key: bytes) -> ResourceKey | None:
        """What the path of ``key`` says, or None for a key that is no object's."""
        segments = self._below_prefix(key)
        if segments is None:
            return None
        size = self._path_size(segments)
        if size >= len(segments):
            return None
        resource, rest = "/".join(segments[:size]), segments[size:]
        kinds = self.table.at(resource)
        namespaced = kinds[0].namespaced if kinds else len(rest) > 1
        if namespaced and len(rest) > 1:
            return ResourceKey(resource, rest[0], "/".join(rest[1:]))
        return ResourceKey(resource, None, "/".join(rest))

    def is_bookkeeping(self, key: bytes) -> bool:
        """Whether ``key`` is one that API servers and k3s keep for themselves; no API serves what it holds.

        Such are the compaction marker, the health probe, the ranges of addresses and ports given out, and
        the leases by which API servers find each other (kube-apiserver ``pkg/controlplane/instance.go``).
        """
        if key.startswith(self._roots):
            return True
        segments = self._below_prefix(key)
        return segments is not None and segments[0] in _BOOKKEEPING_PATHS

    def holds_no_object(self, key: bytes) -> bool:
        """Whether nothing is lost when the value under ``key`` is no object: none was ever meant to be there."""
        return self.is_bookkeeping(key) or self.parse(key) is None

    def is_stray(self, key: bytes) -> bool:
        """Whether ``key`` is an object's, of a kind that no table knows."""
        place = self.parse(key)
        return place is not None and not self.table.at(place.resource) and not self.is_bookkeeping(key)

    def guess(self, key: bytes, encoding: str) -> Head:
        """What ``key`` alone says of a value that cannot be read; group and kind may be made up."""
        place = self.parse(key)
        if place is None:
            return Head("", "", None, key.decode("utf-8", "backslashreplace"), "", None, encoding, guessed=True)
        known = self.table.at(place.resource)
        api_version, kind = (known[0].api_version, known[0].kind) if known else _names_from(place.resource)
        return Head(api_version, kind, place.namespace, place.name, "", None, encoding, guessed=True)

    def keys_for(self, kind: Kind, namespace: str | None, name: str) -> list[bytes]:
        """Every key at which an object of this identity may lie."""
        paths = path_for(kind, namespace, name)
        return [f"{prefix}/{path}".encode() for prefix in self.prefixes for path in paths]

    @cached_property
    def _roots(self) -> tuple[bytes, ...]:
        return tuple(root.encode() for root in _BOOKKEEPING_ROOTS)

    @cached_property
    def _encoded_prefixes(self) -> tuple[bytes, ...]:
        return tuple(f"{prefix}/".encode() for prefix in self.prefixes)

    def _below_prefix(self, key: bytes) -> list[str] | None:
        for prefix in self._encoded_prefixes:
            if key.startswith(prefix):
                try:
                    segments = key[len(prefix) :].decode().split("/")
                except UnicodeDecodeError:
                    return None
                return segments if all(segments) else None
        return None

    def _path_size(self, segments: list[str]) -> int:
        """How many segments the storage path takes: a known path, ``<group>/<plural>``, or one."""
        for size in (3, 2, 1):
            if len(segments) > size and "/".join(segments[:size]) in self.table.by_path:
                return size
        return 2 if "." in segments[0] else 1


def path_for(kind: Kind, namespace: str | None, name: str) -> list[str]:
    """The keys, below the prefix, at which an object of this identity may lie."""
    middle = f"{namespace}/" if kind.namespaced and namespace else ""
    return [f"{path}/{middle}{name}" for path in kind.paths]


def find_prefixes(keys: Iterable[bytes]) -> list[str]:
    """The prefixes below which these keys look like an API server's, in order.

    A prefix other than the usual ones must hold several of the known storage paths, as programs that share
    the etcd keep look-alikes (Calico ``/calico/resources/v3/projectcalico.org/networkpolicies/…``); where
    nothing better is found, one will do.
    """
    evidence: dict[str, set[str]] = defaultdict(set)
    settled: tuple[bytes, ...] = ()
    # Nearly all lie below what is settled soon, which grows while they are looked at.
    undecided = (key for key in keys if not key.startswith(settled))
    for directory in _directories(undecided):
        for prefix, path in _candidates(directory):
            evidence[prefix].add(path)
            if _is_certain(prefix, evidence[prefix]):
                settled = (*settled, f"{prefix}/".encode())
    certain = [prefix for prefix, paths in evidence.items() if _is_certain(prefix, paths)]
    return _outermost(certain or evidence)


def has_prefix(keys: Iterable[bytes]) -> bool:
    """Whether ``find_prefixes`` finds any, told by the first that may be one."""
    return any(True for directory in _directories(keys) for _ in _candidates(directory))


def _directories(keys: Iterable[bytes]) -> Iterator[bytes]:
    """What stands before each key's last segment; neighbours share it, and below any root not all are shown."""
    shown: Counter[bytes] = Counter()
    last = b""
    for key in keys:
        directory = key[: key.rfind(b"/") + 1]
        if directory == last:
            continue
        last = directory
        root = directory[: directory.find(b"/", 1)]
        shown[root] += 1
        if shown[root] <= _DIRECTORIES_OF_ONE_ROOT:
            yield directory


def _candidates(directory: bytes) -> Iterator[tuple[str, str]]:
    """Splits of ``directory`` into a prefix and a known storage path, with a namespace below it or not."""
    segments = directory.decode("utf-8", "replace").strip("/").split("/")
    by_path = KindTable.builtin().by_path
    for namespaced in (False, True):
        end = len(segments) - namespaced
        for start in range(max(end - 3, 1), end):
            prefix, path = "/" + "/".join(segments[:start]), "/".join(segments[start:end])
            kinds = by_path.get(path, ())
            if any(kind.namespaced is namespaced and (kind.builtin or prefix in _USUAL) for kind in kinds):
                yield prefix, path


def _is_certain(prefix: str, paths: set[str]) -> bool:
    return prefix in _USUAL or len(paths) > 1


def _outermost(prefixes: Iterable[str]) -> list[str]:
    """Those that lie below no other: a namespace named like a resource makes prefixes within the prefix."""
    found: list[str] = []
    for prefix in sorted(prefixes):
        if not any(prefix.startswith(f"{outer}/") for outer in found):
            found.append(prefix)
    return found


def _names_from(resource: str) -> tuple[str, str]:
    """An apiVersion and kind for a storage path that no table knows; the version is made up."""
    group, _, plural = resource.rpartition("/")
    singular = f"{plural[:-3]}y" if plural.endswith("ies") else plural.removesuffix("s")
    return (f"{group}/v1" if group else "v1"), singular.capitalize()

"""Which release of Kubernetes serves which kind in which version, from 1.8 to 1.37.

``served.tsv`` has one row a kind and version: the first and the last release that serve it (no last one: the
newest still does), and whether it is ``on`` unless an administrator switched it off, or ``off`` unless
switched on, as are alpha versions and, since 1.24, new beta versions. Its sources: the message types of
``k8s.io/api`` of each release, and their ``zz_generated.prerelease-lifecycle.go`` (APILifecycleRemoved) by
which API servers stop serving a version; the changelogs for alpha versions, whose types bear no such mark.
Rows of 1.36 are what the discovery of a real API server with every feature gate on lists.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from snapinspect.errors import UsageError

OLDEST: Final = 8
_STABLE: Final = 2
NEWEST: Final = 37
_RELEASE = re.compile(r"v?1\.(?P<minor>[0-9]{1,3})([.+-].*)?")
_VERSION = re.compile(r"v(?P<number>[0-9]+)(?:(?P<stage>alpha|beta)(?P<trial>[0-9]+))?")


class Span(NamedTuple):
    """The releases 1.``first`` to 1.``last`` that serve a version; ``on`` if they do so unasked."""

    first: int
    last: int
    on: bool

    def holds(self, release: int) -> bool:
        """Whether Kubernetes 1.``release`` is among them."""
        return self.first <= release <= self.last


def parse_release(text: str) -> int:
    """The minor number of a release of Kubernetes: 25 of ``1.25``, ``v1.25.3`` or ``v1.25.3+k3s1``.

    Raises UsageError for what is no release, or one that the table does not know.
    """
    match = _RELEASE.fullmatch(text)
    if match is None or not OLDEST <= int(match["minor"]) <= NEWEST:
        raise UsageError(
            f"no release of Kubernetes that is known here is called {text!r}",
            f"Give one from 1.{OLDEST} to 1.{NEWEST}, as in --target-version 1.25.",
        )
    return int(match["minor"])


def span(api_version: str, kind: str) -> Span | None:
    """When the version (``apps/v1beta1``) of a kind was served; None for what Kubernetes itself never served."""
    return _table().get((api_version, kind))


def is_stable(api_version: str) -> bool:
    """Whether a version is neither alpha nor beta."""
    return stability(api_version)[0] == _STABLE


def is_kubernetes(kind_of: tuple[str, str]) -> bool:
    """Whether a (group, kind) is one that Kubernetes itself serves or served."""
    return kind_of in _kinds()


def stability(api_version: str) -> tuple[int, int, int]:
    """By which versions sort: v2 above v1, above v1beta2, above v1beta1, above v2alpha1."""
    match = _VERSION.fullmatch(api_version.rpartition("/")[2])
    if match is None:
        return (-1, 0, 0)
    stage = {None: _STABLE, "beta": 1, "alpha": 0}[match["stage"]]
    return stage, int(match["number"]), int(match["trial"] or 0)


@cache
def _table() -> dict[tuple[str, str], Span]:
    lines = Path(__file__).with_name("served.tsv").read_text(encoding="utf-8").splitlines()
    return dict(_row(*line.split("\t")) for line in lines[1:])


@cache
def _kinds() -> frozenset[tuple[str, str]]:
    return frozenset((api_version.rpartition("/")[0], kind) for api_version, kind in _table())


def _row(group: str, kind: str, version: str, first: str, last: str, default: str) -> tuple[tuple[str, str], Span]:
    api_version = f"{group}/{version}" if group else version
    return (api_version, kind), Span(_minor(first), _minor(last) if last else NEWEST, default == "on")


def _minor(release: str) -> int:
    return int(release.removeprefix("1."))

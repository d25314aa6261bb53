"""From the version that an object is stored in to one that a cluster serves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from snapinspect.clean.edits import NotConvertible
from snapinspect.clean.rule import Conversion
from snapinspect.clean.served import NEWEST, is_stable, span, stability

if TYPE_CHECKING:
    from snapinspect.model import Body


class Step(NamedTuple):
    """A conversion, and the version (``apps/v1``) that it leads to here, as those without edits go both ways."""

    conversion: Conversion
    to: str


class Course(NamedTuple):
    """The steps to take, and whether what they end at is served at all, be it only where it was switched on."""

    steps: tuple[Step, ...]
    served: bool


def find_course(conversions: Iterable[Conversion], api_version: str, kind: str, release: int | None) -> Course:
    """The way from ``api_version`` to the newest stable version that Kubernetes 1.``release`` serves.

    A beta or alpha version is only written where no stable one can be reached: the one in which the object is
    stored if that is served, else the newest one. Without steps where the kind is none of Kubernetes' own, too.
    Without a release the object is for the newest two, and for a cluster on which is switched on what was where
    it comes from. Among several ways the shortest is taken.
    """
    stored = span(api_version, kind)
    if stored is None:
        return Course((), served=True)
    ways = ways_from(tuple(conversions), api_version)
    wanted = (NEWEST - 1, NEWEST) if release is None else (release,)
    ends = [end for end in ways if (found := span(end, kind)) and found.on and all(map(found.holds, wanted))]
    stable = [end for end in ends if is_stable(end)]
    if stable:
        return Course(ways[max(stable, key=stability)], served=True)
    if stored.holds(release or NEWEST) and (stored.on or release is None):
        return Course((), served=True)
    if not ends:
        return Course((), served=stored.holds(release or NEWEST))
    return Course(ways[max(ends, key=stability)], served=True)


def ways_from(conversions: tuple[Conversion, ...], start: str) -> dict[str, tuple[Step, ...]]:
    """Every version that can be reached from ``start``, with the shortest way there."""
    ways: dict[str, tuple[Step, ...]] = {start: ()}
    edge = [start]
    while edge:
        version = edge.pop(0)
        for step in _steps_from(conversions, version):
            if step.to not in ways:
                ways[step.to] = (*ways[version], step)
                edge.append(step.to)
    return ways


def convert(body: Body, steps: Iterable[Step], to: str) -> Body:
    """The object in the version ``to``, by the ``steps`` that lead there; as it is where that cannot be."""
    converted = body
    try:
        for edit in (edit for step in steps for edit in step.conversion.edits):
            converted = edit.apply(converted)
    except NotConvertible:
        return body
    return {**converted, "apiVersion": to}


def _steps_from(conversions: tuple[Conversion, ...], version: str) -> Iterator[Step]:
    for conversion in conversions:
        if version in conversion.versions:
            yield Step(conversion, conversion.to)
        elif version == conversion.to and not conversion.edits:
            yield from (Step(conversion, older) for older in conversion.versions)

"""The index of a large file, built by processes side by side: each walks a run of pages, and the later run wins."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from typing import NamedTuple

from snapinspect import jobs
from snapinspect.bolt import Bucket
from snapinspect.errors import Damaged, WorkerDied
from snapinspect.etcd.index import Index, Part, build_index, end_of, index_pages, revision_or_none
from snapinspect.model import Data

_WORTH = 1_024
"""Pages in a range, of which there must be as many as ``jobs`` says that a second process takes."""


class _Run(NamedTuple):
    """What a run of pages says, which keys it deletes, which pages it reached, as a number with a byte for each, and how many bytes its leaves have."""

    part: Part
    ended: set[bytes]
    reached: int
    size: int


def _nobody(_size: int) -> None:
    """Nobody is told."""


def spread_index(data: Data, bucket: Bucket, at: int | None, advance: Callable[[int], object]) -> Index:
    """What ``build_index`` gives, by as many processes as are allowed, where the file is large and no past is asked for.

    A process holds the keys of its run and sends them to this one; where one dies, this one does all. Raises Damaged.
    """
    processes = jobs.processes_for(len(bucket.unvisited()), _WORTH) if at is None else 1
    if processes > 1:
        try:
            found = index_of_runs(data, bucket, processes, advance)
        except (Damaged, WorkerDied):
            found = None
        if found is not None:
            return found
    # Whatever is wrong, one walk tells it, as it meets things in their order, and needs nobody else.
    return build_index(data, bucket, at, advance)


def index_of_runs(data: Data, bucket: Bucket, processes: int, advance: Callable[[int], object]) -> Index | None:
    """The index, made of as many runs of pages as there are ``processes``; None where they do not stand one behind the other.

    Raises Damaged and WorkerDied.
    """
    own, *others = bucket.runs(processes) or [[]]
    if not others:
        return None
    with ExitStack() as stack:
        results = [
            stack.enter_context(jobs.beside(partial(_walk, data, bucket, run), len(bucket.unvisited())))
            for run in others
        ]
        whole, _, marks, _ = _walk(data, bucket, own, advance)
        elements, records, last = whole.elements, whole.records, whole.last
        for result in results:
            part, ended, reached, size = result()
            if whole.is_cut or part.is_cut or last >= part.first or marks & reached:
                return None
            for key in ended:
                elements.pop(key, None)
            elements.update(part.elements)
            records, last, marks = records + part.records, part.last, marks | reached
            advance(size)
    return Index(elements, records, revision_or_none(last))


def _walk(data: Data, bucket: Bucket, run: Sequence[int], advance: Callable[[int], object] = _nobody) -> _Run:
    visited = bucket.unvisited()
    ended: set[bytes] = set()
    sizes: list[int] = []

    def walked(size: int) -> None:
        sizes.append(size)
        advance(size)

    part = index_pages(data, bucket.leaf_pages_of(run, visited), end_of(None), walked, ended)
    return _Run(part, ended, int.from_bytes(visited), sum(sizes))

"""Which snapshots a catalog is to hold, each with what tells it from others of its name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from snapinspect.analysis.find.places import size_of, snapshots_at
from snapinspect.errors import NotFound
from snapinspect.sources.archive import split
from snapinspect.sources.cloud import is_object
from snapinspect.sources.directory import database_in
from snapinspect.tables.catalog.staging import Wanted


def wanted(specs: Iterable[str], known: set[str]) -> list[Wanted]:
    """All snapshots that are meant and whose ids are not ``known``. Raises NotFound when there are none at all."""
    found: dict[str, Wanted] = {}
    specs = list(specs)
    for spec in specs:
        for each in _in_store(spec, known) if is_object(spec) else _on_disk(spec):
            found[each.id] = each
    if not found:
        raise NotFound(
            f"no snapshot is found under {', '.join(specs)}", "Name files, directories of them, or 'patterns*'."
        )
    return [each for each in found.values() if each.id not in known]


def _on_disk(spec: str) -> Iterator[Wanted]:
    places = snapshots_at([spec])
    for path in places.paths:
        yield Wanted(path, path, size_of(path), _version(path), path not in places.perhaps)


def _version(path: str) -> str:
    """When the file was written to last; nothing for what is none, which is never known again."""
    file = Path(path)
    try:
        inside = database_in(file) if file.is_dir() else None
        return str((file / inside if inside else split(path)[0]).stat().st_mtime_ns)
    except OSError:
        return ""


def _in_store(spec: str, known: set[str]) -> Iterator[Wanted]:
    # Imported here, as most snapshots are files.
    from snapinspect.sources.cloud import places

    objects = places.meant(spec)
    if objects is None:
        about = places.about(spec)
        yield Wanted(spec, about.address.shown, about.size, about.version, True)
        return
    all_ = [Wanted(each.address.shown, each.address.shown, each.size, each.version, True) for each in objects]
    yield from (each for each in all_ if each.id in known)
    new = [each for each, want in zip(objects, all_, strict=True) if want.id not in known]
    for candidate in places.may_be_snapshots(new):
        name = candidate.object.address.shown
        yield Wanted(name, name, candidate.object.size, candidate.object.version, candidate.is_certain)

"""What an address names, brought onto this machine: an object, or a prefix that holds one backup in several objects."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path, PurePosixPath
from shlex import quote
from typing import TYPE_CHECKING, Protocol

from snapinspect.errors import Ambiguous, SourceError
from snapinspect.sources.cloud.addresses import STORES, Address
from snapinspect.sources.cloud.failures import NoSuchObject
from snapinspect.sources.cloud.fetch import fetched
from snapinspect.sources.cloud.places import listed, may_be_snapshots
from snapinspect.sources.cloud.tools import tool_for
from snapinspect.sources.gardener import Saved, saved_as
from snapinspect.sources.workspace import Workspace

if TYPE_CHECKING:
    from snapinspect.model import Progress
    from snapinspect.sources.cloud.stores import Object

_DATABASES = ("snap/db", "state.db")
_MOST = 1_000
"""Objects that one backup may consist of."""
_NAMED = 10
_FEW = 4
"""Archives that are looked into for the one that holds a snapshot."""


class Local(Protocol):
    """A file or a directory of this machine, until it is closed."""

    @property
    def path(self) -> Path:
        """Where it lies."""

    def close(self) -> None:
        """Nobody reads it any more."""


class Tree:
    """A directory in which the objects of a prefix lie as they did there."""

    def __init__(self, objects: dict[str, Object], wanted: str, progress: Progress) -> None:
        with ExitStack() as undo:
            workspace = Workspace()
            undo.callback(workspace.close)
            root = workspace.path / "objects"
            for name, each in objects.items():
                entry = fetched(each.address, progress)
                undo.callback(entry.close)
                link = root / name
                link.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                link.symlink_to(entry.path)
            self.path = root / wanted
            self._undo = undo.pop_all()

    def close(self) -> None:
        self._undo.close()


def brought(address: Address, progress: Progress) -> Local:
    """The object, or the directory that its name is one's. Raises SourceError, Ambiguous, UsageError."""
    saved = saved_as(Path(address.name))
    if saved and not saved.is_full:
        return _of_gardener(address._replace(key=address.key.removesuffix(address.name)), saved, progress)
    if address.scheme not in STORES or not (address.key.endswith("/") or not address.key):
        try:
            return fetched(address, progress)
        except NoSuchObject:
            if address.scheme not in STORES or not _is_prefix(address):
                raise
    return _of_prefix(_directory(address), progress)


def _directory(address: Address) -> Address:
    return address._replace(key=f"{address.key.rstrip('/')}/" if address.key else "")


def _of_gardener(directory: Address, wanted: Saved, progress: Progress) -> Tree:
    found = _relative(directory, listed(directory, _MOST))
    return Tree(_store(found, wanted), wanted.path.name, progress)


def _of_prefix(directory: Address, progress: Progress) -> Tree:
    """The one backup under a prefix: Gardener's store, a data directory, or what a backup tool made."""
    objects = listed(directory, _MOST + 1)
    found = _relative(directory, objects)
    if not found:
        above = directory._replace(key=directory.key.rstrip("/"))
        hint = f"Is the name right? {tool_for(above).objects} lists what there is."
        raise SourceError(f"{directory.shown}: nothing is there", hint)
    if store := _store(found, None):
        return Tree(store, "", progress)
    if any(name.endswith(_DATABASES) or name == "db" for name in found) and len(found) <= _MOST:
        return Tree(found, "", progress)
    top = {name: each for name, each in found.items() if "/" not in name}
    candidates = may_be_snapshots(list(top.values())) if len(top) <= _MOST else []
    if not candidates or len(candidates) > _FEW or sum(each.is_certain for each in candidates) > 1:
        raise _ambiguous(directory, [each.object for each in candidates] or objects)
    return Tree(top, "", progress)


def _is_prefix(address: Address) -> bool:
    """Whether anything lies below; who may not list is told of the object alone."""
    try:
        return bool(listed(_directory(address), 1))
    except SourceError:
        return False


def _relative(directory: Address, objects: list[Object]) -> dict[str, Object]:
    """The objects by their names below the prefix; what cannot be a file's name is none."""
    names = {each.address.key.removeprefix(directory.key): each for each in objects}
    return {
        name: each
        for name, each in names.items()
        if name and not name.endswith("/") and ".." not in PurePosixPath(name).parts
    }


def _store(found: dict[str, Object], wanted: Saved | None) -> dict[str, Object]:
    """The newest full snapshot up to ``wanted``, and the deltas after it; nothing when it is not Gardener's."""
    saved = {name: about for name in found if "/" not in name and (about := saved_as(Path(name)))}
    if wanted:
        saved = {name: each for name, each in saved.items() if (each.last, each.taken) <= (wanted.last, wanted.taken)}
    start = max((each.last for each in saved.values() if each.is_full), default=0)
    return {name: found[name] for name, each in saved.items() if each.last >= start}


def _ambiguous(directory: Address, objects: list[Object]) -> Ambiguous:
    names = [each.address.key.removeprefix(directory.key) for each in objects]
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return Ambiguous(
        f"{directory.shown} is no single backup: it holds {', '.join(names[:_NAMED])}{more}",
        f"Name one of them: `snapinspect ls {quote(objects[-1].address.shown)}`; `snapinspect find KIND/NAME {quote(directory.shown)}` looks into all.",
    )

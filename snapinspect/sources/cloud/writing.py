"""Objects that a program of ours puts into a bucket: only a catalog's, and only where its user told it to.

Which of two programs is first is told by the store: what ``first`` puts is put by one of them alone.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from snapinspect.sources.cloud.addresses import Address
from snapinspect.sources.cloud.failures import NoSuchObject, explained
from snapinspect.sources.cloud.stores import store_of

if TYPE_CHECKING:
    from obstore.store import ObjectStore


class Bucket:
    """A directory of a bucket that is written to: names are below ``directory``, whose key is empty or ends with a slash."""

    def __init__(self, directory: Address) -> None:
        self.directory = directory
        self._store: ObjectStore = store_of(directory)

    def read(self, name: str) -> bytes | None:
        """The whole object, or None where there is none. Raises SourceError."""
        import obstore

        try:
            with explained(self._at(name)):
                return bytes(obstore.get(self._store, self._at(name).key).bytes())
        except NoSuchObject:
            return None

    def put(self, name: str, content: bytes | Path) -> None:
        """Writes a whole object, over what had its name. Raises SourceError."""
        import obstore

        with explained(self._at(name)):
            obstore.put(self._store, self._at(name).key, content)

    def first(self, name: str, content: bytes) -> bool:
        """Writes an object if nothing has its name; whether it did. Raises SourceError."""
        import obstore
        from obstore.exceptions import AlreadyExistsError

        with explained(self._at(name)):
            try:
                obstore.put(self._store, self._at(name).key, content, mode="create", use_multipart=False)
            except AlreadyExistsError:
                return False
        return True

    def move(self, name: str, to: str) -> None:
        """Gives an object another name; one that is not there has it already. Raises SourceError."""
        import obstore

        try:
            with explained(self._at(name)):
                obstore.copy(self._store, self._at(name).key, self._at(to).key)
        except NoSuchObject:
            return
        self.remove(name)

    def remove(self, name: str) -> None:
        """Removes an object, if it is there. Raises SourceError."""
        import obstore

        try:
            with explained(self._at(name)):
                obstore.delete(self._store, self._at(name).key)
        except NoSuchObject:
            return

    def _at(self, name: str) -> Address:
        return self.directory._replace(key=f"{self.directory.key}{name}")

"""What was seen of a record that need not be read."""

from __future__ import annotations

from snapinspect.model import Record, Revision


class Glimpse:
    """A record of whose value no more was read than that it begins with the ``sign`` of its key; ``main`` and ``sub`` are its revision.

    A plain class, as hundreds of thousands are made in one command.
    """

    __slots__ = ("key", "main", "sign", "sub")

    def __init__(self, key: bytes, main: int, sub: int, sign: bytes) -> None:
        self.key = key
        self.main = main
        self.sub = sub
        self.sign = sign

    def record(self) -> Record:
        """The same as a record, whose value is the sign alone; numbers that were not read are 0."""
        return Record(self.key, self.sign, Revision(self.main, self.sub), 0, 0, 0)

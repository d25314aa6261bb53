"""How a command ends that was not refused."""

from __future__ import annotations


class Ended(Exception):
    """The command has done what it could, and the program ends with ``code``."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code

"""Everything random in the workload, from one seed."""

from __future__ import annotations

import random
import string

_SUFFIX = "bcdfghjklmnpqrstvwxz2456789"
_SEPARATORS = (" = ", ": ", "=", " ")
_INDENTS = ("", "", "  ", "    ")
_LINES = 2_000
_LINE_LENGTH = 36


class Chance(random.Random):
    """Makes up what Kubernetes and people make up: uids, name suffixes, addresses, lines of configuration."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self._lines = [f"{self._word()}{self.choice(_SEPARATORS)}{self._words(5)}" for _ in range(_LINES)]

    def uid(self) -> str:
        text = f"{self.getrandbits(128):032x}"
        return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:]}"

    def suffix(self, length: int) -> str:
        return "".join(self.choices(_SUFFIX, k=length))

    def address(self, network: int) -> str:
        return f"10.{network}.{self.randint(1, 254)}.{self.randint(1, 254)}"

    def line(self) -> str:
        return self.choice(self._lines)

    def text(self, size: int) -> str:
        """Lines of configuration, about ``size`` characters."""
        count = size // _LINE_LENGTH
        pairs = zip(self.choices(_INDENTS, k=count), self.choices(self._lines, k=count), strict=True)
        return "".join(f"{indent}{line}\n" for indent, line in pairs)

    def _words(self, count: int) -> str:
        return self.choice((" ", ".", "/")).join(self._word() for _ in range(count))

    def _word(self) -> str:
        return "".join(self.choices(string.ascii_lowercase, k=self.randint(2, 9)))

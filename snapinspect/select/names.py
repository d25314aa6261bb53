"""Names as people give them: literal ones, and patterns with ``*``, ``?`` and ``[…]``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import translate
from functools import cached_property

_MAGIC = frozenset("*?[")


def is_pattern(word: str) -> bool:
    """Whether ``word`` may stand for several names."""
    return not _MAGIC.isdisjoint(word)


@dataclass(frozen=True)
class Names:
    """Some names and patterns; a name is in it that any of them fits. None at all are false."""

    words: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.words)

    def __contains__(self, name: object) -> bool:
        if name in self.literals:
            return True
        return self._pattern is not None and isinstance(name, str) and self._pattern.fullmatch(name) is not None

    @cached_property
    def literals(self) -> frozenset[str]:
        """Those that stand for themselves alone."""
        return frozenset(word for word in self.words if not is_pattern(word))

    @property
    def has_patterns(self) -> bool:
        return self._pattern is not None

    @cached_property
    def _pattern(self) -> re.Pattern[str] | None:
        patterns = [translate(word) for word in self.words if is_pattern(word)]
        return re.compile("|".join(patterns)) if patterns else None


ALL = Names()
"""No name in particular."""

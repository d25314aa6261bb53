"""Names as people give them: literal ones, and patterns with ``*``, ``?`` and ``[…]``."""

from __future__ import annotations

import re
from fnmatch import translate
from functools import cached_property

_MAGIC = frozenset("*?[")


def is_pattern(word: str) -> bool:
    """Whether ``word`` may stand for several names."""
    return not _MAGIC.isdisjoint(word)


class Names:
    """Some names and patterns; a name is in it that any of them fits. None at all are false.

    ``literals`` are those that stand for themselves alone.
    """

    def __init__(self, words: tuple[str, ...] = ()) -> None:
        self.words = words
        self.literals = frozenset(word for word in words if not is_pattern(word))

    def __bool__(self) -> bool:
        return bool(self.words)

    def __contains__(self, name: object) -> bool:
        if name in self.literals:
            return True
        return self._pattern is not None and isinstance(name, str) and self._pattern.fullmatch(name) is not None

    @property
    def has_patterns(self) -> bool:
        return self._pattern is not None

    @cached_property
    def _pattern(self) -> re.Pattern[str] | None:
        patterns = [translate(word) for word in self.words if is_pattern(word)]
        return re.compile("|".join(patterns)) if patterns else None


ALL = Names()
"""No name in particular."""

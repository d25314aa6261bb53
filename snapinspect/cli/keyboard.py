"""What was typed on another keyboard layout, with letters that look alike, or with a word processor's dashes and quotes."""

from __future__ import annotations

from collections.abc import Iterator

_LAYOUT = str.maketrans(
    "йцукенгшщзфывапролдячсмитьЙЦУКЕНГШЩЗФЫВАПРОЛДЯЧСМИТЬбюБЮхъХЪжэЖЭё",
    "qwertyuiopasdfghjklzxcvbnmQWERTYUIOPASDFGHJKLZXCVBNM,.<>[]{};':\"`",
)
"""The keys of the Russian layout, and what they are in the American one."""
_ALIKE = str.maketrans("аеорсухкмтнвАЕОРСУХКМТНВіІ", "aeopcyxkmthbAEOPCYXKMTHBiI")
"""Cyrillic letters, and the Latin ones that look like them."""
_SIGNS = str.maketrans(
    {"\u2014": "--", "\u2013": "-", "\u2212": "-", "\u2011": "-", "\u00a0": " "}
    | dict.fromkeys("\u2018\u2019\u201c\u201d\u00ab\u00bb", "")
)
"""What word processors and chats make of dashes and quotes; a long dash was two."""


def latin(text: str) -> Iterator[str]:
    """What may have been meant, the likeliest first; nothing where the text is plain."""
    if text.isascii():
        return
    plain = text.translate(_SIGNS)
    if text.startswith("\u2013") and len(plain) > 2:
        # An en dash before a whole word stands for two.
        plain = f"-{plain}"
    for other in (plain, plain.translate(_LAYOUT), plain.translate(_ALIKE)):
        if other.isascii():
            yield other

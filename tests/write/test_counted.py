from __future__ import annotations

from snapinspect.write.counted import counted


def test_numbers_and_nouns_agree() -> None:
    assert [counted(number, "object") for number in (0, 1, 2)] == ["0 objects", "1 object", "2 objects"]
    assert [counted(number, "entry", "entries") for number in (1, 21)] == ["1 entry", "21 entries"]

from __future__ import annotations

import csv
import io
import os

from snapinspect.write.lists import write_csv

NAME = "a\x1b[31m\u202eb\x07"
FACTS = [{"name": NAME, "size": 7, "by": ["x", "y"]}, {"name": None}]


def test_a_pipe_gets_every_byte() -> None:
    stream = io.StringIO()
    write_csv(("name", "size", "by"), FACTS, stream)
    assert list(csv.reader(stream.getvalue().splitlines())) == [
        ["name", "size", "by"],
        [NAME, "7", "x,y"],
        ["", "", ""],
    ]


def test_nothing_in_a_cell_drives_a_terminal() -> None:
    reading, writing = os.openpty()
    with os.fdopen(writing, "w", encoding="utf-8") as terminal:
        write_csv(("name", "size", "by"), FACTS, terminal)
        terminal.flush()
        held = b""
        while held.count(b"\n") < 1 + len(FACTS):
            held += os.read(reading, 4096)
    os.close(reading)
    shown = held.decode().splitlines()
    assert all(line.isprintable() for line in shown)
    assert next(csv.reader([shown[1]])) == ["a\\x1b[31m\\u202eb\\x07", "7", "x,y"]

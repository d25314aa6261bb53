"""The tables of every object in a real cluster's snapshot; run as a program it writes what the test expects anew.

``tests/golden/serve-small.txt`` was gone through by hand against kubernetes ``pkg/printers/internalversion/printers.go``.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from served_snapshot import TABLE, Served, serving

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "golden" / "serve-small.txt"
SNAPSHOT = ROOT / "fixtures" / "k8s-1.36" / "small.db"
PLAIN = {"Name", "Age", "Created At"}


def tables(served: Served) -> Iterator[str]:
    """A line for each object, below one for the columns of its kind."""
    for path, resource in served.listed():
        table = served.get(path, accept=TABLE)
        columns = [column["name"] for column in table["columnDefinitions"]]
        if table["rows"] and set(columns) - PLAIN:
            yield f"{path} {resource['kind']}: {' | '.join(columns)}"
            for row in table["rows"]:
                namespace = row["object"]["metadata"].get("namespace", "-")
                cells = (str(cell).replace("\n", " ") for cell in row["cells"])
                yield f"{namespace} | {' | '.join(cells)}"


def regenerate() -> None:
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder), str(SNAPSHOT)) as served:
        GOLDEN.write_text("".join(f"{line}\n" for line in tables(served)))


if __name__ == "__main__":
    regenerate()

"""The CPU of ``json.dumps`` alone: ``python -m bench.baseline OBJECTS.jsonl`` prints seconds.

The objects are read in batches before the clock runs, so that nothing but ``dumps`` is counted.
"""

from __future__ import annotations

import json
import sys
import time
from itertools import islice
from pathlib import Path

_BATCH = 1000


def seconds(path: Path) -> float:
    """What ``json.dumps`` of each object, a line of the file, takes."""
    total = 0.0
    with path.open(encoding="utf-8") as lines:
        while batch := [json.loads(line) for line in islice(lines, _BATCH)]:
            began = time.process_time()
            for body in batch:
                json.dumps(body)
            total += time.process_time() - began
    return total


if __name__ == "__main__":
    print(seconds(Path(sys.argv[1])))

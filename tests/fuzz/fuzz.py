"""``make fuzz``: lets atheris look, guided by coverage, for input that makes a target raise what it must not.

    python tests/fuzz/fuzz.py [--seconds N] [--seed N] [TARGET …]

Each target has its share of the time, in a process of its own. What was found lies in ``tests/fuzz/regressions/TARGET``
afterwards, and every run of the tests tries it.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
for room in ("fuzz", "sources", "cli", ""):
    sys.path.insert(0, str(HERE.parent / room))
FOUND = HERE / "regressions"
_SLOWEST = 20
"""Seconds that one input may take."""
_MEMORY = 2048
"""MiB that a process may take."""


def main() -> int:
    """Zero when no target found anything."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seconds", type=int, default=120, help="in all")
    parser.add_argument("--seed", type=int, default=0, help="the same inputs in the same order each time; 0 is chance")
    parser.add_argument("--inside", help=argparse.SUPPRESS)
    parser.add_argument("targets", nargs="*")
    given = parser.parse_args()
    if given.inside:
        return _look(given.inside, given.targets)
    from fuzz_targets import TARGETS

    names = given.targets or list(TARGETS)
    return max([_started(name, max(1, given.seconds // len(names)), given.seed) for name in names], default=0)


def _started(name: str, seconds: int, seed: int) -> int:
    from fuzz_targets import TARGETS

    kept = FOUND / name
    kept.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as corpus:
        for number, first in enumerate(TARGETS[name][1]()):
            (Path(corpus) / f"seed-{number}").write_bytes(first)
        limits = [f"-max_total_time={seconds}", f"-timeout={_SLOWEST}", f"-rss_limit_mb={_MEMORY}", f"-seed={seed}"]
        options = [*limits, f"-artifact_prefix={kept}/", "-print_final_stats=1", "-verbosity=0", "-max_len=65536"]
        words = [sys.executable, str(HERE / "fuzz.py"), "--inside", name, "--", corpus, str(kept), *options]
        done = subprocess.run(words, check=False, capture_output=True, text=True)
    if not any(kept.iterdir()):
        kept.rmdir()
    facts = dict(line[6:].split(": ", 1) for line in done.stderr.splitlines() if line.startswith("stat::"))
    tries = facts.get("number_of_executed_units", "?").strip()
    verdict = "found nothing" if not done.returncode else "FAILED"
    sys.stdout.write(f"{name}: {tries} inputs in {seconds} s, {verdict}\n")
    if done.returncode:
        sys.stdout.write(done.stderr[-4000:])
    sys.stdout.flush()
    return min(done.returncode, 1)


def _look(name: str, options: list[str]) -> int:
    import atheris

    with atheris.instrument_imports(include=["snapinspect"]):
        from fuzz_targets import attempt

    atheris.Setup([sys.argv[0], *options], lambda data: attempt(name, data))
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""``snapinspect`` and ``python -m snapinspect``: signals unwind from the first line on, before all else is imported."""

from __future__ import annotations

import gc
import os
import signal
import sys

INTERRUPTED = 130
COLLECT_AFTER = 1_000_000


def main() -> None:
    """The entry point: a SIGTERM unwinds like an exit, so that nothing half-written stays, and Ctrl-C shows no traceback."""
    # Objects by the hundred thousand, none of which refer in circles: looking for circles costs a third of the time.
    gc.set_threshold(COLLECT_AFTER)
    try:
        for number in (signal.SIGTERM, signal.SIGHUP):
            # nohup has the terminal's end ignored, and it must stay so.
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, _leave)
        if sys.stderr is None:
            # Whoever closed standard error wants to hear nothing, but wants the result.
            sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115
        from snapinspect.cli.start import run

        run()
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        sys.exit(INTERRUPTED)


def complete_for_kubectl() -> None:
    """The entry point that kubectl runs to complete words behind ``kubectl snapinspect``."""
    sys.argv.insert(1, "__complete")
    main()


def _leave(number: int, _frame: object) -> None:
    """Once is enough: what is being cleaned up must not be interrupted again."""
    signal.signal(number, signal.SIG_IGN)
    sys.exit(128 + number)


if __name__ == "__main__":
    main()

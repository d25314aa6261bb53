"""The one place that maps errors to messages and exit codes."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from snapinspect.cli import console
from snapinspect.cli.ending import Ended
from snapinspect.cli.line import typed
from snapinspect.errors import (
    Damaged,
    NotASnapshot,
    NotFound,
    NotHeld,
    SnapinspectError,
    SourceError,
    UsageError,
    Withdrawn,
    WorkerDied,
)

INTERRUPTED = 130


@contextmanager
def explaining(passing: tuple[type[Exception], ...] = ()) -> Iterator[None]:
    """Raises Ended in the place of what goes wrong, which it tells; those that are ``passing`` somebody else tells."""
    try:
        yield
    except Ended:
        raise
    except passing:
        raise
    except NotHeld as error:
        # Imported here, as most name a moment that is held.
        from snapinspect.cli.nearest import other_moment

        error.hint = other_moment(error)
        fail(slip() or error)
    except (Damaged, NotASnapshot) as error:
        # Imported here, as most snapshots are whole.
        from snapinspect.cli.nearest import salvaging

        error.hint = salvaging(error.hint)
        fail(error)
    except WorkerDied as error:
        error.hint = f"Memory may be short, and one process takes the least: `{typed().with_option('--jobs', '1')}`"
        fail(error)
    except (UsageError, NotFound, SourceError) as error:
        fail(slip() or error)
    except SnapinspectError as error:
        fail(error)
    except Withdrawn as error:
        fail(SourceError(str(error), error.hint))
    except BrokenPipeError:
        console.give_up_output()
        raise Ended(0) from None
    except KeyboardInterrupt:
        console.tell("interrupted")
        raise Ended(INTERRUPTED) from None
    except (OSError, MemoryError) as error:
        fail(SnapinspectError(str(error) or "not enough memory", "--debug shows where it happened."))
    except Exception as error:  # noqa: BLE001 - nobody is shown a traceback who did not ask for one
        fault = f"unexpected {type(error).__name__}: {error}"
        fail(SnapinspectError(fault, "This is a fault of snapinspect: please report it with what --debug shows."))


def slip(*, of_dashes: bool = False) -> SnapinspectError | None:
    """What is meant by words that are wrong in a known way."""
    # Imported here, as most know what they say.
    from snapinspect.cli.slips import dash
    from snapinspect.cli.slips import slip as slipped

    return dash() if of_dashes else slipped()


def fail(error: SnapinspectError) -> NoReturn:
    """Tells the error and ends with its exit code."""
    if "--debug" in sys.argv:
        import traceback

        traceback.print_exc()
    if "`" not in (error.hint or ""):
        # Imported here, as most know what they say.
        from snapinspect.cli.pasted import with_a_line

        error.hint = with_a_line(error)
    console.show_error(error)
    raise Ended(error.exit_code)

"""Every error that a user can meet, with what to do about it and the exit code.

SnapinspectError            1
├── UsageError              2   the command line or an argument of the API is wrong
│   └── NotHeld             2   a moment that the snapshot does not hold
├── NotFound                1   nothing matched what was named
├── Ambiguous               1   a name stands for several objects
├── SourceError             1   the snapshot cannot be opened
│   ├── NotASnapshot        1   the file is something else
│   └── DigestMismatch      1   the file is not what was saved
├── Damaged                 1   a structure in the file contradicts itself
├── OutputError             1   the result cannot be written
├── WorkerDied              1   a process that did part of the work ended before it was done
└── Undecodable             3   one value cannot be read; the others can
    └── Locked              3   it is encrypted and no key opens it
"""

from __future__ import annotations


class SnapinspectError(Exception):
    """Base of all errors: ``str(error)`` says what is wrong, ``hint`` what to do about it."""

    exit_code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class UsageError(SnapinspectError):
    exit_code = 2


class NotHeld(UsageError):
    """``asked`` is the moment as it was said; ``instead`` says one that is held."""

    def __init__(self, message: str, hint: str = "", *, asked: str, instead: str) -> None:
        super().__init__(message, hint)
        self.asked = asked
        self.instead = instead


class NotFound(SnapinspectError):
    pass


class Ambiguous(SnapinspectError):
    """``instead`` is one that could be named: of several snapshots in a directory, of several namespaces."""

    def __init__(self, message: str, hint: str = "", *, instead: str = "") -> None:
        super().__init__(message, hint)
        self.instead = instead


class SourceError(SnapinspectError):
    pass


class NotASnapshot(SourceError):
    pass


class DigestMismatch(SourceError):
    pass


class Damaged(SnapinspectError):
    def __init__(
        self, message: str, hint: str = "Try another copy of the snapshot; --salvage reads what is left of this one."
    ) -> None:
        super().__init__(message, hint)


class OutputError(SnapinspectError):
    pass


class WorkerDied(SnapinspectError):
    """``first`` and ``last`` are what its range began and ended with; ``code`` is its exit code, negative for a signal."""

    def __init__(self, first: str, last: str, code: int) -> None:
        how = f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
        part = first if first == last else f"{first} to {last}"
        super().__init__(f"the process that worked on {part} {how}", "Memory may be short: --jobs 1 takes the least.")


class Undecodable(SnapinspectError):
    code = "undecodable"
    exit_code = 3


class UnknownKind(Undecodable):
    code = "unknown-kind"


class Locked(Undecodable):
    code = "locked"


class Withdrawn(BaseException):
    """A file is taken away while it is read; no loop over values may go on, and the program turns it into a SourceError."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint

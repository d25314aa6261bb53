"""Pages of a mapped file that are gone when they are read: the file was cut short, or its disk gave them up.

The kernel answers such a read with SIGBUS, which ends a program. Here a page of zeros is put where the lost one was, so
that the read comes back, and then Withdrawn is raised: nothing that was made of the zeros is used, and all unwinds.
Sources: ``sigaction(2)`` (``BUS_ADRERR``, ``si_addr``), ``mmap(2)`` (``MAP_FIXED``); the layout of ``struct sigaction``
is that of glibc and musl on x86-64, arm64 and most others.
"""

from __future__ import annotations

import ctypes
import mmap
import signal
import sys
from _thread import get_ident

_BUS_ADRERR = 2
_SA_SIGINFO = 4
_MAP_FIXED = 0x10
_ALL_SIGNALS = b"\xff" * 128


class _Info(ctypes.Structure):
    """The beginning of ``siginfo_t`` as a fault fills it."""

    _fields_ = (("signo", ctypes.c_int), ("errno", ctypes.c_int), ("code", ctypes.c_int), ("address", ctypes.c_void_p))


_Handler = ctypes.CFUNCTYPE(None, ctypes.c_int, ctypes.POINTER(_Info), ctypes.c_void_p)


class _Action(ctypes.Structure):
    _fields_ = (
        ("handler", _Handler),
        ("mask", ctypes.c_char * len(_ALL_SIGNALS)),
        ("flags", ctypes.c_int),
        ("restorer", ctypes.c_void_p),
    )


def survive(relay: signal.Signals) -> None:
    """From now on a lost page reads as zeros, and ``relay`` is sent to the thread that read it. Linux alone.

    All signals are held back while the handler runs, so that the relay's own handler runs after the read.
    """
    if sys.platform != "linux":
        return
    libc = ctypes.CDLL(None, use_errno=True)
    libc.mmap.restype = ctypes.c_void_p
    libc.mmap.argtypes = (ctypes.c_void_p, ctypes.c_size_t, *[ctypes.c_int] * 3, ctypes.c_long)
    access = mmap.PROT_READ | mmap.PROT_WRITE
    flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | _MAP_FIXED

    def replace(_number: int, info: ctypes._Pointer[_Info], _context: int) -> None:
        address = info.contents.address
        if info.contents.code == _BUS_ADRERR and address:
            page = address - address % mmap.PAGESIZE
            if libc.mmap(page, mmap.PAGESIZE, access, flags, -1, 0) == page:
                signal.pthread_kill(get_ident(), relay)
                return
        # Not a page that can be replaced: the same read ends the program when it is tried again.
        signal.signal(signal.SIGBUS, signal.SIG_DFL)

    action = _Action(_Handler(replace), _ALL_SIGNALS, _SA_SIGINFO, None)
    if not libc.sigaction(signal.SIGBUS, ctypes.byref(action), None):
        _kept.append(action)


_kept: list[_Action] = []
"""The kernel holds only an address: what it leads to must stay."""

"""Ways in which files break, each from a seeded chance."""

from __future__ import annotations

import random
from collections.abc import Callable

PAGE = 4096
Mutation = Callable[[random.Random, bytearray, bytes], bytes]
"""Takes the chance, a copy of the file to change, and another file; gives the damaged one."""


def flip_bits(chance: random.Random, data: bytearray, _other: bytes) -> bytes:
    for _ in range(chance.choice([1, 1, 4, 64])):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    return bytes(data)


def flip_header_bits(chance: random.Random, data: bytearray, _other: bytes) -> bytes:
    """Where page headers and the first elements stand, and damage goes furthest."""
    for _ in range(chance.choice([1, 2, 8])):
        page = chance.choice([0, 1, chance.randrange(len(data) // PAGE)])
        data[page * PAGE + chance.randrange(96)] ^= 1 << chance.randrange(8)
    return bytes(data)


def zero_pages(chance: random.Random, data: bytearray, _other: bytes) -> bytes:
    for _ in range(chance.choice([1, 3, 20])):
        start = chance.randrange(len(data) // PAGE) * PAGE
        data[start : start + PAGE] = bytes(PAGE)
    return bytes(data)


def zero_metas(chance: random.Random, data: bytearray, other: bytes) -> bytes:
    data[: 2 * PAGE] = bytes(2 * PAGE)
    return zero_pages(chance, data, other) if chance.random() < 0.5 else bytes(data)


def cut_off(chance: random.Random, data: bytearray, _other: bytes) -> bytes:
    return bytes(data[: chance.randrange(len(data))])


def swap_pages(chance: random.Random, data: bytearray, _other: bytes) -> bytes:
    for _ in range(chance.choice([1, 5])):
        one, two = (chance.randrange(len(data) // PAGE) * PAGE for _ in range(2))
        data[one : one + PAGE], data[two : two + PAGE] = data[two : two + PAGE], data[one : one + PAGE]
    return bytes(data)


def shift(chance: random.Random, data: bytearray, _other: bytes) -> bytes:
    """Bytes go missing, or come in, so that nothing behind them begins where a page does."""
    at = chance.randrange(len(data))
    if chance.random() < 0.5:
        del data[at : at + chance.randrange(1, 9000)]
    else:
        data[at:at] = chance.randbytes(chance.randrange(1, 9000))
    return bytes(data)


def overwrite(chance: random.Random, data: bytearray, _other: bytes) -> bytes:
    at, size = chance.randrange(len(data)), chance.choice([8, 512, 20_000])
    data[at : at + size] = chance.randbytes(min(size, len(data) - at))
    return bytes(data)


def splice(chance: random.Random, data: bytearray, other: bytes) -> bytes:
    """Pages of another database, in their own places."""
    start = chance.randrange(len(other) // PAGE) * PAGE
    end = start + chance.randrange(1, 60) * PAGE
    data[start:end] = other[start:end]
    return bytes(data)


MUTATIONS: tuple[Mutation, ...] = (
    flip_bits,
    flip_header_bits,
    zero_pages,
    zero_metas,
    cut_off,
    swap_pages,
    shift,
    overwrite,
    splice,
)

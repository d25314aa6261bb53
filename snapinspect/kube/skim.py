"""Reading a part of a message: of what nobody asks for no more is made than it takes to know that it could be read.

Only of protobuf is anything gained; JSON and CBOR have to be read whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache, partial
from typing import NamedTuple

from snapinspect.kube.readers import DEFERRED, DEFERRED_LIST, MESSAGE, MESSAGES, SKIPPED, Plan, Slot


class Skim(NamedTuple):
    """Which fields of a message are read, by their names in JSON; made once and kept, as its plans are.

    ``inside`` says it of messages in it. Fields that are ``skipped`` are not read; where some are to be ``read``, no others are.
    Messages that are ``deferred`` are read when their ``Deferred`` is asked for its value.
    """

    inside: tuple[tuple[str, Skim], ...] = ()
    skipped: frozenset[str] = frozenset()
    read: frozenset[str] = frozenset()
    deferred: frozenset[str] = frozenset()


@lru_cache(maxsize=2048)
def skimming(plan: Plan, skim: Skim) -> Plan:
    """The plan of the same message that reads no more than ``skim`` says."""
    return Plan(plan.name, plan.reshape, partial(_slots, plan, skim))


def _slots(plan: Plan, skim: Skim) -> dict[int, Slot]:
    inside = dict(skim.inside)
    return {tag: _looking(slot, skim, inside) for tag, slot in plan.slots().items()}


def _looking(slot: Slot, skim: Skim, inside: Mapping[str, Skim]) -> Slot:
    name = slot.name
    is_message = slot.plan is not None and slot.code in _DEFERRING
    if name in inside and slot.plan is not None and is_message:
        return Slot(slot.code, name, plan=skimming(slot.plan, inside[name]))
    if name in skim.deferred and is_message:
        return Slot(_DEFERRING[slot.code], name, plan=slot.plan)
    is_skipped = name in skim.skipped or (skim.read and name not in skim.read)
    return Slot(SKIPPED, name, plan=slot.plan if is_message else None) if is_skipped else slot


_DEFERRING = {MESSAGE: DEFERRED, MESSAGES: DEFERRED_LIST}

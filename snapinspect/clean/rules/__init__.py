"""The one table of cleaning rules, by theme."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from snapinspect.clean import conversions
from snapinspect.clean.rules import (
    control_plane,
    credentials,
    distributions,
    every_object,
    finished,
    identity,
    network,
    owned,
    plugins,
    pods,
    runs,
    storage,
    workloads,
)

if TYPE_CHECKING:
    from snapinspect.clean.rule import AnyRule

TABLE: Final[tuple[AnyRule, ...]] = (
    *every_object.RULES,
    *finished.RULES,
    *control_plane.RULES,
    *credentials.RULES,
    *owned.RULES,
    *distributions.RULES,
    *runs.RULES,
    *plugins.RULES,
    *pods.RULES,
    *network.RULES,
    *storage.RULES,
    *workloads.RULES,
    *identity.RULES,
    *conversions.RULES,
)

"""Conversions between API versions, by theme, and the kinds that nothing can be converted to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from snapinspect.clean.conversions import access, autoscaling, definitions, networking, plain, withdrawn, workloads

if TYPE_CHECKING:
    from snapinspect.clean.rule import AnyRule

RULES: Final[tuple[AnyRule, ...]] = (
    *definitions.RULES,
    *workloads.RULES,
    *autoscaling.RULES,
    *networking.RULES,
    *access.RULES,
    *plain.RULES,
    *withdrawn.RULES,
)

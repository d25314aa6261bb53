"""Putting recovered objects back into a cluster: first a plan, then, step by step, what it says. Nothing is ever deleted."""

from snapinspect.recovery.restore.apply import Applier, Outcome, Result
from snapinspect.recovery.restore.offline import offline_plan
from snapinspect.recovery.restore.plan import Plan, Planner
from snapinspect.recovery.restore.relocate import relocate
from snapinspect.recovery.restore.steps import Action, Policy, State, Step
from snapinspect.recovery.restore.wanted import Wanted, gather

__all__ = [
    "Action",
    "Applier",
    "Outcome",
    "Plan",
    "Planner",
    "Policy",
    "Result",
    "State",
    "Step",
    "Wanted",
    "gather",
    "offline_plan",
    "relocate",
]

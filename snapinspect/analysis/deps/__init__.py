"""References between objects: what one needs, what serves it, and what a snapshot lacks.

``table`` holds one row for each field that names another object; everything else follows from it.
"""

from snapinspect.analysis.deps.closure import Dependencies, Missing, dependencies
from snapinspect.analysis.deps.lines import tree_lines
from snapinspect.analysis.deps.tree import Surroundings, Tree

__all__ = ["Dependencies", "Missing", "Surroundings", "Tree", "dependencies", "tree_lines"]

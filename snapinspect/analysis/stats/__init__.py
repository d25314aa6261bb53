"""What fills a snapshot, and what would help: the facts of ``snapinspect stats``."""

from snapinspect.analysis.stats.report import Statistics, describe

__all__ = ["Statistics", "describe"]

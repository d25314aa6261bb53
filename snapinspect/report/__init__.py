"""A snapshot as one page that opens without a network: what it is, what fills it, and what happened."""

from snapinspect.report.filling import fill_page
from snapinspect.report.gathering import Asked, Facts, gather
from snapinspect.report.page import require_plotly
from snapinspect.report.whole import whole_page

__all__ = ["Asked", "Facts", "fill_page", "gather", "require_plotly", "whole_page"]

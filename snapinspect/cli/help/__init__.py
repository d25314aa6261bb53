"""Help that teaches: examples that work, the options that matter in panels, and the rest with ``--help-all``."""

from snapinspect.cli.help.command import TaughtCommand, TaughtGroup, whole_help

__all__ = ["TaughtCommand", "TaughtGroup", "whole_help"]

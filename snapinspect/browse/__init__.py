"""Snapshots in a terminal, with time in them: lists of objects, each object through its revisions, what was deleted and what happened."""

from snapinspect.browse.app import Browser

__all__ = ["Browser"]

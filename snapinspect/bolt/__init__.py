"""Reads a bbolt file from a buffer; knows pages and bytes, never a path."""

from snapinspect.bolt.file import BoltFile, Bucket

__all__ = ["BoltFile", "Bucket"]

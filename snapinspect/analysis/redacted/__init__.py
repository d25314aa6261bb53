"""What is secret in a snapshot, and whether a file still holds any of it."""

from snapinspect.analysis.redacted.check import Found, check_redacted
from snapinspect.analysis.redacted.needles import Needles
from snapinspect.analysis.redacted.secrets import secret_values, texts_in_manifest

__all__ = ["Found", "Needles", "check_redacted", "secret_values", "texts_in_manifest"]

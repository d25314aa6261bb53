"""Helm's releases, as Helm keeps them in Secrets and ConfigMaps: which there are, and what each deployed."""

from snapinspect.analysis.helm.record import Contents, unpack
from snapinspect.analysis.helm.releases import Kept, kept_releases, newest

__all__ = ["Contents", "Kept", "kept_releases", "newest", "unpack"]

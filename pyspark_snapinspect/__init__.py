"""Found by Spark, which looks for packages of such a name: ``spark.read.format("snapinspect")``."""

from snapinspect.tables.spark import SnapshotSource as DefaultSource

__all__ = ["DefaultSource"]

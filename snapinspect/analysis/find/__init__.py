"""In which of many snapshots an object is, when it changed, and from which one it can be had.

``places`` tells which snapshots are meant, ``look`` what one of them knows of the object, ``pool`` looks into many
side by side, and ``story`` puts what they tell in the order of time.
"""

from snapinspect.analysis.find.look import Asked, Look, Remains, State, Unopened, look
from snapinspect.analysis.find.places import Places, snapshots_at
from snapinspect.analysis.find.pool import Died, side_by_side
from snapinspect.analysis.find.story import Cluster, Run, Told, Verdict, clusters_of

__all__ = [
    "Asked",
    "Cluster",
    "Died",
    "Look",
    "Places",
    "Remains",
    "Run",
    "State",
    "Told",
    "Unopened",
    "Verdict",
    "clusters_of",
    "look",
    "side_by_side",
    "snapshots_at",
]

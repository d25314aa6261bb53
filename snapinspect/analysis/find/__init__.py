"""In which of many snapshots an object is, when it changed, and from which one it can be had.

``places`` tells which snapshots are meant, ``look`` what one of them knows of the object, and ``story`` puts what they tell in the order of time.
"""

from snapinspect.analysis.find.look import Asked, Look, Remains, State, Unopened, look
from snapinspect.analysis.find.places import Places, snapshots_at
from snapinspect.analysis.find.story import Cluster, Run, Told, Verdict, clusters_of

__all__ = [
    "Asked",
    "Cluster",
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
    "snapshots_at",
]

"""``rebuild``: a new snapshot, from which ``etcdutl snapshot restore`` starts a cluster.

from snapinspect.recovery.rebuild import Change, rebuild

with snapinspect.open("etcd-backup.db") as snapshot:
rebuild(snapshot, Path("before.db"), Change(at=12345))
"""

from snapinspect.recovery.rebuild.change import Change
from snapinspect.recovery.rebuild.next_steps import restore_commands
from snapinspect.recovery.rebuild.rebuild import Rebuilt, rebuild

__all__ = ["Change", "Rebuilt", "rebuild", "restore_commands"]

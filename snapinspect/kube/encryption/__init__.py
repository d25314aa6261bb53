"""Encryption at rest: which key locks a stored value, and opening it.

Keys come from ``config`` (the API server's own file), ``bootstrap`` (k3s and RKE2 keep it inside etcd) and
``find`` (what lies beside a snapshot). Key material stays in here: no message, repr or log shows any.
"""

from snapinspect.kube.encryption.keyring import Keyring
from snapinspect.kube.encryption.lock import Lock, identify, is_encrypted

__all__ = ["Keyring", "Lock", "identify", "is_encrypted"]

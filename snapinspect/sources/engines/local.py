"""``--engine etcd``: the snapshot, restored into a temporary etcd on this machine.

It listens on a Unix socket in a directory that only its owner can enter. Sources: go.etcd.io/etcd
``etcdutl/etcdutl/snapshot_command.go`` (restore) and ``server/embed/config.go`` (flags).
"""

from __future__ import annotations

import dataclasses
import os
import time
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from snapinspect.bolt import BoltFile
from snapinspect.errors import Damaged, SourceError, UsageError
from snapinspect.etcd.client import connect, socket_access
from snapinspect.etcd.live import LiveStore
from snapinspect.model import silent
from snapinspect.sources.engines.process import Process
from snapinspect.sources.engines.programs import Programs, find_programs
from snapinspect.sources.file import has_digest, map_file
from snapinspect.sources.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable

    from snapinspect.etcd import Facts
    from snapinspect.etcd.client.client import Client
    from snapinspect.model import Progress
    from snapinspect.sources.source import Source

_SOCKET, _PEER_SOCKET = "client:1", "peer:1"
"""etcd names a socket as a host and a port, and makes it where it runs."""
_LONGEST_SOCKET = 107
_LOG_SPACE = 160 << 20
"""Bytes of disk for etcd's own write-ahead log, which it takes in advance."""
_PATIENCE = 60.0
_BYTES_PER_SECOND = 20 << 20
_PAUSE = 0.02

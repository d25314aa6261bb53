"""The commands that make a cluster of a rebuilt snapshot.

Source: etcd.io ``docs/v3.5/op-guide/recovery``: each member restores the same file, with its own name and address.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

from snapinspect.etcd.about import Member

_DIRECTORY = "/var/lib/etcd-restored"
_LONE = ("default", "http://localhost:2380")
"""What etcdutl takes for a member that nothing is known of."""


def restore_commands(target: Path, members: tuple[Member, ...]) -> Iterator[str]:
    """A line for each member that the snapshot names, to be run on its machine; one when it names none."""
    named = [(member.name, member.peer_urls[0]) for member in members if member.name and member.peer_urls]
    named = named or [_LONE]
    cluster = ",".join(f"{name}={url}" for name, url in named)
    for name, url in named:
        words = ["etcdutl", "snapshot", "restore", str(target), "--data-dir", _DIRECTORY]
        if named != [_LONE]:
            words += ["--name", name, "--initial-cluster", cluster, "--initial-advertise-peer-urls", url]
        yield shlex.join(words)

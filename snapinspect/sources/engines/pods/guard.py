"""Deletes a pod whose maker is gone: ``guard.py NAMESPACE NAME KUBECONFIG CONTEXT``, "" for what is not said.

Its standard input is a pipe that ends when the maker dies, however it dies. A byte before that end means that
nothing is left to do.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
import weakref
from pathlib import Path

from snapinspect.errors import SnapinspectError

_TRIES, _PAUSE = 5, 2.0


class Guard:
    """Watches over one pod from now until ``dismiss``."""

    def __init__(self, namespace: str, name: str, kubeconfig: Path | None, context: str) -> None:
        where = [namespace, name, str(kubeconfig.absolute()) if kubeconfig else "", context]
        process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-P", __file__, *where],
            # It must find what this program finds, and nothing in the directory where it happens to run.
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self.dismiss = weakref.finalize(self, _dismiss, process)
        # At the end of the program it must still be there to see that the pod is deleted.
        self.dismiss.atexit = False


def _dismiss(process: subprocess.Popen[bytes]) -> None:
    process.communicate(b".")


def main() -> None:
    namespace, name, kubeconfig, context = sys.argv[1:]
    if sys.stdin.buffer.read(1):
        return
    from snapinspect.sources.engines.pods.cluster import Cluster

    for _ in range(_TRIES):
        try:
            if Cluster(Path(kubeconfig) if kubeconfig else None, context).delete(namespace, name):
                return
        except SnapinspectError:
            pass
        # A request that was under way when its maker died may still make the pod.
        time.sleep(_PAUSE)


if __name__ == "__main__":
    main()

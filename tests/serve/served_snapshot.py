"""A running ``snapinspect serve``, and an unmodified kubectl."""

from __future__ import annotations

import json
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPSConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

KUBECTL = Path(sys.executable).parent / "kubectl"


class Served:
    """What answers, and ways to ask it."""

    def __init__(self, kubeconfig: Path, cache: Path) -> None:
        self.kubeconfig = kubeconfig
        self.config = json.loads(kubeconfig.read_text())
        self.token: str = self.config["users"][0]["user"]["token"]
        self._cache = cache

    def kubectl(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = [str(KUBECTL), "--kubeconfig", str(self.kubeconfig), "--cache-dir", str(self._cache), *words]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    def server(self, context: str = "") -> str:
        """The URL of a context's server."""
        name = context or self.config["current-context"]
        (cluster,) = [each["cluster"] for each in self.config["clusters"] if each["name"] == name]
        return cluster["server"]

    def request(
        self,
        path: str,
        *,
        method: str = "GET",
        accept: str = "application/json",
        token: str | None = None,
        body: bytes | None = None,
        context: str = "",
    ) -> tuple[int, bytes]:
        """Status and body."""
        url = urlsplit(self.server(context))
        connection = self.connect()
        try:
            headers = {"Authorization": f"Bearer {self.token if token is None else token}", "Accept": accept}
            connection.request(method, url.path + path, body=body, headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def connect(self) -> HTTPSConnection:
        url = urlsplit(self.server())
        trust = ssl.create_default_context(cadata=self._authority())
        return HTTPSConnection(url.hostname or "", url.port, context=trust, timeout=20)

    def get(self, path: str, **more: Any) -> Any:
        code, body = self.request(path, **more)
        assert code == 200, body
        return json.loads(body)

    def _authority(self) -> str:
        from base64 import b64decode

        return b64decode(self.config["clusters"][0]["cluster"]["certificate-authority-data"]).decode()


@contextmanager
def serving(cache: Path, *words: str) -> Iterator[Served]:
    command = [sys.executable, "-m", "snapinspect", "serve", *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout
        line = process.stdout.readline()
        if not line:
            assert process.stderr
            raise AssertionError(process.stderr.read())
        kubeconfig = Path(line.removeprefix("export KUBECONFIG=").strip())
        try:
            yield Served(kubeconfig, cache)
        finally:
            process.terminate()
            _, errors = process.communicate(timeout=20)
    assert "Traceback" not in errors
    assert not kubeconfig.parent.exists()

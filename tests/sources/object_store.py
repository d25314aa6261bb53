"""A real S3 server on this machine, and a way to it that can be made to fail."""

from __future__ import annotations

import http.client
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote

import obstore
from obstore.store import S3Store

BUCKET = "backups"
KEYS = """{"identities": [
  {"name": "all", "credentials": [{"accessKey": "AK", "secretKey": "SK"}], "actions": ["Admin", "Read", "Write", "List"]},
  {"name": "none", "credentials": [{"accessKey": "NONE", "secretKey": "SK"}], "actions": ["Read:other"]}
]}"""
_PATIENCE = 60
_AT_ONCE = 4


class ObjectStore:
    """The server's address, and its one bucket."""

    def __init__(self, endpoint: str, files: str) -> None:
        self.endpoint = endpoint
        self.files = files
        self.store = S3Store(
            BUCKET, endpoint=endpoint, access_key_id="AK", secret_access_key="SK", client_options={"allow_http": True}
        )

    def put(self, key: str, content: bytes) -> str:
        obstore.put(self.store, key, content)
        return f"s3://{BUCKET}/{key}"

    def put_empty(self, keys: list[str]) -> None:
        """Many empty objects at once, by the server's own way in, which costs it least."""

        def put(some: list[str]) -> None:
            connection = http.client.HTTPConnection(self.files.removeprefix("http://"), timeout=_PATIENCE)
            for key in some:
                connection.request("PUT", f"/buckets/{BUCKET}/{quote(key)}", b"", {"Content-Length": "0"})
                connection.getresponse().read()
            connection.close()

        with ThreadPoolExecutor(_AT_ONCE) as pool:
            list(pool.map(put, (keys[start::_AT_ONCE] for start in range(_AT_ONCE))))

    def keys(self) -> list[str]:
        return [each["path"] for page in obstore.list(self.store, chunk_size=1000) for each in page]

    def url(self, key: str) -> str:
        """Where a web server has the same object, for all to read."""
        return f"{self.files}/buckets/{BUCKET}/{quote(key)}"

    def environment(self) -> dict[str, str]:
        """What a user has set who reads it."""
        return {
            "AWS_ACCESS_KEY_ID": "AK",
            "AWS_SECRET_ACCESS_KEY": "SK",
            "AWS_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": self.endpoint,
        }


@contextmanager
def running_object_store(directory: Path) -> Iterator[ObjectStore]:
    """SeaweedFS, until the block ends."""
    (directory / "keys.json").write_text(KEYS)
    (directory / "data").mkdir()
    master, volume, filer, s3, *internal = _free_ports(8)
    ports = {
        "master.port": master,
        "volume.port": volume,
        "filer.port": filer,
        "s3.port": s3,
        **dict(zip(("master.port.grpc", "volume.port.grpc", "filer.port.grpc", "s3.port.grpc"), internal, strict=True)),
    }
    weed = Path(sys.executable).with_name("weed")
    command = [
        *(str(weed), "server", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", f"-dir={directory / 'data'}", "-s3"),
        *(
            f"-s3.config={directory / 'keys.json'}",
            "-master.telemetry=false",
            "-volume.max=100",
            "-s3.port.iceberg=0",
            "-s3.port.lance=0",
        ),
        *(f"-{name}={port}" for name, port in ports.items()),
    ]
    with (directory / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=directory, stdout=log, stderr=log)
    try:
        store = ObjectStore(f"http://127.0.0.1:{s3}", f"http://127.0.0.1:{filer}")
        _await(store, process)
        yield store
    finally:
        # It would take half a minute to end in order, and its data goes with it.
        process.kill()
        process.wait(_PATIENCE)


def _free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def _await(store: ObjectStore, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + _PATIENCE
    while True:
        assert process.poll() is None, "the S3 server ended"
        try:
            urllib.request.urlopen(f"{store.files}/", timeout=5).close()
            obstore.put(store.store, "ready", b"", use_multipart=False)
            obstore.delete(store.store, "ready")
        except Exception:  # noqa: BLE001 - whatever it is, it is not ready
            assert time.monotonic() < until, "the S3 server does not answer"
            time.sleep(0.1)
        else:
            return


@dataclass
class Way:
    """What happens on the way: ``cut`` is after how many bytes of an object each answer breaks off.

    ``between`` is called before each request, ``answer`` is what comes in place of the server's: status, headers, body.
    """

    endpoint: str = ""
    cut: int | None = None
    between: Callable[[str], None] = lambda _method: None
    answer: tuple[int, dict[str, str], bytes] | None = None
    requests: list[str] = field(default_factory=list)


@contextmanager
def way_to(endpoint: str) -> Iterator[Way]:
    """A proxy before the server, which does as ``Way`` says."""
    way = Way()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            way.requests.append(f"{self.command} {self.path} {self.headers.get('Range', '')}".strip())
            way.between(self.command)
            status, headers, body = way.answer or self.forwarded()
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            is_object = way.cut is not None and len(body) > way.cut
            with suppress(OSError):
                self.wfile.write(body[: way.cut] if is_object else body)
                self.wfile.flush()
                if is_object:
                    self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True

        do_HEAD = do_PUT = do_POST = do_DELETE = do_GET  # noqa: N815 - the names that http.server looks for

        def forwarded(self) -> tuple[int, dict[str, str], bytes]:
            host, _, port = endpoint.removeprefix("http://").partition(":")
            connection = http.client.HTTPConnection(host, int(port), timeout=_PATIENCE)
            sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            connection.request(self.command, self.path, sent or None, dict(self.headers))
            reply = connection.getresponse()
            body = reply.read()
            headers = {
                name: value
                for name, value in reply.getheaders()
                if name.lower() not in {"connection", "transfer-encoding"}
            }
            connection.close()
            return reply.status, {**headers, "Connection": "close"}, body

        def log_message(self, *_args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    way.endpoint = f"http://127.0.0.1:{server.server_port}"
    try:
        yield way
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

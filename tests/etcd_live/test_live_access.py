"""Reaching an etcd: endpoints, certificates, users, and what is said when it fails."""

from __future__ import annotations

import dataclasses
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from asking import free_port
from certificates import Authority
from fake_etcd import serving
from real_etcd import RealEtcd, running_etcd

from snapinspect.errors import SourceError, UsageError
from snapinspect.etcd.client import Access, access_to, connect, is_endpoint
from snapinspect.etcd.client.access import Endpoint
from snapinspect.etcd.live import LiveStore
from snapinspect.model import silent
from snapinspect.sources.live import open_live

NOTHING: dict[str, str] = {}


@dataclasses.dataclass(frozen=True)
class Secured:
    """An etcd that wants client certificates on its port, and has users ``root`` and ``reader``."""

    server: RealEtcd
    url: str
    files: dict[str, str]


def certificate_files(authority: Authority, name: str) -> dict[str, str]:
    cert, key = authority.issue(name)
    return {"cacert": str(authority.ca), "cert": str(cert), "key": str(key)}


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"), "etcd-ca")


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("stranger"), "another-ca")


@pytest.fixture(scope="module")
def secured(authority: Authority) -> Iterator[Secured]:
    cert, key = authority.issue("server", "127.0.0.1")
    port = free_port()
    options = [
        *("--listen-client-urls", f"unix://localhost:1,https://127.0.0.1:{port}"),
        *("--cert-file", str(cert), "--key-file", str(key)),
        *("--client-cert-auth", "--trusted-ca-file", str(authority.ca)),
    ]
    with running_etcd(*options) as server:
        server.put(b"/registry/pods/shop/web", b"here")
        yield Secured(server, f"https://127.0.0.1:{port}", certificate_files(authority, "someone"))


@pytest.fixture(scope="module")
def with_users() -> Iterator[RealEtcd]:
    with running_etcd() as server:
        server.put(b"/registry/pods/shop/web", b"here")
        server.ctl("user", "add", "root:s3:cret")
        server.ctl("user", "grant-role", "root", "root")
        server.ctl("user", "add", "nobody:none")
        server.ctl("auth", "enable")
        yield server


def spec_of(server: RealEtcd) -> str:
    return f"unix:{server.home}/localhost:1"


def keys(access: Access) -> list[bytes]:
    store = LiveStore(connect(access))
    try:
        return list(store.keys())
    finally:
        store.close()


def refusal(access: Access) -> SourceError:
    with pytest.raises(SourceError) as failed:
        keys(access)
    assert "\n" not in str(failed.value)
    return failed.value


@pytest.mark.parametrize(
    ("text", "endpoint"),
    [
        ("https://etcd.example", Endpoint("https://etcd.example", tls=True, host="etcd.example", port=2379)),
        ("http://10.0.0.1:1234/", Endpoint("http://10.0.0.1:1234/", tls=False, host="10.0.0.1", port=1234)),
        ("https://[::1]:4001", Endpoint("https://[::1]:4001", tls=True, host="::1", port=4001)),
        ("unix:///run/etcd.sock", Endpoint("unix:///run/etcd.sock", tls=False, socket="/run/etcd.sock")),
        ("unix:/run/etcd.sock", Endpoint("unix:/run/etcd.sock", tls=False, socket="/run/etcd.sock")),
        ("unixs:///run/a:1", Endpoint("unixs:///run/a:1", tls=True, socket="/run/a:1")),
    ],
)
def test_endpoints_are_read_as_etcdctl_reads_them(text: str, endpoint: Endpoint) -> None:
    assert is_endpoint(text)
    assert access_to(text, NOTHING).endpoints == (endpoint,)


def test_a_relative_socket_lies_in_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert access_to("unix://localhost:1", NOTHING).endpoints[0].socket == f"{tmp_path}/localhost:1"


@pytest.mark.parametrize(
    "text", ["https://", "http://host:port", "http://host:99999", "https://user@host", "http://h/p"]
)
def test_what_is_no_endpoint_is_wrong_usage(text: str) -> None:
    with pytest.raises(UsageError, match="is no etcd endpoint"):
        access_to(text, NOTHING)


@pytest.mark.parametrize("text", ["snapshot.db", "/var/lib/etcd", "-", "./http:", "etcd", "dir/https://x"])
def test_files_are_no_endpoints(text: str) -> None:
    assert not is_endpoint(text)


def test_the_environment_of_etcdctl_is_honoured_and_options_come_first() -> None:
    environ = {
        "ETCDCTL_ENDPOINTS": "10.0.0.1:2379, https://10.0.0.2:2379",
        "ETCDCTL_CACERT": "ca",
        "ETCDCTL_CERT": "cert",
        "ETCDCTL_KEY": "key",
        "ETCDCTL_USER": "reader:pass:word",
    }
    access = access_to("etcd:", environ)
    # With certificates, what says no scheme is met with TLS.
    assert [(endpoint.host, endpoint.tls) for endpoint in access.endpoints] == [("10.0.0.1", True), ("10.0.0.2", True)]
    assert (access.cacert, access.cert, access.key) == ("ca", "cert", "key")
    assert (access.user, access.password) == ("reader", "pass:word")
    said = access_to("http://x", environ, cacert="other", user="root", password="its own")
    assert (said.endpoints[0].host, said.cacert, said.user, said.password) == ("x", "other", "root", "its own")
    assert not access_to("etcd:", {"ETCDCTL_ENDPOINTS": "10.0.0.1"}).endpoints[0].tls


def test_a_password_is_not_shown() -> None:
    assert "s3cret" not in repr(access_to("http://x", NOTHING, user="root:s3cret"))


def test_endpoints_that_nobody_names_are_wrong_usage() -> None:
    with pytest.raises(UsageError, match="ETCDCTL_ENDPOINTS, which is not set"):
        access_to("etcd:", NOTHING)


@pytest.mark.parametrize(("given", "missing"), [("cert", "key"), ("key", "cert")])
def test_a_certificate_and_its_key_go_together(given: str, missing: str) -> None:
    with pytest.raises(UsageError, match=f"--{given} needs --{missing}"):
        access_to("https://x", NOTHING, **{given: "file"})


def test_client_certificates_open_an_etcd_that_wants_them(secured: Secured) -> None:
    assert keys(access_to(secured.url, NOTHING, **secured.files)) == [b"/registry/pods/shop/web"]


def test_the_environment_alone_is_enough(secured: Secured, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ETCDCTL_ENDPOINTS", secured.url)
    for name, path in secured.files.items():
        monkeypatch.setenv(f"ETCDCTL_{name.upper()}", path)
    source = open_live("etcd:", silent)
    assert source is not None
    assert (source.format[:13], source.path, list(source.store.keys())) == (
        "live etcd 3.5",
        "etcd:",
        [b"/registry/pods/shop/web"],
    )
    assert source.evidence.digests(silent).state == "absent"
    source.close()


def test_an_unknown_authority_is_not_trusted(secured: Secured, stranger: Authority) -> None:
    for files in ({}, {**secured.files, "cacert": str(stranger.ca)}):
        error = refusal(access_to(secured.url, NOTHING, **files))
        assert "its certificate cannot be trusted" in str(error)
        assert "--cacert" in error.hint


def test_a_certificate_for_another_name_is_not_trusted(secured: Secured) -> None:
    error = refusal(access_to(secured.url.replace("127.0.0.1", "localhost"), NOTHING, **secured.files))
    assert "cannot be trusted: Hostname mismatch" in str(error)
    assert "for which the certificate was made" in error.hint


def test_a_missing_or_foreign_client_certificate_is_said(secured: Secured, stranger: Authority) -> None:
    foreign = {**certificate_files(stranger, "someone"), "cacert": secured.files["cacert"]}
    for files in ({"cacert": secured.files["cacert"]}, foreign):
        error = refusal(access_to(secured.url, NOTHING, **files))
        assert "did not accept the client's certificate" in str(error)
        assert "--cert and --cert-key" in error.hint


def test_files_that_are_no_certificates_are_named(secured: Secured, stranger: Authority, tmp_path: Path) -> None:
    garbage = tmp_path / "garbage"
    garbage.write_text("no PEM")
    other_key = certificate_files(stranger, "other")["key"]
    for change, words in (
        ({"cacert": str(tmp_path / "none")}, "none: No such file"),
        ({"cacert": str(garbage)}, "garbage: not what it should be"),
        ({"cacert": "/dev/zero"}, "/dev/zero is no file of certificates"),
        ({"cert": "/dev/zero"}, "/dev/zero is no file of certificates"),
        ({"key": "/dev/zero"}, "/dev/zero is no file of certificates"),
        ({"key": str(garbage)}, "garbage: not what it should be"),
        ({"key": other_key}, "do not belong together"),
    ):
        assert words in str(refusal(access_to(secured.url, NOTHING, **{**secured.files, **change})))


def test_plain_and_tls_are_not_mixed_up(secured: Secured) -> None:
    error = refusal(access_to(secured.url.replace("https", "http"), NOTHING))
    assert "does not speak plain HTTP/2" in str(error)
    error = refusal(access_to(f"unixs:{secured.server.home}/localhost:1", NOTHING, **secured.files))
    assert "does not speak TLS" in str(error)


def test_nobody_there(tmp_path: Path) -> None:
    assert "connection refused" in str(refusal(access_to(f"http://127.0.0.1:{free_port()}", NOTHING)))
    assert "no such socket" in str(refusal(access_to(f"unix:{tmp_path}/none", NOTHING)))


def test_one_who_never_answers_is_given_up_in_time() -> None:
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()
        access = access_to(f"http://127.0.0.1:{deaf.getsockname()[1]}", NOTHING)
        began = time.monotonic()
        assert "no answer" in str(refusal(dataclasses.replace(access, timeout=0.5)))
        assert time.monotonic() - began < 5


def test_something_else_that_speaks_grpc_is_no_etcd() -> None:
    with serving({}) as endpoint:
        assert "no etcd" in str(refusal(access_to(endpoint, NOTHING)))


def test_an_endpoint_that_is_down_is_passed_over(secured: Secured) -> None:
    down = f"http://127.0.0.1:{free_port()}"
    store = LiveStore(connect(access_to(f"{down},{spec_of(secured.server)}", NOTHING)))
    assert list(store.keys()) == [b"/registry/pods/shop/web"]
    first, second = store.facts().endpoints  # type: ignore[attr-defined]
    assert (first.endpoint, first.error, second.error) == (down, "connection refused", "")
    store.close()


def test_when_all_are_down_each_is_named() -> None:
    ports = free_port(), free_port()
    error = refusal(access_to(",".join(f"http://127.0.0.1:{port}" for port in ports), NOTHING))
    assert str(error).startswith("no endpoint answers: ")
    assert all(f":{port}: connection refused" in str(error) for port in ports)


def test_reading_goes_on_at_another_endpoint_when_one_goes_away() -> None:
    with running_etcd() as server:
        for number in range(200):
            server.put(b"%03d" % number, b"value")
        relay = Relay(f"{server.home}/localhost:1")
        store = LiveStore(connect(access_to(f"http://127.0.0.1:{relay.port},{spec_of(server)}", NOTHING)))
        records = store.scan(lambda _key: True)
        next(records)
        relay.stop()
        assert sum(1 for _ in records) == 199
        store.close()


def test_a_member_without_a_quorum_still_tells_what_it_knows() -> None:
    with running_etcd() as server:
        server.put(b"a", b"known")
        server.ctl("member", "add", "ghost", "--peer-urls", "http://127.0.0.1:1")
        source = open_live(f"{spec_of(server)},http://127.0.0.1:{free_port()}", silent)
        assert source is not None
        assert list(source.store.keys()) == [b"a"]
        assert "may not be the newest" in source.notes[0]
        source.close()


def test_a_user_reads_with_a_password(with_users: RealEtcd) -> None:
    assert keys(access_to(spec_of(with_users), NOTHING, user="root:s3:cret")) == [b"/registry/pods/shop/web"]
    by_name = access_to(spec_of(with_users), {"ETCDCTL_USER": "root", "ETCDCTL_PASSWORD": "s3:cret"})
    assert keys(by_name) == [b"/registry/pods/shop/web"]


@pytest.mark.parametrize(
    ("user", "words", "advice"),
    [
        ("", "knows none of you", "--user"),
        ("root:wrong", "does not know this user", "--user"),
        ("none:wrong", "does not know this user", "--user"),
        ("nobody:none", "does not permit it", "role"),
    ],
)
def test_a_user_who_may_not_is_told_why(with_users: RealEtcd, user: str, words: str, advice: str) -> None:
    error = refusal(access_to(spec_of(with_users), NOTHING, user=user))
    assert words in str(error)
    assert advice in error.hint


def test_history_is_for_those_who_may_read(with_users: RealEtcd) -> None:
    store = LiveStore(connect(access_to(spec_of(with_users), NOTHING, user="root:s3:cret")))
    assert [record.key for record in store.revisions(lambda _key: True)] == [b"/registry/pods/shop/web"]
    store.close()


def test_a_token_that_etcd_has_forgotten_is_asked_for_again(with_users: RealEtcd) -> None:
    store = LiveStore(connect(access_to(spec_of(with_users), NOTHING, user="root:s3:cret")))
    with_users.ctl("--user", "root:s3:cret", "auth", "disable")
    with_users.ctl("auth", "enable")
    assert [record.key for record in store.newest(1)] == [b"/registry/pods/shop/web"]
    with_users.ctl("--user", "root:s3:cret", "auth", "disable")
    with_users.ctl("auth", "enable")
    assert list(store.keys()) == [b"/registry/pods/shop/web"]
    store.close()


def test_a_user_named_to_an_etcd_without_users_does_no_harm(secured: Secured) -> None:
    assert keys(access_to(spec_of(secured.server), NOTHING, user="root:any")) == [b"/registry/pods/shop/web"]


def test_without_grpcio_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("snapinspect.etcd.client.client", "snapinspect.etcd.client.channel"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.setitem(sys.modules, "grpc", None)
    with pytest.raises(SourceError, match="grpcio is not installed") as failed:
        connect(access_to("http://127.0.0.1:1", NOTHING))
    assert "pip install grpcio" in failed.value.hint


def test_grpc_is_loaded_only_when_an_etcd_is_asked() -> None:
    script = "import sys, snapinspect.sources.live, snapinspect.sources.engines.local; sys.exit('grpc' in sys.modules)"
    environ = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    subprocess.run([sys.executable, "-c", script], check=True, env=environ)


class Relay:
    """Passes a TCP port on to a Unix socket, until it is stopped."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = [self._listener]
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def stop(self) -> None:
        for each in self._open:
            each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _accept(self) -> None:
        try:
            while True:
                near, _ = self._listener.accept()
                far = socket.socket(socket.AF_UNIX)
                far.connect(self._path)
                self._open += [near, far]
                for pair in ((near, far), (far, near)):
                    threading.Thread(target=_copy, args=pair, daemon=True).start()
        except OSError:
            return


def _copy(source: socket.socket, target: socket.socket) -> None:
    try:
        while chunk := source.recv(65_536):
            target.sendall(chunk)
    except OSError:
        return

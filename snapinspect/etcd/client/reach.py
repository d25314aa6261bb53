"""Why an endpoint cannot be reached: gRPC tells hardly more than that it cannot, so the connection is tried once more."""

from __future__ import annotations

import errno
import socket
import ssl
from contextlib import closing

from snapinspect.etcd.client.access import Access, Endpoint
from snapinspect.etcd.client.failures import CallFailed, EtcdFailed, explain
from snapinspect.etcd.client.tls import context

_IS_IT_RUNNING = "Is etcd running there, and is its client port (2379) meant?"
_REASONS = {
    errno.ECONNREFUSED: ("connection refused", _IS_IT_RUNNING),
    errno.ENOENT: ("there is no such socket", _IS_IT_RUNNING),
    errno.EACCES: ("you may not open this socket", "Its owner, or root, may."),
    errno.ETIMEDOUT: ("no answer", "Is the address right, and does a firewall stand between?"),
    errno.EHOSTUNREACH: ("no route to this host", "Is the address right, and are you in its network?"),
    errno.ENETUNREACH: ("no route to this network", "Is the address right, and are you in its network?"),
}
_WANTS_TLS = ("it does not speak plain HTTP/2", "Is it https://, with --cacert, --cert and --cert-key?")
_NO_TLS = ("it does not speak TLS", "Is it http://?")
_WANTS_CERTIFICATE = (
    "it did not accept the client's certificate",
    (
        "Name one that its authority signed with --cert and --cert-key; on a Kubernetes master: "
        "/etc/kubernetes/pki/etcd/server.crt and server.key."
    ),
)


def why_unreachable(endpoint: Endpoint, access: Access, failure: CallFailed) -> EtcdFailed:
    """The error for an endpoint that a call did not reach, ``failure`` being what gRPC made of it."""
    try:
        with closing(_connect(endpoint, access.timeout)) as plain:
            reason = _try_tls(plain, endpoint, access) if endpoint.tls else _try_plain(plain)
    except socket.gaierror:
        reason = (f"no address is known for {endpoint.host}", "Is the name right?")
    except OSError as error:
        code = errno.ETIMEDOUT if isinstance(error, TimeoutError) else error.errno
        reason = _REASONS.get(code or 0, (error.strerror or str(error), _IS_IT_RUNNING))
    if reason is None:
        return explain(endpoint.text, failure)
    return EtcdFailed(failure, f"{endpoint.text}: {reason[0]}", reason[1])


def _connect(endpoint: Endpoint, timeout: float) -> socket.socket:
    if not endpoint.socket:
        return socket.create_connection((endpoint.host, endpoint.port), timeout)
    made = socket.socket(socket.AF_UNIX)
    try:
        made.settimeout(timeout)
        made.connect(endpoint.socket)
    except BaseException:
        made.close()
        raise
    return made


def _try_plain(plain: socket.socket) -> tuple[str, str] | None:
    """An HTTP/2 server begins with a frame of settings, type 4; one that expects TLS hangs up, or sends an alert."""
    plain.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00")
    answer = plain.recv(9)
    return None if answer[3:4] == b"\x04" else _WANTS_TLS


def _try_tls(plain: socket.socket, endpoint: Endpoint, access: Access) -> tuple[str, str] | None:
    try:
        secured = context(access).wrap_socket(plain, server_hostname=endpoint.host or "localhost")
    except ssl.SSLCertVerificationError as error:
        return _distrust(error, access)
    except ssl.SSLError as error:
        return _WANTS_CERTIFICATE if "ALERT" in (error.reason or "") else _NO_TLS
    except ConnectionError:
        return _NO_TLS
    with secured:
        try:
            # With TLS 1.3 the server looks at the client's certificate only after the handshake.
            return None if secured.recv(1) else _WANTS_CERTIFICATE
        except (ssl.SSLError, ConnectionError):
            return _WANTS_CERTIFICATE


def _distrust(error: ssl.SSLCertVerificationError, access: Access) -> tuple[str, str]:
    hint = f"Name the authority that signed it with --cacert{', or another one' if access.cacert else ''}."
    if "mismatch" in error.verify_message:
        hint = "Use a name or address for which the certificate was made."
    return f"its certificate cannot be trusted: {error.verify_message.rstrip('.')}", hint

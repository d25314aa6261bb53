"""Where an etcd is and how to prove oneself to it: what etcdctl's options and environment say.

Sources: go.etcd.io/etcd ``etcdctl/ctlv3/command/global.go`` (options, ``ETCDCTL_*``) and
``client/v3/internal/endpoint/endpoint.go`` (the forms of an endpoint).
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from snapinspect.errors import UsageError

DEFAULT_PORT = 2379
FROM_ENVIRONMENT = "etcd:"
"""The SNAPSHOT that stands for the endpoints in ``ETCDCTL_ENDPOINTS``."""

_HINT = "An endpoint looks like https://10.0.0.1:2379 or unix:/run/etcd.sock; several are joined by commas."
_SCHEMES = ("http://", "https://", "unix:", "unixs:")
_WITH_PATH = re.compile(r"https?://[^/?#,]+/[^,?#]")
_OPTIONS = ("cacert", "cert", "key", "user", "password")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One address. Exactly one of ``host`` with ``port`` and ``socket``, an absolute path, is set."""

    text: str
    tls: bool
    host: str = ""
    port: int = 0
    socket: str = ""


@dataclass(frozen=True, slots=True)
class Access:
    """The endpoints of one etcd cluster, files of certificates, and a user; empty is what was not said.

    ``timeout`` is how many seconds a connection may take to be made.
    """

    endpoints: tuple[Endpoint, ...]
    cacert: str = ""
    cert: str = ""
    key: str = ""
    user: str = ""
    password: str = field(default="", repr=False)
    timeout: float = 5.0


def is_endpoint(spec: str) -> bool:
    """Whether a SNAPSHOT names a live etcd rather than a file: a URL with a path is that of a file."""
    return spec == FROM_ENVIRONMENT or (spec.startswith(_SCHEMES) and not _WITH_PATH.match(spec))


def access_to(spec: str, environ: Mapping[str, str] = os.environ, **options: str | None) -> Access:
    """The access that ``spec`` and the options ``cacert cert key user password`` give, else the environment.

    ``user`` may hold the password behind a colon. Raises UsageError for what is malformed.
    """
    said = {name: options.get(name) or environ.get(f"ETCDCTL_{name.upper()}", "") for name in _OPTIONS}
    texts = environ.get("ETCDCTL_ENDPOINTS", "") if spec == FROM_ENVIRONMENT else spec
    if not texts:
        raise UsageError(f"{FROM_ENVIRONMENT} stands for ETCDCTL_ENDPOINTS, which is not set", _HINT)
    if bool(said["cert"]) != bool(said["key"]):
        given, missing = ("cert", "key") if said["cert"] else ("key", "cert")
        raise UsageError(f"--{given} needs --{missing}", "A client's certificate and its key go together.")
    user, _, password = said["user"].partition(":")
    secured = any(said[name] for name in ("cacert", "cert"))
    return Access(
        endpoints=tuple(_endpoint(text.strip(), secured) for text in texts.split(",") if text.strip()),
        cacert=said["cacert"],
        cert=said["cert"],
        key=said["key"],
        user=user,
        password=said["password"] or password,
    )


def without_password(text: str) -> str:
    """A URL as it may be shown: what stands before its ``@`` may be a password."""
    return re.sub(r"(//|^)[^/]*@", r"\1***@", text)


def socket_access(path: Path, *, user: str = "", password: str = "") -> Access:
    """Access to the etcd that listens on a Unix socket."""
    return Access((Endpoint(f"unix:{path}", tls=False, socket=str(path)),), user=user, password=password)


def _endpoint(text: str, secured: bool) -> Endpoint:
    """``secured`` tells whether an endpoint without a scheme, as etcdctl takes, speaks TLS."""
    for scheme, tls in (("unix:", False), ("unixs:", True)):
        if text.startswith(scheme):
            path = text.removeprefix(scheme).removeprefix("//")
            return Endpoint(text, tls, socket=str(Path(path).absolute()))
    try:
        parts = urlsplit(text if "://" in text else f"{'https' if secured else 'http'}://{text}")
        host, port = parts.hostname or "", parts.port or DEFAULT_PORT
    except ValueError:
        raise UsageError(f"{without_password(text)} is no etcd endpoint", _HINT) from None
    if not host or parts.scheme not in {"http", "https"} or parts.path not in {"", "/"} or parts.username:
        raise UsageError(
            f"{without_password(text)} is no etcd endpoint",
            "A user is named by --user, or by ETCDCTL_USER." if parts.username else _HINT,
        )
    return Endpoint(text, parts.scheme == "https", host, port)

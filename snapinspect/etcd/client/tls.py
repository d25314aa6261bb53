"""The certificates that an etcd is met with."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from snapinspect.errors import SourceError
from snapinspect.etcd.client.access import Access

_LONGEST = 16 << 20
"""Bytes of a file of certificates, many times those of a system's authorities."""


class Certificates(NamedTuple):
    """PEM text; None is what was not given."""

    authority: bytes | None
    key: bytes | None
    chain: bytes | None


def read_certificates(access: Access) -> Certificates:
    """The files that ``access`` names, or the system's authorities. Raises SourceError when they are not what they should be."""
    trusted = context(access).get_ca_certs(binary_form=True)
    authority = "".join(map(ssl.DER_cert_to_PEM_cert, trusted)).encode() or None
    key, chain = (Path(path).read_bytes() if path else None for path in (access.key, access.cert))
    return Certificates(authority, key, chain)


def context(access: Access) -> ssl.SSLContext:
    """The same for Python's own TLS, which checks the files and can tell what is wrong with a connection."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.set_alpn_protocols(["h2"])
    if access.cacert:
        with _reading(f"--cacert {access.cacert}", access.cacert):
            made.load_verify_locations(access.cacert)
    else:
        made.load_default_certs()
    if access.cert:
        with _reading(f"--cert {access.cert} with --cert-key {access.key}", access.cert, access.key):
            # Unless it is answered, a key that has a pass phrase would ask for it on the terminal.
            made.load_cert_chain(access.cert, access.key, password=lambda: "")
    return made


@contextmanager
def _reading(said: str, *paths: str) -> Iterator[None]:
    """Files that are read more than once, by TLS libraries that know no bound."""
    try:
        for path in map(Path, paths):
            if path.stat().st_size > _LONGEST or not path.is_file():
                raise SourceError(f"{said}: {path} is no file of certificates or keys", "Name files in PEM form.")
        yield
    except ssl.SSLError as error:
        reason = "they do not belong together" if error.reason == "KEY_VALUES_MISMATCH" else "not what it should be"
        raise SourceError(f"{said}: {reason}", "They are files in PEM form, and the key has no pass phrase.") from None
    except OSError as error:
        raise SourceError(f"{said}: {error.strerror}", "Is the path right, and may you read it?") from None

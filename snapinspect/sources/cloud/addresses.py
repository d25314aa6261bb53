"""What names an object in a store: ``s3://bucket/key``, ``gs://…``, ``az://container/blob``, or a file of a web server."""

from __future__ import annotations

import re
from contextvars import ContextVar
from posixpath import basename
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from snapinspect.errors import UsageError

STORES = ("s3://", "gs://", "az://")
_WEB = ("https://", "http://")
_MEMBER = "!"
_MAGIC = frozenset("*?[")
_HINT = "An object is named as in s3://bucket/etcd/monday.db."

endpoint_url: ContextVar[str] = ContextVar("endpoint_url", default="")
"""Where the store is that speaks S3, or another's language, and is not its inventor's; what ``--endpoint-url`` said."""


class Address(NamedTuple):
    """``key`` names the object in ``bucket``; of a web server's file, ``bucket`` is its whole URL and ``key`` is empty.

    ``member`` is what is meant in it, when it is an archive: what stands behind ``!``.
    """

    scheme: str
    bucket: str
    key: str
    member: str = ""

    @property
    def shown(self) -> str:
        """The address as it may be shown: a URL's password, and its query, which may be a signature, are none of it."""
        if self.key or self.scheme in STORES:
            return f"{self.scheme}{self.bucket}/{self.key}"
        parts = urlsplit(self.bucket)
        return f"{self.scheme}{parts.netloc.rpartition('@')[2]}{parts.path}"

    @property
    def name(self) -> str:
        """The last part of the path."""
        return basename(unquote(urlsplit(self.bucket).path) if self.scheme in _WEB else self.key)

    @property
    def is_pattern(self) -> bool:
        return self.scheme in STORES and not _MAGIC.isdisjoint(self.key)


def is_object(spec: str) -> bool:
    """Whether ``spec`` names an object. A URL with nothing behind its host is none: it is a running etcd's endpoint."""
    if spec.startswith(STORES):
        return True
    return spec.startswith(_WEB) and bool(re.match(r"https?://[^/?#,]+/[^,?#]", spec))


def parse(spec: str) -> Address:
    """The parts of what names an object. Raises UsageError when the bucket is missing."""
    scheme, separator, rest = spec.partition("://")
    if scheme + separator in _WEB:
        whole, _, member = spec.partition(_MEMBER)
        return Address(scheme + separator, whole, "", member)
    bucket, _, key = rest.partition("/")
    if not bucket:
        raise UsageError(f"{spec} names no bucket", _HINT)
    key, _, member = key.partition(_MEMBER)
    return Address(scheme + separator, bucket, key, member)

"""The stores themselves, as ``obstore`` asks them: the one place that knows it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from snapinspect.errors import UsageError
from snapinspect.sources.cloud import settings
from snapinspect.sources.cloud.addresses import Address, endpoint_url
from snapinspect.sources.cloud.failures import explained

if TYPE_CHECKING:
    from obstore.store import ObjectStore

_CLIENT = {
    "timeout": timedelta(hours=6),
    "connect_timeout": timedelta(seconds=5),
    "read_timeout": timedelta(seconds=30),
}
_RETRIES = {
    "max_retries": 3,
    "retry_timeout": timedelta(seconds=60),
    "backoff": {"init_backoff": timedelta(milliseconds=100), "max_backoff": timedelta(seconds=2), "base": 2},
}
_CHUNK = 1 << 18
_PAGE = 1_000


class Object(NamedTuple):
    """``version`` tells it from what had its name before: the ETag, or the time of its last change; empty when nothing does."""

    address: Address
    size: int
    version: str


def store_of(address: Address) -> ObjectStore:
    """The store with what the environment says. Raises SourceError, and UsageError when obstore is not installed."""
    try:
        from obstore import store
    except ImportError:
        raise UsageError(
            f"{address.shown} needs the package obstore", "`pip install obstore` brings it, as does the extra cloud."
        ) from None
    client: Any = {**_CLIENT, **settings.certificate()}
    shared: Any = {"client_options": client, "retry_config": _RETRIES}
    with explained(address):
        match address.scheme:
            case "s3://":
                found = settings.aws()
                client["allow_http"] = str(found.get("endpoint", "")).startswith("http://")
                return store.S3Store(address.bucket, **found, **shared)
            case "gs://":
                client["allow_http"] = endpoint_url.get().startswith("http://")
                return store.GCSStore(address.bucket, **settings.google(), **shared)
            case "az://":
                found = settings.azure()
                client["allow_http"] = str(found.get("endpoint", "")).startswith("http://")
                return store.AzureStore(address.bucket, **found, **shared)
        client["allow_http"] = address.scheme == "http://"
        return store.HTTPStore(address.bucket, **shared)


class Reply:
    """An object that is being sent, from ``start`` on: all of it, or ``length`` bytes."""

    def __init__(self, store: ObjectStore, address: Address, start: int = 0, length: int | None = None) -> None:
        import obstore

        options: Any = {"range": {"offset": start}} if start else None
        if length is not None:
            options = {"range": (start, start + length)}
        self._result = obstore.get(store, address.key, options=options)
        self.object = _object(address, self._result.meta)

    def chunks(self) -> Iterator[bytes]:
        """The bytes as they come."""
        yield from map(bytes, self._result.stream(min_chunk_size=_CHUNK))


def head(store: ObjectStore, address: Address, size: int) -> bytes:
    """The first bytes, or all if those are fewer."""
    import obstore

    return bytes(obstore.get_range(store, address.key, start=0, length=size)) if size else b""


def listed(store: ObjectStore, address: Address, prefix: str) -> Iterator[Object]:
    """All objects whose keys begin with ``prefix``, which is empty or ends with a slash, in the order of their keys."""
    import obstore

    with explained(address):
        for page in obstore.list(store, prefix or None, chunk_size=_PAGE):
            for meta in page:
                yield _object(address._replace(key=meta["path"], member=""), meta)


def _object(address: Address, meta: Any) -> Object:
    modified = meta.get("last_modified")
    # The epoch is what obstore puts where a server says nothing.
    version = meta.get("e_tag") or (modified.isoformat() if modified and modified.timestamp() > 0 else "")
    return Object(address, meta["size"], version)

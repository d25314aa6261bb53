"""Secrets out of a snapshot: in place of each value stands a keyed hash of the same length.

The key is made for one run and kept nowhere: equal values are seen to be equal, and none can be guessed.
"""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from snapinspect.analysis.redacted import Needles, secret_values
from snapinspect.errors import Locked, Undecodable
from snapinspect.etcd.keyvalue import pack_keyvalue, read_keyvalue
from snapinspect.etcd.store import Stored
from snapinspect.kube.decode import plain_value
from snapinspect.kube.envelope import ENCRYPTED
from snapinspect.model import Record, Revision
from snapinspect.recovery.rebuild import credentials
from snapinspect.recovery.rebuild.changes import is_tombstone, key_of
from snapinspect.recovery.rebuild.contents import Buckets
from snapinspect.recovery.rebuild.spans import password_spans, value_spans
from snapinspect.snapshot.values import head_in

if TYPE_CHECKING:
    from snapinspect.snapshot import Snapshot

_BOOTSTRAP = b"/bootstrap/"
_SECRET, _CONFIG_MAP = ("v1", "Secret"), ("v1", "ConfigMap")
_SECRETS = b"/secrets/"
_AUTH, _USERS, _ENABLED = b"auth", b"authUsers", b"authEnabled"
_PADDING = b"="
_Place = tuple[int, ...]


class Redactor:
    """Takes the records of ``snapshot``; ``counted`` says how much of which sort it replaced or dropped.

    Raises Locked when a Secret is encrypted and no key opens it.
    """

    def __init__(self, snapshot: Snapshot, *, strict: bool = False) -> None:
        self.counted: Counter[str] = Counter()
        self._keys = snapshot.keys
        self._strict = strict
        self._key = os.urandom(32)
        self._needles = Needles(secret_values(snapshot))

    def records(self, records: Iterable[Stored]) -> Iterator[Stored]:
        """The records without what is secret; what is encrypted and neither Secret nor ConfigMap is dropped."""
        self.counted.clear()
        for stored in records:
            redacted = stored if is_tombstone(stored) or not stored.keyvalue else self._redacted(stored)
            if redacted is not None:
                yield redacted

    def buckets(self, buckets: Buckets) -> Buckets:
        """The buckets without the passwords of etcd's users; as nobody could use them, etcd is to ask for none."""
        users = buckets.get(_USERS, {})
        if not users:
            return buckets
        blanked = {name: self._overwritten(user, password_spans(user)) for name, user in users.items()}
        return {**buckets, _USERS: blanked, _AUTH: {**buckets.get(_AUTH, {}), _ENABLED: b"\0"}}

    def _redacted(self, stored: Stored) -> Stored | None:
        key = key_of(stored)
        keyvalue = read_keyvalue(stored.keyvalue, 0, len(stored.keyvalue))
        value = stored.keyvalue[keyvalue.start : keyvalue.end]
        why = "encrypted objects of other kinds, dropped"
        try:
            new = self._hash(value, 0, len(value)) if key.startswith(_BOOTSTRAP) else self._without_secrets(key, value)
        except Locked:
            if _SECRETS in key:
                raise
            new = None
        except Undecodable:
            new, why = None, "Secrets that cannot be read, dropped"
        if new is None:
            self.counted[why] += 1
            return None
        if new == value:
            return stored
        revision = Revision(keyvalue.mod_revision)
        record = Record(key, new, revision, keyvalue.create_revision, keyvalue.version, keyvalue.lease)
        return Stored(stored.revision, pack_keyvalue(record))

    def _without_secrets(self, key: bytes, stored: bytes) -> bytes | None:
        """The value as it may be handed out; None for what is encrypted without being a Secret or a ConfigMap."""
        value = plain_value(stored, key, self._keys)
        kind = self._kind_of(value, key)
        locked = stored.startswith(ENCRYPTED)
        if locked and kind not in {_SECRET, _CONFIG_MAP}:
            return None
        if kind == _SECRET or (kind == _CONFIG_MAP and (locked or credentials.is_helm_release(value))):
            places: list[_Place] = list(value_spans(value))
            self.counted["values of Secrets and their likes"] += len(places)
            value = self._overwritten(value, places)
        elif kind == _CONFIG_MAP and self._strict:
            places = list(credentials.spans(value))
            self.counted["credentials in ConfigMaps"] += len(places)
            value = self._overwritten(value, places)
        elsewhere: list[_Place] = [*self._needles.spans(value), *self._needles.packed_spans(value)]
        self.counted["copies of a Secret's value in other places"] += len(elsewhere)
        return self._overwritten(value, elsewhere)

    def _kind_of(self, value: bytes, key: bytes) -> tuple[str, str]:
        """What the value is. Raises Undecodable for a Secret that does not say so."""
        try:
            head = head_in(value, key, self._keys)
        except Undecodable:
            if _SECRETS in key:
                raise
            return "", ""
        return head.api_version, head.kind

    def _overwritten(self, value: bytes, places: Iterable[_Place]) -> bytes:
        out = bytearray(value)
        for start, end, *is_base64 in places:
            if is_base64 and is_base64[0]:
                end = start + len(value[start:end].rstrip(_PADDING))
            out[start:end] = self._hash(value, start, end)
        return bytes(out)

    def _hash(self, value: bytes, start: int, end: int) -> bytes:
        """As many hexadecimal digits as the value has bytes."""
        size = end - start
        digits = hashlib.shake_256(self._key + value[start:end]).hexdigest((size + 1) // 2)
        return digits[:size].encode()

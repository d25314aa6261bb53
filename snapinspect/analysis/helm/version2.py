"""The record of a release of Helm 2, which Tiller kept as protobuf, in the words of Helm 3's JSON.

Source: github.com/helm/helm, branch ``dev-v2``, ``_proto/hapi/release/{release,info,status,hook}.proto`` and
``_proto/hapi/chart/{chart,metadata,config}.proto``.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from snapinspect.errors import Undecodable
from snapinspect.kube.wire import BYTES, VARINT, scan

_STATUSES = (
    *("unknown", "deployed", "uninstalled", "superseded", "failed", "uninstalling"),
    *("pending-install", "pending-upgrade", "pending-rollback"),
)
"""Of ``Status.Code``, as Helm 3 calls them."""
_EVENTS = (
    *("unknown", "pre-install", "post-install", "pre-delete", "post-delete", "pre-upgrade", "post-upgrade"),
    *("pre-rollback", "post-rollback", "release-test-success", "release-test-failure", "crd-install"),
)


def read_version2(raw: bytes) -> dict[str, Any]:
    """Name, info, chart, config, manifest, hooks and version; the values are YAML text. Raises Undecodable."""
    try:
        return _read(_Message(raw))
    except Undecodable:
        raise Undecodable("the release of Helm's in it is neither JSON nor protobuf") from None


def _read(release: _Message) -> dict[str, Any]:
    info, chart = release.part(2), release.part(3)
    about, status = chart.part(1), info.part(1)
    if not release.text(1):
        raise Undecodable("it has no name")
    return {
        "name": release.text(1),
        "namespace": release.text(8),
        "version": release.number(7),
        "info": {
            "status": _word(_STATUSES, status.number(1)),
            "notes": status.text(4),
            "last_deployed": _moment(info.part(3)),
            "description": info.text(5),
        },
        "chart": {"metadata": {"name": about.text(1), "version": about.text(4), "appVersion": about.text(13)}},
        "config": release.part(4).text(1),
        "manifest": release.text(5),
        "hooks": [_hook(_Message(each)) for each in release.all(6)],
    }


class _Message:
    """The fields of one message by number. Raises Undecodable."""

    def __init__(self, raw: bytes) -> None:
        self._bytes: dict[int, list[bytes]] = {}
        self._numbers: dict[int, list[int]] = {}
        for found in scan(raw):
            if found.wire_type == BYTES and isinstance(found.value, bytes):
                self._bytes.setdefault(found.number, []).append(found.value)
            elif found.wire_type == VARINT and isinstance(found.value, int):
                self._numbers.setdefault(found.number, []).append(found.value)

    def all(self, number: int) -> list[bytes]:
        return self._bytes.get(number, [])

    def part(self, number: int) -> _Message:
        """The message in a field; pieces of one count as one, as protobuf has it."""
        return _Message(b"".join(self.all(number)))

    def text(self, number: int) -> str:
        return next(reversed(self.all(number)), b"").decode("utf-8", "replace")

    def number(self, number: int) -> int:
        return next(reversed(self._numbers.get(number, [])), 0)

    def numbers(self, number: int) -> list[int]:
        """Those of a repeated field, packed or not, as far as they are of one byte."""
        return [*self._numbers.get(number, []), *b"".join(self.all(number))]


def _hook(hook: _Message) -> dict[str, Any]:
    return {
        "name": hook.text(1),
        "kind": hook.text(2),
        "manifest": hook.text(4),
        "events": [_word(_EVENTS, each) for each in hook.numbers(5)],
    }


def _word(words: tuple[str, ...], number: int) -> str:
    return words[number] if number < len(words) else str(number)


def _moment(stamp: _Message) -> str:
    try:
        return (
            datetime.fromtimestamp(stamp.number(1), UTC).isoformat().replace("+00:00", "Z") if stamp.number(1) else ""
        )
    except (OverflowError, ValueError, OSError):
        return ""

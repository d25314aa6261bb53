"""Which objects a prefix or a pattern stands for, and which of them may be snapshots."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import NamedTuple

from snapinspect.sources.cloud import stores
from snapinspect.sources.cloud.addresses import STORES, Address, parse
from snapinspect.sources.cloud.failures import explained
from snapinspect.sources.cloud.stores import Object
from snapinspect.sources.signatures import ARCHIVES, HEAD_SIZE, Kind, kind_of

_NO_SNAPSHOT = frozenset({Kind.text, Kind.sqlite_wal})
"""What lies beside snapshots, and is none."""
_AT_A_TIME = 16
_DEEP = "**"


class Candidate(NamedTuple):
    """``is_certain`` unless it is an archive or an SQLite file, which need hold no snapshot."""

    object: Object
    is_certain: bool


def listed(directory: Address, most: int | None = None) -> list[Object]:
    """The objects below a prefix, the first ``most`` of them. Raises SourceError, UsageError."""
    return list(islice(stores.listed(stores.store_of(directory), directory, directory.key), most))


def meant(spec: str) -> list[Object] | None:
    """The objects that a pattern matches, or that lie right below a prefix; None where ``spec`` names one object.

    Hidden ones are not among them. Raises SourceError, UsageError.
    """
    address = parse(spec)
    if address.is_pattern:
        wanted = _compiled(address.key)
        prefix = re.split(r"[*?\[]", address.key, maxsplit=1)[0].rpartition("/")
        found = listed(address._replace(key=prefix[0] + prefix[1]))
        return [each for each in found if wanted.fullmatch(each.address.key)]
    if address.scheme in STORES and (not address.key or address.key.endswith("/")):
        start = len(address.key)
        below = ((each, each.address.key[start:]) for each in listed(address))
        return [each for each, name in below if name and "/" not in name and not name.startswith(".")]
    return None


def may_be_snapshots(objects: list[Object]) -> list[Candidate]:
    """Those whose first bytes are not those of something else; what is empty may be what a failed backup left."""
    if not objects:
        return []
    store = stores.store_of(objects[0].address)

    def kind(each: Object) -> Kind:
        with explained(each.address):
            return kind_of(stores.head(store, each.address, min(each.size, HEAD_SIZE)))

    with ThreadPoolExecutor(_AT_A_TIME) as pool:
        kinds = list(pool.map(kind, objects))
    return [
        Candidate(each, found is not Kind.sqlite and found not in ARCHIVES)
        for each, found in zip(objects, kinds, strict=True)
        if found not in _NO_SNAPSHOT
    ]


def _compiled(pattern: str) -> re.Pattern[str]:
    """A shell's pattern: only ``**`` goes through slashes."""
    parts = re.split(r"(\*\*/?|\*|\?|\[[^\]]+\])", pattern)
    return re.compile("".join(map(_expression, parts)), re.DOTALL)


def _expression(part: str) -> str:
    if part.startswith(_DEEP):
        return r"(?:.*/)?" if part.endswith("/") else ".*"
    if part.startswith("["):
        return f"[{'^' if part[1] in '!^' else ''}{re.escape(part[1:-1].lstrip('!^')).replace(chr(92) + '-', '-')}]"
    return {"*": "[^/]*", "?": "[^/]"}.get(part) or re.escape(part)


def about(spec: str) -> Object:
    """The size and the version of one object. Raises SourceError, UsageError."""
    address = parse(spec)
    store = stores.store_of(address)
    with explained(address):
        return stores.Reply(store, address).object

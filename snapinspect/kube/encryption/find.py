"""Encryption configurations that lie beside a snapshot, in the same archive or the same backup.

Looked at are the files that an API server's static pod manifest names, those whose name speaks of
encryption (``encryption-config.yaml``), and Secrets and ConfigMaps that hold such a file, as OpenShift
keeps it (github.com/openshift/library-go ``pkg/operator/encryption/encryptiondata/secret.go``), and files in which
an installer keeps it, told by what they say.
"""

from __future__ import annotations

import binascii
import re
from base64 import b64decode
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from snapinspect.errors import UsageError
from snapinspect.kube.encryption import config
from snapinspect.kube.encryption.carriers import carries_keys, in_carrier
from snapinspect.model import Problem

if TYPE_CHECKING:
    from snapinspect.kube.encryption.config import Configuration

Reader = Callable[[], bytes]

_MANIFEST = re.compile(r"kube-?apiserver[^/]*\.(?:ya?ml|json)$", re.IGNORECASE)
_CARRIER = re.compile(r"\.(?:ya?ml|json|rkestate)$", re.IGNORECASE)
_NAMED_PATH = re.compile(rb"encryption-provider-config[\s\"',=-]+(/[^\s\"',\]]+)")
_HOLDERS = ("Secret", "ConfigMap")
_KIND = b"EncryptionConfig"


@dataclass(frozen=True, slots=True)
class Findings:
    """The configurations found, each naming its file as its origin, and those that cannot be read."""

    configurations: tuple[Configuration, ...]
    problems: tuple[Problem, ...]


def find(files: Iterable[tuple[str, Reader]]) -> Findings:
    """Looks among ``files``, each a path and what reads it; only those that may matter are read."""
    readers = dict(files)
    configurations: list[Configuration] = []
    problems: list[Problem] = []
    for path in _candidates(readers):
        text = readers[path]()
        try:
            configurations.extend(in_text(text, path))
        except UsageError as error:
            if _KIND in text:
                problems.append(Problem("encryption-config", path, str(error)))
    return Findings(tuple(configurations), tuple(problems))


def load(path: Path) -> Configuration:
    """What a file that was given says of keys. Raises UsageError when it cannot be read or tells of none."""
    try:
        with path.open("rb") as file:
            text = file.read(config.MAX_SIZE + 1)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from None
    return parse(text, str(path))


def parse(text: bytes | str, origin: str) -> Configuration:
    """The configuration in YAML or JSON text; ``origin`` names it in messages. Raises UsageError."""
    found = in_text(text, origin)
    if not found:
        raise UsageError(
            f"{origin} is no encryption configuration",
            "it must be the file that the API server's --encryption-provider-config names (kind: "
            "EncryptionConfiguration), or one that holds it: a Secret, Talos's controlplane.yaml, RKE's .rkestate",
        )
    return config.Configuration(origin, tuple(rule for each in found for rule in each.rules))


def in_text(text: bytes | str, origin: str) -> list[Configuration]:
    """The configurations in a file: itself one or several, or what holds some. Raises UsageError."""
    documents = config.read_yaml(text, origin)
    return [found for each in documents if isinstance(each, dict) for found in in_object(each, origin)]


def in_object(body: Mapping[str, Any], origin: str) -> Iterator[Configuration]:
    """The configurations in a decoded object. Raises UsageError when one of them is not valid."""
    if config.is_configuration(body):
        yield config.from_document(body, origin)
    elif body.get("kind") in _HOLDERS:
        for name, text in _contents(body):
            if _KIND in text:
                yield parse(text, f"{origin} ({name})")
    elif isinstance(body.get("items"), list):
        for item in body["items"]:
            if isinstance(item, dict) and item.get("kind") in _HOLDERS:
                yield from in_object(item, origin)
    else:
        yield from in_carrier(body, origin)


def _contents(body: Mapping[str, Any]) -> Iterator[tuple[str, bytes]]:
    """What a Secret or a ConfigMap holds, by name."""
    for field in ("data", "stringData", "binaryData"):
        entries = body.get(field)
        is_base64 = field == "binaryData" or (field == "data" and body["kind"] == "Secret")
        for name, text in entries.items() if isinstance(entries, dict) else ():
            if isinstance(text, str):
                yield name, _base64(text) if is_base64 else text.encode()


def _base64(text: str) -> bytes:
    try:
        return b64decode(text)
    except (binascii.Error, ValueError):
        return b""


def _candidates(readers: Mapping[str, Reader]) -> list[str]:
    candidates = [path for path in readers if "encrypt" in PurePosixPath(path).name.lower()]
    candidates += [path for path, read in readers.items() if _CARRIER.search(path) and carries_keys(read())]
    for path in filter(_MANIFEST.search, readers):
        for named in _NAMED_PATH.findall(readers[path]()):
            candidates.extend(_nearest(named.decode("utf-8", "replace"), readers))
    return list(dict.fromkeys(candidates))


def _nearest(named: str, paths: Iterable[str]) -> list[str]:
    """The paths that end most like ``named``, which is a path on the node or inside its container."""
    likeness = {path: _common_ending(named, path) for path in paths}
    best = max(likeness.values(), default=0)
    return [path for path, common in likeness.items() if common == best > 0]


def _common_ending(one: str, other: str) -> int:
    pairs = zip(reversed(PurePosixPath(one).parts), reversed(PurePosixPath(other).parts), strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))

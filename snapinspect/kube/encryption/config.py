"""The API server's own encryption configuration: which providers and keys it was given.

Sources: k8s.io/apiserver ``pkg/apis/apiserver/v1/types_encryption.go`` and
``pkg/apis/apiserver/validation/validation_encryption.go``; ``EncryptionConfig`` of ``v1`` is what the
kind was called before Kubernetes 1.13.
"""

from __future__ import annotations

import binascii
import re
from base64 import b64decode
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from snapinspect.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_SIZE = 4 << 20
"""Bytes of the largest configuration that is read."""
MAX_ENTRIES = 1000
"""Entries of the longest list in one; YAML aliases could otherwise multiply a small file."""
DEFAULT_TIMEOUT = 3.0
"""Seconds that a KMS plugin has to answer, unless its configuration says otherwise."""
KMS_VERSIONS = ("v1", "v2")
KINDS = (("apiserver.config.k8s.io/v1", "EncryptionConfiguration"), ("v1", "EncryptionConfig"))

_AES_SIZES = (16, 24, 32)
_KEY_SIZES = {"aescbc": _AES_SIZES, "aesgcm": _AES_SIZES, "secretbox": (32,)}
_NULLS = ("", "~", "null")
_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}
_DURATION_PART = re.compile(r"([0-9]+(?:\.[0-9]*)?|\.[0-9]+)(h|ms|m|s|us|µs|ns)")


@dataclass(frozen=True, slots=True)
class Key:
    """A named key. ``material`` stays out of its repr."""

    provider: str
    name: str
    material: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Plugin:
    """A KMS plugin: ``version`` is ``v1`` or ``v2``, ``endpoint`` as configured, ``timeout`` in seconds."""

    name: str
    version: str
    endpoint: str
    timeout: float = DEFAULT_TIMEOUT


@dataclass(frozen=True, slots=True)
class Rule:
    """Some resources (``secrets``, ``*.apps``, ``*.*``) and what their values may be encrypted with.

    ``keeps_plaintext`` says that the identity provider is among the rule's providers.
    """

    resources: tuple[str, ...]
    keys: tuple[Key, ...]
    plugins: tuple[Plugin, ...]
    keeps_plaintext: bool


@dataclass(frozen=True, slots=True)
class Configuration:
    """One encryption configuration and where it came from."""

    origin: str
    rules: tuple[Rule, ...]

    @property
    def keys(self) -> tuple[Key, ...]:
        return tuple(key for rule in self.rules for key in rule.keys)

    @property
    def plugins(self) -> tuple[Plugin, ...]:
        return tuple(plugin for rule in self.rules for plugin in rule.plugins)


def is_configuration(document: Mapping[str, Any]) -> bool:
    """Whether a document's apiVersion and kind are those of an encryption configuration."""
    return (document.get("apiVersion"), document.get("kind")) in KINDS


def read_yaml(text: bytes | str, origin: str) -> list[Any]:
    """The YAML or JSON documents, every scalar as text: a key named 2022-01-02 must not become a date.

    Raises UsageError that tells the place but not the line, for a secret may stand there.
    """
    if len(text) > MAX_SIZE:
        raise UsageError(f"{origin} is larger than {MAX_SIZE} bytes, too large for an encryption configuration")
    documents, problem = _load_yaml(text)
    if problem is not None:
        raise UsageError(f"{origin} is no valid YAML{problem}")
    return documents


def _load_yaml(text: bytes | str) -> tuple[list[Any], str | None]:
    import yaml

    # The error is told by its place only and not chained: PyYAML's messages quote the text.
    loader = None
    documents: list[Any] = []
    try:
        loader = yaml.BaseLoader(text)
        while loader.check_data() and len(documents) < MAX_ENTRIES:  # type: ignore[no-untyped-call]
            documents.append(loader.get_data())
    except yaml.MarkedYAMLError as error:
        return [], f" (line {error.problem_mark.line + 1})" if error.problem_mark else ""
    except (yaml.YAMLError, RecursionError, UnicodeError):
        return [], ""
    else:
        return documents, None
    finally:
        if loader is not None:
            loader.dispose()


def from_document(document: Mapping[str, Any], origin: str) -> Configuration:
    """The configuration in a document that ``is_configuration``. Raises UsageError."""
    rules: list[Rule] = []
    keys = 0
    for number, entry in enumerate(_list(document.get("resources"), f"{origin}: resources")):
        rules.append(_rule(entry, f"{origin}: resources[{number}]"))
        keys += len(rules[-1].keys)
        if keys > MAX_ENTRIES:
            raise UsageError(f"{origin} holds more than {MAX_ENTRIES} keys")
    return Configuration(origin, tuple(rules))


def _rule(raw: Any, where: str) -> Rule:
    entry = _mapping(raw, where)
    resources = _list(entry.get("resources"), f"{where}.resources")
    providers = _list(entry.get("providers"), f"{where}.providers")
    keys: list[Key] = []
    plugins: list[Plugin] = []
    keeps_plaintext = False
    for number, provider in enumerate(providers):
        name, settings = _provider(provider, f"{where}.providers[{number}]")
        place = f"{where}.providers[{number}].{name}"
        if name == "identity":
            keeps_plaintext = True
        elif name == "kms":
            plugins.append(_plugin(settings, place))
        else:
            keys.extend(_keys(name, settings, place))
    return Rule(
        tuple(_text(name, f"{where}.resources") for name in resources), tuple(keys), tuple(plugins), keeps_plaintext
    )


def _provider(raw: Any, where: str) -> tuple[str, Any]:
    named = [(name, settings) for name, settings in _mapping(raw, where).items() if settings not in _NULLS]
    if len(named) != 1:
        raise UsageError(f"{where} must name one provider, and names {len(named)}")
    name, settings = named[0]
    if name not in {*_KEY_SIZES, "kms", "identity"}:
        raise UsageError(f"{where}: {name} is no provider", f"providers are {', '.join(_KEY_SIZES)}, kms and identity")
    return name, settings


def _keys(provider: str, raw: Any, where: str) -> list[Key]:
    entries = _list(_mapping(raw, where).get("keys"), f"{where}.keys")
    return [_key(provider, entry, f"{where}.keys[{number}]") for number, entry in enumerate(entries)]


def _key(provider: str, raw: Any, where: str) -> Key:
    entry = _mapping(raw, where)
    name = _text(entry.get("name"), f"{where}.name")
    material = _base64(_text(entry.get("secret"), f"{where}.secret"))
    if material is None:
        raise UsageError(f"{where}: the secret of {name} is no base64")
    sizes = _KEY_SIZES[provider]
    if len(material) not in sizes:
        wanted = " or ".join(str(size) for size in sizes)
        raise UsageError(f"{where}: {name} is {len(material)} bytes long; {provider} takes {wanted}")
    return Key(provider, name, material)


def _base64(text: str) -> bytes | None:
    try:
        return b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return None


def _plugin(raw: Any, where: str) -> Plugin:
    entry = _mapping(raw, where)
    version = entry.get("apiVersion") or "v1"
    if version not in KMS_VERSIONS:
        raise UsageError(f"{where}: {version} is no version of the KMS protocol", "versions are v1 and v2")
    timeout = entry.get("timeout")
    return Plugin(
        name=_text(entry.get("name"), f"{where}.name"),
        version=version,
        endpoint=_text(entry.get("endpoint"), f"{where}.endpoint"),
        timeout=_seconds(_text(timeout, where), f"{where}.timeout") if timeout else DEFAULT_TIMEOUT,
    )


def _seconds(text: str, where: str) -> float:
    """A Go duration such as ``3s``, ``1m30s`` or ``500ms``."""
    parts = _DURATION_PART.findall(text)
    seconds = sum(float(number) * _UNITS[unit] for number, unit in parts)
    if "".join(number + unit for number, unit in parts) != text or seconds <= 0:
        raise UsageError(f"{where}: {text} is no time-out", "write it as 3s or 500ms")
    return seconds


def _list(raw: Any, where: str) -> list[Any]:
    if not isinstance(raw, list) or not 0 < len(raw) <= MAX_ENTRIES:
        raise UsageError(f"{where} must be a list of 1 to {MAX_ENTRIES} entries")
    return raw


def _mapping(raw: Any, where: str) -> dict[str, Any]:
    if not isinstance(raw, dict):
        raise UsageError(f"{where} must be a mapping")
    return raw


def _text(raw: Any, where: str) -> str:
    if not isinstance(raw, str) or not raw:
        raise UsageError(f"{where} must be a text that is not empty")
    return raw

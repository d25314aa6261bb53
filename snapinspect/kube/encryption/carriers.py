"""Files of installers that carry the encryption configuration, or the keys that they make one of.

Sources: siderolabs/talos ``pkg/machinery/config/types/v1alpha1/v1alpha1_types.go`` (the secrets in ``cluster``),
``internal/app/machined/pkg/controllers/k8s/internal/k8stemplates`` (the configuration made of them, and its names of
keys) and ``pkg/machinery/config/generate/secrets`` (the bundle); rancher/rke ``cluster/state.go`` (``encryptionConfig``
of both states, as text) and ``types/kube_config`` (``custom_config`` of a ``cluster.yml``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from snapinspect.kube.encryption import config

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from snapinspect.kube.encryption.config import Configuration

_SIGNS = (b"kind: EncryptionConfig", b"KubeEtcdEncryptionConfig", b"cryptionSecret:", b"cryptionsecret:")
_TALOS = (("secretboxencryptionsecret", "secretbox", "key2"), ("aescbcencryptionsecret", "aescbc", "key1"))
_TALOS_PLACES = ("cluster", "secrets")
_TALOS_KIND = "KubeEtcdEncryptionConfig"
_ENCRYPTED = ["secrets"]
_LONGEST_WALK = 20_000
"""Places looked at in a file; YAML aliases could otherwise multiply a small one."""


def carries_keys(text: bytes) -> bool:
    """Whether a file is worth looking into."""
    return any(sign in text for sign in _SIGNS)


def in_carrier(document: Mapping[str, Any], origin: str) -> Iterator[Configuration]:
    """The configurations that a document carries somewhere inside. Raises UsageError when one is not valid."""
    yield from _of_talos(document, origin)
    seen: set[str] = set()
    for found in _nested(document):
        if isinstance(found, str):
            if found not in seen:
                seen.add(found)
                inside = filter(_is_configuration, config.read_yaml(found, origin))
                yield from (config.from_document(each, origin) for each in inside)
        else:
            yield config.from_document(found, origin)


def _of_talos(document: Mapping[str, Any], origin: str) -> Iterator[Configuration]:
    if document.get("kind") == _TALOS_KIND and isinstance(document.get("config"), dict):
        yield config.from_document(document["config"], origin)
    for place in _TALOS_PLACES:
        secrets = document.get(place)
        if isinstance(secrets, dict):
            # The bundle writes the same names in small letters.
            small = {name.lower(): secret for name, secret in secrets.items() if isinstance(name, str)}
            providers = [
                {provider: {"keys": [{"name": name, "secret": small[field]}]}}
                for field, provider, name in _TALOS
                if small.get(field)
            ]
            if providers:
                yield config.from_document({"resources": [{"resources": _ENCRYPTED, "providers": providers}]}, origin)


def _nested(document: Mapping[str, Any]) -> Iterator[Mapping[str, Any] | str]:
    """Configurations at any depth, as they are or as texts that speak of one."""
    waiting: list[Any] = [document]
    for _ in range(_LONGEST_WALK):
        if not waiting:
            return
        place = waiting.pop()
        if isinstance(place, str):
            if carries_keys(place.encode("utf-8", "surrogatepass")):
                yield place
        elif _is_configuration(place):
            yield place
        elif isinstance(place, dict):
            waiting.extend(place.values())
        elif isinstance(place, list):
            waiting.extend(place)


def _is_configuration(place: Any) -> bool:
    return isinstance(place, dict) and config.is_configuration(place)

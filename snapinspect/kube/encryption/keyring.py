"""All keys at hand, and opening values with the one that each value names.

Sources: k8s.io/apiserver ``pkg/storage/value/transformer.go`` and
``pkg/server/options/encryptionconfig/config.go``: of the keys whose name the value begins with, each
is tried, as configurations may give one name to several keys.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Self

from snapinspect.errors import Locked
from snapinspect.kube.encryption import ciphers, config, kms, lock
from snapinspect.kube.encryption.ciphers import Refused
from snapinspect.kube.encryption.config import Configuration, Key, Plugin
from snapinspect.kube.encryption.plugin import PluginClient

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from types import TracebackType

    from snapinspect.kube.encryption.lock import Lock, Sealed
    from snapinspect.model import Buffer

_OPENERS: dict[str, Callable[[bytes, bytes, bytes], bytes]] = {
    "aescbc": ciphers.open_aescbc,
    "aesgcm": ciphers.open_aesgcm,
    "secretbox": ciphers.open_secretbox,
}
_GIVE_KEYS = "give the API server's encryption configuration with --encryption-config"
_GIVE_SOCKET = f"{_GIVE_KEYS}, or the plugin's socket with --kms-socket NAME=PATH"
_GIVE_ETCD_KEY = "values are authenticated together with their etcd key, which was not given: add --key"
_WHY_REFUSED = "it was encrypted with another key of that name, or stored under another etcd key"


class Keyring:
    """Keys of any number of configurations; ``sockets`` maps a KMS plugin's name to its socket's path.

    A plugin that only ``sockets`` names needs no configuration. To be closed when plugins were asked.
    """

    def __init__(self, configurations: Iterable[Configuration] = (), sockets: Mapping[str, str] | None = None) -> None:
        self.configurations = tuple(configurations)
        self.sockets = dict(sockets or {})
        keys = (key for configuration in self.configurations for key in configuration.keys)
        self.keys: tuple[Key, ...] = tuple(dict.fromkeys(keys))
        plugins = (plugin for configuration in self.configurations for plugin in configuration.plugins)
        self.plugins: tuple[Plugin, ...] = tuple(dict.fromkeys(self._at_socket(plugin) for plugin in plugins))
        self._clients: dict[Plugin, PluginClient] = {}

    @classmethod
    def empty(cls) -> Keyring:
        return cls()

    def __repr__(self) -> str:
        names = [f"{key.provider}:{key.name}" for key in self.keys] + [f"kms:{plugin.name}" for plugin in self.plugins]
        return f"Keyring({', '.join(names)})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        for client in self._clients.values():
            client.close()
        self._clients.clear()

    def with_configurations(self, more: Iterable[Configuration]) -> Keyring:
        """A keyring that has these keys as well, such as those found inside the snapshot."""
        return Keyring((*self.configurations, *more), self.sockets)

    def identify(self, stored: Buffer) -> Lock | None:
        """As ``lock.identify``; that a name may hold colons is known here from the keys at hand."""
        found = lock.identify(stored)
        sealed = lock.take_apart(stored) if found else None
        if not found or not sealed:
            return found
        names = [key.name for key in self._keys_for(sealed)] + [plugin.name for plugin in self._plugins_for(sealed)]
        return found._replace(key=max(names, key=len)) if names else found

    def decrypt(self, stored: Buffer, etcd_key: bytes) -> bytes:
        """The value as it was before encryption; unchanged when it is not encrypted.

        Raises Locked; its text is the same for all values that are locked for the same reason.
        """
        if not lock.is_encrypted(stored):
            return bytes(stored)
        sealed = lock.take_apart(stored)
        if sealed is None:
            raise Locked("the value is encrypted by a provider that is not known")
        if sealed.provider == "kms":
            return self._decrypt_kms(sealed, etcd_key)
        return self._decrypt_local(sealed, etcd_key)

    def _decrypt_local(self, sealed: Sealed, etcd_key: bytes) -> bytes:
        if sealed.provider not in _OPENERS or sealed.version != "v1":
            raise Locked(f"{sealed.provider} {sealed.version} is no encryption provider that is known")
        reason = f"no key named {_shown_name(sealed)} for {sealed.provider}"
        hint = _GIVE_KEYS
        for key in self._keys_for(sealed):
            try:
                return _OPENERS[sealed.provider](key.material, _payload(sealed, key.name), etcd_key)
            except Refused as refused:
                reason = f"{refused} with {sealed.provider} key {key.name}"
                hint = _WHY_REFUSED if etcd_key else _GIVE_ETCD_KEY
        raise Locked(reason, hint)

    def _decrypt_kms(self, sealed: Sealed, etcd_key: bytes) -> bytes:
        locked = Locked(f"no KMS plugin named {_shown_name(sealed)} ({sealed.version})", _GIVE_SOCKET)
        for plugin in self._plugins_for(sealed):
            try:
                return self._decrypt_with(plugin, _payload(sealed, plugin.name), etcd_key)
            except Locked as error:
                locked = error
        raise locked

    def _decrypt_with(self, plugin: Plugin, payload: bytes, etcd_key: bytes) -> bytes:
        envelope = kms.read(plugin.version, payload)
        if plugin not in self._clients:
            self._clients[plugin] = PluginClient(plugin)
        key = self._clients[plugin].decrypt(envelope.key)
        if not kms.can_be_key(envelope, key):
            raise Locked(f"KMS plugin {plugin.name} answered with {len(key)} bytes, which is no key")
        try:
            return envelope.open(key, envelope.data, etcd_key)
        except Refused as refused:
            reason = f"{refused} with the key that KMS plugin {plugin.name} gave"
        raise Locked(reason, _WHY_REFUSED if etcd_key else _GIVE_ETCD_KEY)

    def _keys_for(self, sealed: Sealed) -> list[Key]:
        return [key for key in self.keys if key.provider == sealed.provider and _names(sealed, key.name)]

    def _plugins_for(self, sealed: Sealed) -> list[Plugin]:
        if sealed.provider != "kms" or sealed.version not in config.KMS_VERSIONS:
            return []
        configured = [
            plugin for plugin in self.plugins if plugin.version == sealed.version and _names(sealed, plugin.name)
        ]
        return configured or [
            Plugin(name, sealed.version, path) for name, path in self.sockets.items() if _names(sealed, name)
        ]

    def _at_socket(self, plugin: Plugin) -> Plugin:
        return replace(plugin, endpoint=self.sockets.get(plugin.name, plugin.endpoint))


def _names(sealed: Sealed, name: str) -> bool:
    return sealed.rest.startswith(name.encode() + b":")


def _payload(sealed: Sealed, name: str) -> bytes:
    return sealed.rest[len(name.encode()) + 1 :]


def _shown_name(sealed: Sealed) -> str:
    return lock.shown(lock.first_name(sealed.rest)) or "(none)"

"""The schemas of everything that Kubernetes and OpenShift store as protobuf.

``schemas.binpb`` is compiled from ``protos/``; the facts about JSON are the options that
``protos/snapinspect/json.proto`` declares. A message is built when it is first asked for.
"""

from __future__ import annotations

from functools import cache, lru_cache
from pkgutil import get_data
from typing import TYPE_CHECKING, NamedTuple

from snapinspect.errors import Undecodable
from snapinspect.kube import descriptors

if TYPE_CHECKING:
    from collections.abc import Iterator

_OPTIONS_FILE = "snapinspect/json.proto"
_META = "k8s.io.apimachinery.pkg.apis.meta.v1"
_OBJECT_META, _LIST_META = f"{_META}.ObjectMeta", f"{_META}.ListMeta"
_TYPES = {1: "double", 3: "int64", 5: "int32", 8: "bool", 9: "string", 11: "message", 12: "bytes", 13: "uint32"}
_REPEATED = 3


class UnknownMessage(Undecodable):
    """No schema is known under this name."""


class Field(NamedTuple):
    """One field of a message.

    ``label`` is ``optional``, ``repeated`` or ``map`` (keys are always strings), ``type`` one of
    ``string bytes bool int32 int64 uint32 double message``; a map's is ``message`` and its values
    are of ``value_type``. ``message`` is the full name of the field's message, or of the map's values'.
    ``json`` is empty for what is inlined or has no place in JSON. ``keep_zero``: a zero value (or an
    empty message) that is on the wire appears in JSON. ``nullable``: the field is null in JSON
    when it is not on the wire.
    """

    number: int
    name: str
    json: str
    type: str
    label: str
    message: str | None
    value_type: str | None
    keep_zero: bool
    inline: bool
    nullable: bool


class Message(NamedTuple):
    """``form`` is empty, or names the JSON form that the message has instead of an object of its fields.

    It is a value of ``snapinspect.Form`` in ``protos/snapinspect/json.proto``, in lower case:
    ``time micro_time duration quantity int_or_string json raw_extension items fields
    schema_or_list schema_or_bool schema_or_strings``.
    """

    name: str
    form: str
    fields: tuple[Field, ...]


def message(name: str) -> Message:
    """The message with this full name, ``k8s.io.api.apps.v1.Deployment``. Raises UnknownMessage."""
    found = _messages.get(name)
    if found is None:
        found = _messages[name] = _build(name)
    return found


@lru_cache(maxsize=4096)
def message_for(api_version: str, kind: str) -> str | None:
    """The full name of a kind's message, or None: ``apps/v1`` and ``Deployment`` give ``k8s.io.api.apps.v1.Deployment``.

    A kind is a message with metadata of its own. ``v1`` stands for core first, then for the kinds
    that every group shares (``Status``), then for what OpenShift 3 stored under it (``Route``).
    """
    for package in _schemas().packages_of(api_version):
        declared = _schemas().declared(package).get(kind)
        if declared is not None and _is_kind(declared):
            return f"{package}.{kind}"
    return None


def kinds() -> Iterator[tuple[str, str, str]]:
    """``(apiVersion, kind, full message name)`` of every kind of object; lists are left out."""
    schemas = _schemas()
    for api_version, package in schemas.served():
        for kind, declared in schemas.declared(package).items():
            if _metadata(declared) == _OBJECT_META and _is_kind(declared):
                yield api_version, kind, f"{package}.{kind}"


class _Schemas:
    """The compiled files by package, and the numbers and names by which their options are read."""

    def __init__(self) -> None:
        files = descriptors.files_in(get_data("snapinspect.kube", "schemas.binpb") or b"")
        declaring = next(file for file in files if file.name == _OPTIONS_FILE)
        self.option = declaring.extensions
        self.forms = {number: name.lower() for number, name in declaring.enums["Form"].items()}
        self._files = {file.package: file for file in files}
        self._declared: dict[str, dict[str, descriptors.Message]] = {}
        self._packages: dict[str, list[str]] = {}
        for package, file in self._files.items():
            if file.options.has(self.option["group"]):
                self._packages.setdefault(self._api_version(file), []).append(package)

    def _api_version(self, file: descriptors.File) -> str:
        group, version = (file.options.text(self.option[name]) for name in ("group", "version"))
        return f"{group}/{version}" if group else version

    def served(self) -> Iterator[tuple[str, str]]:
        """``(apiVersion, package)`` of every API."""
        for api_version, packages in self._packages.items():
            for package in packages:
                yield api_version, package

    def packages_of(self, api_version: str) -> list[str]:
        """The packages to look for a kind in, best first."""
        if api_version != "v1":
            return self._packages.get(api_version, [])
        legacy = [name for name, file in self._files.items() if file.options.number(self.option["legacy"])]
        return [*self._packages["v1"], _META, *legacy]

    def declared(self, package: str) -> dict[str, descriptors.Message]:
        """The package's messages by short name."""
        if package not in self._declared:
            file = self._files.get(package)
            self._declared[package] = {declared.name: declared for declared in file.messages} if file else {}
        return self._declared[package]


@cache
def _schemas() -> _Schemas:
    return _Schemas()


_messages: dict[str, Message] = {}


def _build(name: str) -> Message:
    package, _, short = name.rpartition(".")
    declared = _schemas().declared(package).get(short)
    if declared is None:
        raise UnknownMessage(f"no schema is known for message {name}")
    form = declared.options.number(_schemas().option["form"])
    entries = {f".{name}.{entry.name}": entry for entry in declared.nested}
    fields = tuple(_field(field, entries.get(field.type_name)) for field in declared.fields)
    return Message(name, _schemas().forms[form] if form else "", fields)


def _field(field: descriptors.Field, entry: descriptors.Message | None) -> Field:
    """``entry`` is the message that protoc makes of a map: key is field 1, value field 2."""
    option, options = _schemas().option, field.options
    inline = bool(options.number(option["inline"]))
    typed = entry.fields[1] if entry else field
    kind = _TYPES[field.type]
    kept = bool(options.number(option["keep_zero"])) if options.has(option["keep_zero"]) else kind == "message"
    return Field(
        number=field.number,
        name=field.name,
        json="" if inline or options.number(option["hidden"]) else field.json_name,
        type=kind,
        label="map" if entry else "repeated" if field.label == _REPEATED else "optional",
        message=typed.type_name.removeprefix(".") or None,
        value_type=_TYPES[typed.type] if entry else None,
        keep_zero=kept,
        inline=inline,
        nullable=bool(options.number(option["nullable"])),
    )


def _metadata(declared: descriptors.Message) -> str:
    """The full name of the message's ``metadata``, or nothing."""
    return next((field.type_name.removeprefix(".") for field in declared.fields if field.name == "metadata"), "")


def _is_kind(declared: descriptors.Message) -> bool:
    if declared.options.number(_schemas().option["embedded"]):
        return False
    return _metadata(declared) in (_OBJECT_META, _LIST_META)

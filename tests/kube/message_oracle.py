"""Random protobuf messages of every kind, and the JSON that the schemas say they have.

The protobuf package holds and serializes the messages; what JSON they are follows from nothing but the
options of ``protos/snapinspect/json.proto``, plainly and slowly.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from random import Random
from typing import Any

from descriptors import pool_of
from google.protobuf import descriptor_pb2, message_factory
from google.protobuf.descriptor import Descriptor, FieldDescriptor

FUTURE = {900: FieldDescriptor.TYPE_INT64, 901: FieldDescriptor.TYPE_STRING, 902: FieldDescriptor.TYPE_DOUBLE}
"""Fields that a later Kubernetes might give to any message, by number."""
SEALED = {"TIME", "MICRO_TIME", "DURATION", "QUANTITY", "INT_OR_STRING", "JSON", "RAW_EXTENSION"}
"""Forms of messages that are one value: what they hold is no field of the object."""
TEXTS = ["", "a", "kube-system", "true", "1e3", "naïve ☂ 𝄞", 'say "hi"\n\tthere\\', "\x00\x7f\u2028", "x" * 200]
NUMBERS = [0, 1, -1, 5, 127, 128, 65536, 2**31 - 1, -(2**31)]
LONGER_NUMBERS = [2**31, 2**53 + 1, 2**63 - 1, -(2**63)]
DOUBLES = [0.0, -0.5, 1.0, 3.25, 1e15, 123456789.125]
EMBEDDED = ["{}", '{"a":[1,{"b":null}],"c":"\\u00fc"}', '{"f:metadata":{"f:labels":{".":{}}}}', '"x"', "3", "[1,2]"]
YEAR_ONE = -62135596800
LAST_SECOND = 253402300799
DEEPEST = 7
SECOND = 1_000_000_000


class Schemas:
    """The compiled schemas in a pool of their own; ``future`` adds the fields of ``FUTURE`` to the messages."""

    def __init__(self, future: dict[int, int] | None = None) -> None:
        self.pool = pool_of("kube/schemas.binpb")
        if future:
            self.pool = pool_of("kube/schemas.binpb", self._add_future_fields)
        self.form = cache(self._form)
        self.keeps_zero = cache(self._keeps_zero)
        self.flag = cache(self._flag)
        self.map_value = cache(self._map_value)

    def new(self, name: str) -> Any:
        return message_factory.GetMessageClass(self.pool.FindMessageTypeByName(name))()

    def stored(self, api_version: str, kind: str, message: Any) -> bytes:
        """``message`` as the API server stores it."""
        unknown = self.new("k8s.io.apimachinery.pkg.runtime.Unknown")
        unknown.typeMeta.apiVersion, unknown.typeMeta.kind = api_version, kind
        unknown.raw = message.SerializeToString()
        unknown.contentEncoding = unknown.contentType = ""
        return b"k8s\0" + bytes(unknown.SerializeToString())

    def _form(self, message: Descriptor) -> str:
        """``OBJECT`` or another value of ``snapinspect.Form``."""
        extension = self.pool.FindExtensionByName("snapinspect.form")
        number = self._options(message, "MessageOptions").Extensions[extension]
        assert extension.enum_type is not None
        return str(extension.enum_type.values_by_number[number].name)

    def _flag(self, field: FieldDescriptor, option: str) -> bool:
        extension = self.pool.FindExtensionByName(f"snapinspect.{option}")
        return bool(self._options(field, "FieldOptions").Extensions[extension])

    def _keeps_zero(self, field: FieldDescriptor) -> bool:
        options = self._options(field, "FieldOptions")
        extension = self.pool.FindExtensionByName("snapinspect.keep_zero")
        if options.HasExtension(extension):
            return bool(options.Extensions[extension])
        return field.message_type is not None

    def _map_value(self, field: FieldDescriptor) -> FieldDescriptor | None:
        """The field of the values when ``field`` is a map: protoc makes a message of each entry."""
        entry = field.message_type
        return entry.fields_by_name["value"] if entry and entry.GetOptions().map_entry else None

    def _options(self, of: Any, type_name: str) -> Any:
        """The options, read with this pool's own knowledge of extensions."""
        options = self.new(f"google.protobuf.{type_name}")
        options.ParseFromString(of.GetOptions().SerializeToString())
        return options

    def _add_future_fields(self, file: descriptor_pb2.FileDescriptorProto) -> None:
        if not file.package.startswith(("k8s.io", "github.com")):
            return
        for declared in file.message_type:
            if self._form(self.pool.FindMessageTypeByName(f"{file.package}.{declared.name}")) not in SEALED:
                for number, kind in FUTURE.items():
                    declared.field.add(name=f"future{number}", number=number, type=kind, label=1)


class Author:
    """Fills messages at random; fields that were never filled before come first, so that none is missed."""

    def __init__(self, schemas: Schemas, seed: int) -> None:
        self.schemas = schemas
        self.random = Random(seed)
        self.written: set[tuple[str, int]] = set()
        self.future: Counter[tuple[str, int]] = Counter()

    def message(self, name: str) -> Any:
        message = self.schemas.new(name)
        self.fill(message, 0)
        return message

    def fill(self, message: Any, depth: int) -> None:
        described = message.DESCRIPTOR
        special = getattr(self, f"_fill_{self.schemas.form(described).lower()}", None)
        if special:
            self.written.update((described.full_name, field.number) for field in described.fields)
            special(message)
            return
        for field in described.fields:
            if self._wanted(field, depth):
                self._set(message, field, depth)

    def _wanted(self, field: FieldDescriptor, depth: int) -> bool:
        place = field.full_name.rpartition(".")[0], field.number
        if place not in self.written:
            self.written.add(place)
            return True
        return depth < DEEPEST and self.random.random() < 0.5 / (1 + depth)

    def _set(self, message: Any, field: FieldDescriptor, depth: int) -> None:
        if field.number in FUTURE and field.name.startswith("future"):
            self.future[message.DESCRIPTOR.full_name, field.number] += 1
        target = getattr(message, field.name)
        if value := self.schemas.map_value(field):
            self._fill_map(target, value, depth)
        elif field.is_repeated:
            for _ in range(self.random.randint(1, 2)):
                if field.message_type:
                    self.fill(target.add(), depth + 1)
                else:
                    target.append(self._scalar(field))
        elif field.message_type:
            target.SetInParent()
            self.fill(target, depth + 1)
        else:
            setattr(message, field.name, self._scalar(field))

    def _fill_map(self, target: Any, value: FieldDescriptor, depth: int) -> None:
        for key in self.random.sample(TEXTS, 2):
            if value.message_type:
                self.fill(target[key], depth + 1)
            else:
                target[key] = self._scalar(value)

    def _scalar(self, field: FieldDescriptor) -> Any:
        if field.type == FieldDescriptor.TYPE_STRING:
            return self.random.choice(TEXTS)
        if field.type == FieldDescriptor.TYPE_BYTES:
            return self.random.randbytes(self.random.choice([0, 1, 2, 3, 40]))
        if field.type == FieldDescriptor.TYPE_BOOL:
            return self.random.random() < 0.5
        if field.type == FieldDescriptor.TYPE_DOUBLE:
            return self.random.choice(DOUBLES)
        if field.type == FieldDescriptor.TYPE_UINT32:
            return abs(self.random.choice(NUMBERS[:-1]))
        longer = LONGER_NUMBERS if field.type == FieldDescriptor.TYPE_INT64 else []
        return self.random.choice(NUMBERS + longer)

    def _fill_time(self, message: Any) -> None:
        if self.random.random() < 0.9:
            message.seconds = self.random.choice([YEAR_ONE, 0, -1, LAST_SECOND, self.random.randint(1, 2**32)])
            message.nanos = self.random.choice([0, 5])

    def _fill_micro_time(self, message: Any) -> None:
        self._fill_time(message)
        message.nanos = self.random.choice([0, 999, 1000, 120_000_000, 999_999_999])

    def _fill_duration(self, message: Any) -> None:
        magnitude = self.random.choice([0, 1, 999, 1500, 1_200_000, SECOND, 60 * SECOND, 5400 * SECOND + 1, 2**63 - 1])
        message.duration = self.random.choice([1, -1]) * magnitude

    def _fill_quantity(self, message: Any) -> None:
        if self.random.random() < 0.9:
            message.string = self.random.choice(["0", "100m", "1Gi", "1e3", "-5", "0.5"])

    def _fill_int_or_string(self, message: Any) -> None:
        message.type = self.random.choice([0, 1])
        message.intVal = self.random.choice(NUMBERS)
        message.strVal = self.random.choice(["", "50%", "http", "8080"])

    def _fill_json(self, message: Any) -> None:
        if self.random.random() < 0.9:
            (field,) = message.DESCRIPTOR.fields
            setattr(message, field.name, self.random.choice(EMBEDDED).encode())

    _fill_raw_extension = _fill_json


def json_of(schemas: Schemas, message: Any) -> Any:
    """The JSON of a message, null left away from objects."""
    form = schemas.form(message.DESCRIPTOR)
    if form == "OBJECT":
        return _object(schemas, message)
    if form in SEALED:
        return globals()[f"_{form.lower()}"](message)
    if form in {"ITEMS", "FIELDS"}:
        # What a list or map is when nothing is in it.
        first = next(field for field in message.DESCRIPTOR.fields if field.number == 1)
        return _value(schemas, first, getattr(message, first.name))
    return _one_of_two(schemas, message, form)


def _object(schemas: Schemas, message: Any) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for field, content in message.ListFields():
        if field.name.startswith("future") or schemas.flag(field, "hidden"):
            continue
        value = _value(schemas, field, content)
        if schemas.flag(field, "inline"):
            out.update(value)
        elif value is not None and (field.is_repeated or schemas.keeps_zero(field) or not _is_zero(field, content)):
            out[field.json_name] = value
    return out


def _is_zero(field: FieldDescriptor, content: Any) -> bool:
    return content.ByteSize() == 0 if field.message_type else not content


def _value(schemas: Schemas, field: FieldDescriptor, content: Any) -> Any:
    if value := schemas.map_value(field):
        pairs = {key: _single(schemas, value, content[key]) for key in content}
        return {key: single for key, single in pairs.items() if single is not None}
    if field.is_repeated:
        return [_single(schemas, field, item) for item in content]
    return _single(schemas, field, content)


def _single(schemas: Schemas, field: FieldDescriptor, content: Any) -> Any:
    if field.message_type:
        return json_of(schemas, content)
    if field.type == FieldDescriptor.TYPE_BYTES:
        return b64encode(content).decode()
    return content


def _one_of_two(schemas: Schemas, message: Any, form: str) -> Any:
    found = {field.name: _value(schemas, field, content) for field, content in message.ListFields()}
    if form == "SCHEMA_OR_LIST":
        return found["jSONSchemas"] if found.get("jSONSchemas") else found.get("schema")
    if form == "SCHEMA_OR_STRINGS":
        return found["property"] if found.get("property") else found.get("schema")
    assert form == "SCHEMA_OR_BOOL"
    return found.get("schema", found.get("allows", False))


def _time(message: Any) -> str | None:
    moment = _moment(message)
    return None if moment is None else f"{moment.strftime('%Y-%m-%dT%H:%M:%S').rjust(19, '0')}Z"


def _micro_time(message: Any) -> str | None:
    moment = _moment(message)
    if moment is None and not message.nanos:
        return None
    moment = moment or datetime(1, 1, 1, tzinfo=UTC)
    moment += timedelta(microseconds=message.nanos // 1000)
    return f"{moment.strftime('%Y-%m-%dT%H:%M:%S.%f').rjust(26, '0')}Z"


def _moment(message: Any) -> datetime | None:
    """The whole second, or None for Go's zero time, which is what an empty message stands for, too."""
    if not message.ListFields() or message.seconds == YEAR_ONE:
        return None
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=message.seconds)


def _duration(message: Any) -> str:
    """As Go's ``time.Duration.String`` is documented."""
    total = abs(message.duration)
    sign = "-" if message.duration < 0 else ""
    if total == 0:
        return "0s"
    for unit, size in (("ns", 1), ("µs", 1000), ("ms", 1_000_000)):
        if total < size * 1000:
            return f"{sign}{Decimal(total) / size:f}{unit}"
    minutes, rest = divmod(total, 60 * SECOND)
    hours, minutes = divmod(minutes, 60)
    seconds = f"{Decimal(rest) / SECOND:f}s"
    return sign + (f"{hours}h{minutes}m{seconds}" if hours else f"{minutes}m{seconds}" if minutes else seconds)


def _quantity(message: Any) -> str:
    return str(message.string or "0")


def _int_or_string(message: Any) -> int | str:
    return str(message.strVal) if message.type == 1 else int(message.intVal)


def _json(message: Any) -> Any:
    (field,) = message.DESCRIPTOR.fields
    content = getattr(message, field.name)
    return json.loads(content) if content else None


_raw_extension = _json

"""What protoc compiles ``.proto`` files into, read as far as it is asked for.

The numbers of the fields are those of ``google/protobuf/descriptor.proto``. The protobuf package reads it, too, but its
import alone takes longer than all else that decoding one object takes.
"""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple

from snapinspect.kube.varint import read_varint

_LENGTH = 2


class Node:
    """A message between two offsets of ``data``; its fields are asked for by their numbers."""

    def __init__(self, data: bytes, start: int, end: int) -> None:
        self._data = data
        self._start = start
        self._end = end

    @cached_property
    def _fields(self) -> dict[int, list[tuple[int, int]]]:
        """By number: where each one's content lies, or its value twice. Raises Undecodable."""
        found: dict[int, list[tuple[int, int]]] = {}
        data, at, end = self._data, self._start, self._end
        while at < end:
            tag, at = read_varint(data, at, end)
            value, at = read_varint(data, at, end)
            span = value, value
            if tag & 7 == _LENGTH:
                span = at, at + value
                at += value
            found.setdefault(tag >> 3, []).append(span)
        return found

    def has(self, number: int) -> bool:
        return number in self._fields

    def text(self, number: int) -> str:
        """Empty where there is none."""
        start, end = self._fields.get(number, _NONE)[-1]
        return self._data[start:end].decode()

    def number(self, number: int) -> int:
        """0 where there is none."""
        return self._fields.get(number, _NONE)[-1][0]

    def nodes(self, number: int) -> list[Node]:
        """The messages of a field that is repeated, or is there once or not at all."""
        return [Node(self._data, start, end) for start, end in self._fields.get(number, ())]

    def node(self, number: int) -> Node:
        """The one message of a field; an empty one where there is none."""
        start, end = self._fields.get(number, _NONE)[-1]
        return Node(self._data, start, end)


_NONE = [(0, 0)]


class Field(NamedTuple):
    """``FieldDescriptorProto``; ``type`` and ``label`` are the numbers of its enums, ``type_name`` begins with a dot."""

    name: str
    number: int
    label: int
    type: int
    type_name: str
    json_name: str
    options: Node


class Message:
    """``DescriptorProto``."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self.name = node.text(1)

    @property
    def options(self) -> Node:
        return self._node.node(7)

    @cached_property
    def fields(self) -> list[Field]:
        return list(map(_field, self._node.nodes(2)))

    @property
    def nested(self) -> list[Message]:
        return list(map(Message, self._node.nodes(3)))


class File:
    """``FileDescriptorProto``."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self.name = node.text(1)
        self.package = node.text(2)
        self.options = node.node(8)

    @property
    def messages(self) -> list[Message]:
        return list(map(Message, self._node.nodes(4)))

    @property
    def extensions(self) -> dict[str, int]:
        """The numbers of the options that it declares, by their names."""
        return {each.name: each.number for each in map(_field, self._node.nodes(7))}

    @property
    def enums(self) -> dict[str, dict[int, str]]:
        """By the name of each, the names of its values by number."""
        return {
            each.text(1): {value.number(2): value.text(1) for value in each.nodes(2)} for each in self._node.nodes(5)
        }


def files_in(compiled: bytes) -> list[File]:
    """Those of a ``FileDescriptorSet``."""
    return list(map(File, Node(compiled, 0, len(compiled)).nodes(1)))


def _field(node: Node) -> Field:
    return Field(
        node.text(1), node.number(3), node.number(4), node.number(5), node.text(6), node.text(10), node.node(8)
    )

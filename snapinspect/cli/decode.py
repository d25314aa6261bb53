"""``snapinspect decode``: stored values, as etcdhelper and auger do, one file a value."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Annotated

from snapinspect.cli import console as terminal
from snapinspect.cli.console import Console
from snapinspect.cli.declared import Argument, Option
from snapinspect.cli.ending import Ended
from snapinspect.cli.line import typed
from snapinspect.cli.opening import INCOMPLETE, keyring
from snapinspect.cli.options import ObjectOutputOption, Undecoded, UndecodedOption
from snapinspect.cli.output import OBJECT_FORMS, parse_output, write_bodies
from snapinspect.cli.undecoded import undecoded_value
from snapinspect.errors import SourceError, Undecodable, UnknownKind
from snapinspect.kube.decode import Decoded, Keys, plain_value
from snapinspect.kube.decode import decode as decode_value
from snapinspect.kube.envelope import ENCRYPTED
from snapinspect.kube.presented import Presented, unwrap_all
from snapinspect.model import Body, Problem

_STANDARD_INPUT = "-"
_LARGEST = 256_000_000
_PIPED = "etcdctl get /registry/namespaces/default --print-value-only"
"""What prints a value that every cluster has."""


def decode(
    files: Annotated[
        list[str] | None,
        Argument(metavar="[FILE]...", help="Files with one stored value each; - for standard input."),
    ] = None,
    output: ObjectOutputOption = "yaml",
    key: Annotated[str, Option("--key", metavar="KEY", help="The etcd key of an encrypted value.")] = "",
    encryption_config: Annotated[
        list[str] | None,
        Option("--encryption-config", metavar="FILE", help="The API server's encryption configuration; repeatable."),
    ] = None,
    kms_socket: Annotated[
        list[str] | None,
        Option("--kms-socket", metavar="NAME=PATH", help="Where a KMS plugin listens; repeatable."),
    ] = None,
    undecoded: UndecodedOption = None,
    debug: Annotated[bool, Option("--debug", help="Show a traceback on errors.")] = False,  # noqa: ARG001
) -> None:
    """Decode stored values: raw, as etcdctl prints them, in hexadecimal or in base64."""
    form = parse_output(output, OBJECT_FORMS)
    problems: list[Problem] = []
    keys = keyring(encryption_config or (), kms_socket or ())
    bodies = _bodies(files or [_STANDARD_INPUT], Reader(keys, key.encode()), undecoded, problems)
    with terminal.utf8_output() as stream:
        write_bodies(bodies, form, stream)
    Console().problems(problems)
    if problems:
        _tell_other_ways(files or (), problems)
        raise Ended(INCOMPLETE)


def _tell_other_ways(files: Sequence[str], problems: Iterable[Problem]) -> None:
    """What shows something of what was not decoded."""
    # Imported here, as most know what they say.
    from snapinspect.cli.lying import is_snapshot

    console, line = Console(), typed()
    snapshots = list(filter(is_snapshot, files))
    for file in snapshots:
        console.say(f"hint: {file} is a snapshot, and no value: `{line.of('ls').with_arguments(file)}`")
    unread = {Undecodable.code, UnknownKind.code}
    if snapshots or line.value("--undecoded") or unread.isdisjoint(each.code for each in problems):
        return
    if _STANDARD_INPUT in (files or [_STANDARD_INPUT]):
        console.say(f"hint: as in: `{_PIPED} | {line.program} decode`")
    else:
        console.say(f"hint: its bytes all the same: `{line.with_option('--undecoded', 'bytes')}`")


class Reader:
    """Decodes presented values; ``etcd_key`` is that of encrypted ones, unless it stands in front of the value."""

    def __init__(self, keys: Keys, etcd_key: bytes) -> None:
        self._keys = keys
        self._etcd_key = etcd_key

    def decode(self, presented: Presented) -> Decoded:
        """Raises Undecodable."""
        key = self._etcd_key or presented.key
        try:
            return decode_value(plain_value(presented.value, key, self._keys))
        except Undecodable:
            # A line break at the end was taken for etcdctl's; of an encrypted value it may be the last byte.
            if not presented.value.startswith(ENCRYPTED):
                raise
            return decode_value(plain_value(presented.value + b"\n", key, self._keys))


def _bodies(files: list[str], reader: Reader, undecoded: Undecoded | None, problems: list[Problem]) -> Iterator[Body]:
    for file in files:
        for presented in unwrap_all(_read(file)):
            name = f"{file}: {presented.key.decode('utf-8', 'backslashreplace')}" if presented.key else file
            try:
                decoded = reader.decode(presented)
            except Undecodable as error:
                problems.append(Problem(error.code, name, str(error)))
                if undecoded is not None:
                    yield undecoded_value(presented.value, {"file": file, "reason": str(error)}, undecoded)
            else:
                for message, number in decoded.unknown:
                    problems.append(Problem("unknown-field", name, f"field {number} of {message} is in no schema"))
                yield decoded.body


def _read(file: str) -> bytes:
    try:
        if file == _STANDARD_INPUT:
            data = sys.stdin.buffer.read(_LARGEST + 1)
        else:
            with Path(file).open("rb") as stream:
                data = stream.read(_LARGEST + 1)
    except OSError as error:
        raise SourceError(f"{file}: {error.strerror}", _hint(file)) from None
    if len(data) > _LARGEST:
        raise SourceError(f"{file} is far larger than any value in etcd", "Is it a snapshot? Then use `ls` and `get`.")
    return data


def _hint(file: str) -> str:
    """Where ``file`` cannot be read: the line with the one that has nearly its name, else one that reads a pipe."""
    # Imported here, as most files are there.
    from snapinspect.cli.lying import near

    line, found = typed(), near(file)
    if found:
        return f"did you mean {found}? `{line.with_arguments(*(found if each == file else each for each in line.arguments))}`"
    return f"Is the path right, and may you read it? As in: `{_PIPED} | {line.program} decode`"

"""Packages as readable .proto text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tool.model import Field, Message, Package, default_json_name, path_of

if TYPE_CHECKING:
    from collections.abc import Iterator

OPTIONS = "snapinspect/json.proto"
HEADER = "// Rewritten by protos/update.py: edit facts by hand as you need, comments are not kept."


def render(package: Package) -> str:
    """The whole text of the package's file: messages by name, fields by number."""
    parts = [f'{HEADER}\nsyntax = "proto2";', f"package {package.name};"]
    parts.append("\n".join(f'import "{path}";' for path in _imports(package)))
    if options := list(_file_options(package)):
        parts.append("\n".join(options))
    parts += [_message(package.messages[name], package.name) for name in sorted(package.messages)]
    return "\n\n".join(parts) + "\n"


def _imports(package: Package) -> list[str]:
    refs = {field.ref for message in package.messages.values() for field in message.fields.values() if field.ref}
    packages = {ref.rpartition(".")[0] for ref in refs} - {package.name}
    return sorted({path_of(name) for name in packages} | {OPTIONS})


def _file_options(package: Package) -> Iterator[str]:
    if package.group is not None:
        yield f'option (snapinspect.group) = "{package.group}";'
        yield f'option (snapinspect.version) = "{package.version}";'
    if package.legacy:
        yield "option (snapinspect.legacy) = true;"
    for name, release in (("since", package.since), ("until", package.until)):
        if release:
            yield f'option (snapinspect.package_{name}) = "{release}";'


def _message(message: Message, package: str) -> str:
    lines = [f"  {line}" for line in _message_options(message)]
    if lines and message.fields:
        lines.append("")
    lines += [f"  {_field(message.fields[number], package)}" for number in sorted(message.fields)]
    if not lines:
        return f"message {message.name} {{}}"
    return "\n".join([f"message {message.name} {{", *lines, "}"])


def _message_options(message: Message) -> Iterator[str]:
    if message.form:
        yield f"option (snapinspect.form) = {message.form.upper()};"
    if message.embedded:
        yield "option (snapinspect.embedded) = true;"
    for name, release in (("since", message.since), ("until", message.until)):
        if release:
            yield f'option (snapinspect.message_{name}) = "{release}";'


def _field(field: Field, package: str) -> str:
    kind = field.type if field.type != "message" else _reference(field.ref, package)
    declared = f"map<string, {kind}>" if field.label == "map" else f"{field.label} {kind}"
    options = ", ".join(_field_options(field))
    return f"{declared} {field.name} = {field.number}{f' [{options}]' if options else ''};"


def _reference(ref: str, package: str) -> str:
    home, _, name = ref.rpartition(".")
    return name if home == package else f".{ref}"


def _field_options(field: Field) -> Iterator[str]:
    if field.json and field.json != default_json_name(field.name):
        yield f'json_name = "{field.json}"'
    for name in ("inline", "hidden", "nullable"):
        if getattr(field, name):
            yield f"(snapinspect.{name}) = true"
    if field.keep_zero is not None:
        yield f"(snapinspect.keep_zero) = {str(field.keep_zero).lower()}"
    for name, release in (("since", field.since), ("until", field.until)):
        if release:
            yield f'(snapinspect.{name}) = "{release}"'

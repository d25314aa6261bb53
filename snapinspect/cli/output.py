"""What ``-o`` says: a form, and for some forms the expressions that fill it; and objects in each of these forms."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple, TextIO

from snapinspect.errors import UsageError
from snapinspect.model import Body
from snapinspect.snapshot import UNPROVEN_MARK, Entry
from snapinspect.write.names import object_name
from snapinspect.write.table import printable

if TYPE_CHECKING:
    from snapinspect.cli.line import CommandLine
    from snapinspect.write.custom_columns import CustomColumns
    from snapinspect.write.jsonpath import Template

_JSONPATH, _CUSTOM_COLUMNS = "jsonpath", "custom-columns"
FACT_FORMS = ("table", "json", "jsonl", "yaml", "csv", _JSONPATH, _CUSTOM_COLUMNS)
_EXAMPLES = {
    _JSONPATH: ('{range .items[*]}{.metadata.name}{"\\n"}{end}', "{.metadata.name}"),
    _CUSTOM_COLUMNS: ("NAMESPACE:.metadata.namespace,NAME:.metadata.name",) * 2,
}
"""What to write in these forms, of several objects and of one."""
OBJECT_FORMS = ("yaml", "json", "jsonl", "name", _JSONPATH, _CUSTOM_COLUMNS)
LIST_FORMS = ("table", "wide", "json", "jsonl", "yaml", "name", "csv", _JSONPATH, _CUSTOM_COLUMNS)


class Output(NamedTuple):
    """The form, and what fills it where it is filled."""

    form: str
    template: Template | None = None
    columns: CustomColumns | None = None

    @property
    def shows_objects(self) -> bool:
        """Whether it is filled from whole objects."""
        return self.template is not None or self.columns is not None


def parse_output(text: str, forms: Sequence[str]) -> Output:
    """``yaml``, or ``jsonpath='{.metadata.name}'``. Raises UsageError for what is none of ``forms``."""
    form, _, argument = text.removeprefix("=").partition("=")
    if form not in forms or (argument and form not in _EXAMPLES):
        # Imported here, as most know what they say.
        from snapinspect.cli.nearest import unknown_format

        raise unknown_format(text, [_spelled(form) for form in forms], "-o")
    if form not in _EXAMPLES:
        return Output(form)
    try:
        return _filled(form, argument)
    except UsageError as error:
        error.hint = f"as in: `{_example(form)}`"
        raise


def _filled(form: str, argument: str) -> Output:
    if form == _JSONPATH:
        from snapinspect.write.jsonpath import parse

        if not argument:
            raise UsageError("-o jsonpath lacks its template")
        return Output(form, template=parse(argument))
    from snapinspect.write.custom_columns import CustomColumns

    return Output(form, columns=CustomColumns.parse(argument))


def _example(form: str) -> CommandLine:
    """The line with an expression that every object has."""
    # Imported here, as most write what is understood.
    from snapinspect.cli.line import typed

    line = typed()
    is_one = any("/" in word for word in line.arguments[1:])
    return line.without("-o", "--output").with_option("-o", f"{form}={_EXAMPLES[form][is_one]}")


def _spelled(form: str) -> str:
    return f"{form}=…" if form in _EXAMPLES else form


def write_bodies(bodies: Iterable[Body], output: Output, stream: TextIO, *, is_one: bool = True) -> None:
    """Objects in the chosen form, each as soon as it is there. ``is_one``: a lone object is no list to a template."""
    if output.columns is not None:
        output.columns.write(bodies, stream)
    elif output.template is not None:
        _write_template(output.template, list(bodies), stream, is_one=is_one)
    else:
        text = text_of(output.form)
        write_texts((text(body, "") for body in bodies), output, stream)


def write_texts(texts: Iterable[str], output: Output, stream: TextIO) -> None:
    """What ``text_of`` made of objects, in a form that is not filled from whole objects, each as soon as it is there."""
    if output.form == "yaml":
        separator = ""
        for text in texts:
            stream.write(separator + text)
            separator = "---\n"
    elif output.form == "json":
        from snapinspect.write import json

        json.write_items(texts, stream)
    else:
        stream.writelines(texts)


def write_facts(facts: Iterable[Body], columns: Sequence[str], output: Output, stream: TextIO) -> None:
    """A list of flat facts, which ``columns`` name, in any form but a table's and ``name``."""
    from snapinspect.write import lists

    if output.shows_objects:
        write_bodies(facts, output, stream, is_one=False)
    elif output.form == "json":
        lists.write_json(facts, stream)
    elif output.form == "yaml":
        lists.write_yaml(facts, stream)
    elif output.form == "csv":
        lists.write_csv(columns, facts, stream)
    else:
        from snapinspect.write import json

        stream.writelines(map(json.line, facts))


def _name_line(body: Body, name: str) -> str:
    """What is no object has no name."""
    return _name(body, name) + "\n" if "kind" in body else ""


TEXT_FORMS = frozenset(("yaml", "json", "jsonl", "name"))
"""Those in which each object is a text of its own."""


def text_of(form: str) -> Callable[[Body, str], str]:
    """What makes the text of one object in one of these forms; the name is for one that says none itself."""
    if form == "name":
        return _name_line
    # Imported here, as listing, which must start at once, writes none.
    from snapinspect.write import json, yaml

    make = {"yaml": yaml.dump, "json": json.item_text, "jsonl": json.line}[form]
    return lambda body, _name: make(body)


def quick_text_of(form: str) -> Callable[[Entry], str | None]:
    """What makes that text of a stored value without its object, or gives None where the object has to be made."""
    if form != "yaml":
        return lambda _entry: None
    # Imported here, as few ask for objects as they are stored.
    from snapinspect.write.direct import yaml_of

    return lambda entry: yaml_of(bytes(entry.record.value), entry.record.mod_revision)


def _write_template(template: Template, bodies: list[Body], stream: TextIO, *, is_one: bool) -> None:
    """What kubectl gives a template: the object that was named, else a list of all."""
    whole = {"apiVersion": "v1", "items": bodies, "kind": "List", "metadata": {"resourceVersion": ""}}
    write_text(template.text(bodies[0] if is_one and len(bodies) == 1 else whole), stream)


def write_text(text: str, stream: TextIO) -> None:
    """A program gets every byte; a terminal could be driven by some."""
    stream.write("\n".join(map(_shown, text.split("\n"))) if stream.isatty() else text)


def _shown(line: str) -> str:
    return "\t".join(map(printable, line.split("\t")))


def _name(body: Body, otherwise: str) -> str:
    """``kind/name``, with the kind's group, also of a body whose own words are of odd types."""
    metadata = body.get("metadata")
    if not isinstance(metadata, dict):
        metadata = {}
    annotations, name = metadata.get("annotations"), metadata.get("name")
    group = str(body.get("apiVersion", "")).rpartition("/")[0]
    called = object_name(group, str(body.get("kind", "")), name if isinstance(name, str) and name else otherwise)
    return f"{called} (unproven)" if isinstance(annotations, dict) and UNPROVEN_MARK in annotations else called

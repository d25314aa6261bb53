"""Rules of a person's own, out of a YAML file in the form that ``snapinspect rules -o yaml`` prints.

A list of mappings: ``kinds`` (``Deployment.apps``, ``*``), and what is done: ``drop`` and ``keep`` are lists of paths,
``set`` maps paths to values, ``leaveOut: true`` leaves objects out that were not named. One that bears the ``id`` of
a rule of the table says anew what that one drops or sets, and where; its condition stays. What is only named can be dropped so.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import yaml

from snapinspect.clean.paths import steps
from snapinspect.clean.rule import Exclusion, Keep, Notice, Rule
from snapinspect.errors import SourceError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from snapinspect.clean.rule import AnyRule, ObjectTest, ValueTest

    KindsOf = Callable[[str], list[str]]

MOST_BYTES: Final = 1 << 20
ACTS: Final = ("drop", "keep", "set", "leaveOut")
TOLD: Final = ("does", "reason", "trap")
KEYS: Final = frozenset({"id", "kinds", *ACTS, *TOLD})
HINT: Final = "`snapinspect rules -o yaml` prints rules in this form; kinds with drop, keep, set or leaveOut is all that one needs"
_DEEPEST = 100


class _Told(NamedTuple):
    """A value of the file and the line where it stands, from 1."""

    value: Any
    line: int


def keep_status(kinds: Iterable[str]) -> tuple[Keep, ...]:
    """Rules by which objects of these kinds (``Kind.group``) keep their status."""
    return tuple(Keep("keep-status", (kind,), (".status",), "Its status is wanted.") for kind in kinds)


def load_rules(path: str, table: Sequence[AnyRule], kinds_of: KindsOf) -> tuple[AnyRule, ...]:
    """The table with the rules of a file: its own first, as they decide where both do.

    ``kinds_of`` gives ``Kind.group`` for a kind as people write it. Raises SourceError for a file that cannot be
    read, UsageError for one that says something else; the text tells line and key.
    """
    own: list[AnyRule] = []
    rest = list(table)
    known = {rule.id: rule for rule in table}
    for entry, line in _entries(path):
        where = _Where(path, line)
        fields = where.fields(entry)
        name = _text(fields, "id", where)
        kinds = tuple(kind for word in _texts(fields, "kinds", where) for kind in _kinds(word, kinds_of))
        if not kinds:
            raise where.wrong("kinds", "is missing", fields)
        if name in known:
            rest[rest.index(known[name])] = _changed(known[name], fields, kinds, where)
        else:
            own += _made(name or f"{Path(path).name}:{line}", fields, kinds, where)
    return (*own, *rest)


class _Where:
    """An entry of the file, for errors."""

    def __init__(self, path: str, line: int) -> None:
        self._path = path
        self._line = line

    def wrong(self, key: str, what: str, fields: dict[str, _Told]) -> UsageError:
        line = fields[key].line if key in fields else self._line
        return UsageError(f"{self._path}: line {line}: {key} {what}", HINT)

    def fields(self, node: yaml.Node) -> dict[str, _Told]:
        if not isinstance(node, yaml.MappingNode):
            raise UsageError(f"{self._path}: line {self._line}: a rule is a mapping", HINT)
        found: dict[str, _Told] = {}
        for key, value in node.value:
            name = str(key.value)
            told = _Told(_value(value, self._path), key.start_mark.line + 1)
            if name not in KEYS:
                raise UsageError(f"{self._path}: line {told.line}: no rule has a key {name!r}", HINT)
            found[name] = told
        return found


def _entries(path: str) -> Iterator[tuple[yaml.Node, int]]:
    node = _composed(path)
    if not isinstance(node, yaml.SequenceNode):
        raise UsageError(f"{path}: line 1: rules are a list, each with kinds and what is done", HINT)
    for entry in node.value:
        yield entry, entry.start_mark.line + 1


def _composed(path: str) -> yaml.Node | None:
    try:
        with Path(path).open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise SourceError(f"{path} cannot be read: {error.strerror}", "Give the file that holds the rules.") from None
    if len(data) > MOST_BYTES:
        raise UsageError(f"{path} is larger than {MOST_BYTES >> 20} MB", HINT)
    try:
        return yaml.compose(data, yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"line {mark.line + 1}: " if mark else ""
        raise UsageError(f"{path}: {place}{getattr(error, 'problem', None) or 'it is no YAML'}", HINT) from None
    except RecursionError:
        raise UsageError(f"{path}: it is nested too deep", HINT) from None


def _value(node: yaml.Node, path: str, depth: int = 0) -> Any:
    """What JSON can say of a node."""
    line = node.start_mark.line + 1
    if depth > _DEEPEST:
        raise UsageError(f"{path}: line {line}: it is nested too deep", HINT)
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, path, depth + 1) for item in node.value]
    if isinstance(node, yaml.MappingNode):
        return {str(key.value): _value(item, path, depth + 1) for key, item in node.value}
    if node.tag not in _SCALARS:
        raise UsageError(f"{path}: line {line}: {node.value!r} is nothing that JSON has", "Put it in quotes.")
    try:
        return _SCALARS[node.tag](node.value)
    except ValueError:
        raise UsageError(f"{path}: line {line}: {node.value!r} is no number", "Put it in quotes.") from None


_SCALARS: Final[dict[str, Callable[[str], Any]]] = {
    "tag:yaml.org,2002:bool": lambda text: text.lower() in ("true", "yes", "on"),
    "tag:yaml.org,2002:float": float,
    "tag:yaml.org,2002:int": lambda text: int(text, 0),
    "tag:yaml.org,2002:null": lambda _text: None,
    "tag:yaml.org,2002:str": str,
}


def _kinds(word: str, kinds_of: KindsOf) -> list[str]:
    return [word] if word == "*" else kinds_of(word) or [word]


def _text(fields: dict[str, _Told], key: str, where: _Where) -> str:
    value = fields[key].value if key in fields else ""
    if not isinstance(value, str):
        raise where.wrong(key, "is no text", fields)
    return value


def _texts(fields: dict[str, _Told], key: str, where: _Where) -> list[str]:
    value = fields[key].value if key in fields else []
    if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
        raise where.wrong(key, "is no list of texts", fields)
    return value


def _paths(fields: dict[str, _Told], key: str, where: _Where) -> tuple[str, ...]:
    paths = _texts(fields, key, where)
    _check(paths, fields, key, where)
    return tuple(paths)


def _settings(fields: dict[str, _Told], where: _Where) -> dict[str, Any]:
    value = fields["set"].value if "set" in fields else {}
    if not isinstance(value, dict):
        raise where.wrong("set", "is no mapping of paths to values", fields)
    _check(value, fields, "set", where)
    return value


def _check(paths: Iterable[str], fields: dict[str, _Told], key: str, where: _Where) -> None:
    for path in paths:
        try:
            found = steps(path)
        except ValueError as error:
            raise where.wrong(key, f"holds no path: {error}", fields) from None
        if not found or found[0] in ("apiVersion", "kind") or found == ["metadata", "name"]:
            raise where.wrong(key, f"cannot be about {path or 'the whole object'}", fields)


def _made(name: str, fields: dict[str, _Told], kinds: tuple[str, ...], where: _Where) -> Iterator[AnyRule]:
    reason = _text(fields, "reason", where) or "A rule of your own says so."
    drop, keep, settings = _paths(fields, "drop", where), _paths(fields, "keep", where), _settings(fields, where)
    leave_out = _flag(fields, "leaveOut", where)
    if not (drop or keep or settings or leave_out):
        raise where.wrong("kinds", f"stands without any of {', '.join(ACTS)}", fields)
    if drop:
        yield Rule(name, kinds, drop, reason)
    if keep:
        yield Keep(name, kinds, keep, reason)
    for path, value in settings.items():
        yield Rule(name, kinds, (path,), reason, value=value)
    if leave_out:
        yield Exclusion(name, kinds, reason, "own")


def _flag(fields: dict[str, _Told], key: str, where: _Where) -> bool:
    value = fields[key].value if key in fields else False
    if not isinstance(value, bool):
        raise where.wrong(key, "is neither true nor false", fields)
    return value


def _changed(rule: AnyRule, fields: dict[str, _Told], kinds: tuple[str, ...], where: _Where) -> AnyRule:
    """A rule of the table, as an entry that bears its id wants it."""
    if isinstance(rule, Rule):
        settings = _settings(fields, where)
        paths = _paths(fields, "drop", where) or tuple(settings) or rule.paths
        values = list(settings.values())
        if any(value != values[0] for value in values):
            raise where.wrong("set", f"of {rule.id} has one value for all its paths", fields)
        return rule._replace(kinds=kinds, paths=paths, **({"value": values[0]} if values else {}))
    if isinstance(rule, Notice) and (paths := _paths(fields, "drop", where)):
        reason = _text(fields, "reason", where) or "A rule of your own says so."
        return Rule(rule.id, kinds, paths, reason, when=_of_object(rule.when), only=rule.only)
    return rule._replace(kinds=kinds)


def _of_object(when: ObjectTest | None) -> ValueTest | None:
    return None if when is None else lambda _value, _parent, subject: when(subject)

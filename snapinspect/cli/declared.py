"""What a command takes, as its signature declares it.

The declarations know nothing of Typer, whose import takes longer than a short list: a line that needs
neither help nor an explanation is read without it.
"""

from __future__ import annotations

from collections.abc import Callable
from types import NoneType, UnionType
from typing import Any, NamedTuple, dataclass_transform, get_origin, get_type_hints

_REQUIRED: Any = object()


class Declared:
    """Stands in ``Annotated``: what an option or an argument is called, and what else Typer is to know of it."""

    def __init__(self, *names: str, **settings: Any) -> None:
        self.names = names
        self.settings = settings


class Option(Declared):
    """``Option("-n", "--name", metavar=…, help=…, min=…, max=…)``."""


class Argument(Declared):
    """``Argument(metavar=…, help=…)``."""


@dataclass_transform(eq_default=False, kw_only_default=True)
class Options:
    """Options that several commands share, as one parameter: annotated fields with their defaults."""

    def __init__(self, **said: Any) -> None:
        vars(self).update(said)


class Parameter(NamedTuple):
    """One option or argument: the parameter that it is, or its field in the one of ``group``."""

    name: str
    declared: Declared
    type: Any
    default: Any
    group: str = ""

    @property
    def param_type_name(self) -> str:
        return "option" if isinstance(self.declared, Option) else "argument"

    @property
    def is_required(self) -> bool:
        return self.default is _REQUIRED

    @property
    def is_flag(self) -> bool:
        return self.type is bool

    @property
    def is_list(self) -> bool:
        return get_origin(self.type) is list

    @property
    def opts(self) -> list[str]:
        """Its names on the command line."""
        return list(self.declared.names) or [self.name]

    @property
    def secondary_opts(self) -> list[str]:
        """Names that would say the contrary: nothing here has any."""
        return []

    @property
    def choices(self) -> list[str]:
        """The values of an enumeration, and nothing of other types."""
        return [str(value) for value in getattr(self.type, "__members__", {}).values()]


def parameters(command: Callable[..., None]) -> list[Parameter] | None:
    """What ``command`` takes, or None where it takes what is not declared here."""
    hints = get_type_hints(command, include_extras=True)
    hints.pop("return", None)
    defaults = _defaults(command)
    found: list[Parameter] = []
    for name, hint in hints.items():
        if is_group(hint):
            found += [each._replace(group=name) for each in fields(hint)]
        elif declared(hint) is None:
            return None
        else:
            found.append(_parameter(name, hint, defaults.get(name, _REQUIRED)))
    return found


def groups(command: Callable[..., None]) -> dict[str, type[Options]]:
    """What holds several options, by the names of the parameters of ``command``."""
    return {name: hint for name, hint in get_type_hints(command).items() if is_group(hint)}


def is_group(hint: Any) -> bool:
    """Whether what is annotated so holds several options."""
    return isinstance(hint, type) and issubclass(hint, Options)


def fields(group: type[Options]) -> list[Parameter]:
    """The options of a group, those of its last base first."""
    hints = get_type_hints(group, include_extras=True)
    return [_parameter(name, hint, getattr(group, name, _REQUIRED)) for name, hint in hints.items()]


def declared(hint: Any) -> Declared | None:
    """What an annotation declares."""
    said = getattr(hint, "__metadata__", (None,))[0]
    return said if isinstance(said, Declared) else None


def _parameter(name: str, hint: Any, default: Any) -> Parameter:
    said = declared(hint)
    assert said is not None
    bare = hint.__origin__
    if isinstance(bare, UnionType):
        bare = next(each for each in bare.__args__ if each is not NoneType)
    return Parameter(name, said, bare, default)


def _defaults(command: Callable[..., None]) -> dict[str, Any]:
    """The parameters that need not be said, by name."""
    code: Any = command.__code__
    names, values = code.co_varnames[: code.co_argcount], command.__defaults__ or ()
    ordered = dict(zip(names[len(names) - len(values) :], values, strict=True))
    return {**ordered, **(command.__kwdefaults__ or {})}

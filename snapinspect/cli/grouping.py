"""Commands as Typer takes them: it knows only single options, and its own declarations of them."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Annotated, Any, get_type_hints

import typer

from snapinspect.cli.declared import Option, Options, declared, fields, is_group


def grouped(command: Callable[..., None]) -> Callable[..., None]:
    """``command`` with each parameter that holds options replaced by keyword options."""
    hints = get_type_hints(command, include_extras=True)
    groups: dict[str, type[Options]] = {name: hint for name, hint in hints.items() if is_group(hint)}

    def called(**values: Any) -> None:
        for name, group in groups.items():
            values[name] = group(**{field.name: values.pop(field.name) for field in fields(group)})
        command(**values)

    parameters = [
        shown
        for name, parameter in inspect.signature(command).parameters.items()
        for shown in (
            _options(groups[name]) if name in groups else [parameter.replace(annotation=_for_typer(hints[name]))]
        )
    ]
    parameters.sort(key=lambda parameter: parameter.kind)
    called.__name__ = command.__name__
    called.__doc__ = command.__doc__
    called.__module__ = command.__module__
    called.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    called.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    return called


def _options(group: type[Options]) -> list[inspect.Parameter]:
    hints = get_type_hints(group, include_extras=True)
    return [
        inspect.Parameter(
            field.name, inspect.Parameter.KEYWORD_ONLY, default=field.default, annotation=_for_typer(hints[field.name])
        )
        for field in fields(group)
    ]


def _for_typer(hint: Any) -> Any:
    """The annotation with Typer's declaration in the place of ours."""
    said = declared(hint)
    if said is None:
        return hint
    make: Any = typer.Option if isinstance(said, Option) else typer.Argument
    return Annotated[hint.__origin__, make(*said.names, **said.settings)]

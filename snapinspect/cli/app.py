"""The program as Typer has it: its help, and what is to be explained of a line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from functools import partial
from importlib.util import find_spec
from typing import Annotated, Any

import typer

from snapinspect import __version__
from snapinspect.cli.commands import COMMANDS, options_of
from snapinspect.cli.ending import Ended
from snapinspect.cli.faults import explaining, fail, slip
from snapinspect.cli.help import TaughtGroup
from snapinspect.cli.line import CommandLine, called, choices_of, options_in, remember, typed
from snapinspect.cli.made import SETTINGS, load
from snapinspect.errors import SnapinspectError, UsageError

_WrongUsage: Any = typer.BadParameter.__base__
"""``UsageError`` of the click inside Typer, which exports it no other way."""
_WIDEST = 110
"""Columns of help, on terminals that have as many."""


class Program(TaughtGroup):
    """Runs a command and turns what goes wrong into a message and an exit code."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002
        return load(cmd_name) if cmd_name in COMMANDS else None

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            # Imported here, as most know what they say.
            from snapinspect.cli.nearest import unknown_command

            raise unknown_command(args[0], COMMANDS)
        return super().resolve_command(ctx, args)

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        # Without arguments Typer raises the help.
        remember(partial(CommandLine.parse, called(info_name), list(args), options_of))
        with _explaining() if args else nullcontext():
            return super().make_context(info_name, args, parent, **extra)

    def invoke(self, ctx: Any) -> Any:
        if ctx.obj is not None:
            ctx.obj()
        with _explaining():
            return super().invoke(ctx)


def _parameters() -> list[Any]:
    """Those of the command that was typed, or of that of its group."""
    line = typed()
    command = load(line.command)
    within = getattr(command, "commands", {})
    return list(within.get(line.arguments[0], command).params if within else command.params)


@contextmanager
def _explaining() -> Iterator[None]:
    """What goes wrong ends as Typer ends, also what Typer itself refuses."""
    try:
        with explaining(passing=(typer.Exit, typer.Abort, _WrongUsage)):
            try:
                yield
            except _WrongUsage as error:
                if type(error).__name__ == "NoArgsIsHelpError":
                    raise
                fail(_explained(error))
    except Ended as end:
        raise typer.Exit(end.code) from None


def _explained(error: Any) -> SnapinspectError:
    """What Typer refuses, with the nearest that it would take."""
    # Imported here, as most know what they say.
    from snapinspect.cli import nearest, unfit

    parameter = getattr(error, "param", None)
    slipped = slip(of_dashes=type(error).__name__ == "NoSuchOption")
    if slipped is not None:
        return slipped
    match type(error).__name__:
        case "NoSuchOption" if error.ctx.parent is None:
            return nearest.option_before_command(error.option_name, COMMANDS)
        case "NoSuchOption":
            return nearest.unknown_option(error.option_name, options_in(error.ctx.command.params))
        case "MissingParameter" if parameter is not None and parameter.name in {"snapshot", "old"}:
            return nearest.missing_snapshot()
        case "MissingParameter" if parameter is not None and parameter.param_type_name == "argument":
            return nearest.missing_arguments(nearest.required_of(error.ctx))
        case "MissingParameter" if parameter is not None:
            return unfit.lacks_option(parameter)
        case "BadOptionUsage" if "does not take a value" in error.message:
            return nearest.flag_with_value(error.option_name)
        case "BadOptionUsage" if "requires an argument" in error.message:
            return unfit.lacks_value(error.option_name, _parameters())
        case "UsageError" if error.message.startswith("No such command") and error.ctx.parent is not None:
            return unfit.no_subcommand(error.message)
    if parameter is not None and choices_of(parameter):
        said = [(typed().value(option), option) for option in parameter.opts]
        value, option = next(((value, option) for value, option in said if value is not None), ("", parameter.opts[0]))
        return nearest.unknown_format(value or "", choices_of(parameter), option)
    if type(error).__name__ == "BadParameter" and parameter is not None and unfit.is_number(parameter):
        value = next(filter(None, map(typed().value, parameter.opts)), "")
        return unfit.no_number(value, parameter)
    extra = re.fullmatch(r"Got unexpected extra arguments? \((.*)\)", error.message.replace("argument(s)", "arguments"))
    if extra:
        return nearest.one_argument_too_many(extra[1].split())
    command = error.ctx.command_path if error.ctx else "snapinspect"
    return UsageError(error.format_message(), f"`{command} --help` shows what it takes.")


app = typer.Typer(
    name="snapinspect",
    cls=Program,
    help="Get Kubernetes objects back out of an etcd snapshot, as clean YAML that is ready to apply.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={**SETTINGS, "max_content_width": _WIDEST},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"snapinspect {__version__} ({_form()})")
        raise typer.Exit


def _form() -> str:
    """Whether the hot rooms are compiled; looked for without importing any."""
    hot = find_spec("snapinspect.kube.readers")
    return "interpreted" if hot is None or str(hot.origin).endswith(".py") else "compiled"


def _show_completion(shell: str) -> None:
    if shell:
        from snapinspect.cli.completion import Shell, script

        if shell not in set(Shell):
            raise typer.BadParameter(f"{shell!r} is none of {', '.join(Shell)}")
        typer.echo(script(Shell(shell)), nl=False)
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
    show_completion: Annotated[
        str,
        typer.Option(
            "--show-completion",
            metavar="bash|zsh|fish",
            callback=_show_completion,
            is_eager=True,
            help="Show what makes the shell complete commands, kinds, names and more, and exit.",
        ),
    ] = "",
) -> None:
    pass

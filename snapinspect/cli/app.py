"""The program: its commands, and the one place that maps errors to exit codes."""

from __future__ import annotations

import gc
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from functools import cache, partial
from importlib import import_module
from importlib.util import find_spec
from typing import Annotated, Any, NoReturn

import typer

from snapinspect import __version__
from snapinspect.cli import console
from snapinspect.cli.grouping import grouped
from snapinspect.cli.help import TaughtCommand, TaughtGroup
from snapinspect.cli.line import CommandLine, Options, options_in, remember, typed
from snapinspect.errors import (
    Damaged,
    NotASnapshot,
    NotFound,
    NotHeld,
    SnapinspectError,
    SourceError,
    UsageError,
    Withdrawn,
    WorkerDied,
)

INTERRUPTED = 130
COMPLETE = "__complete"
"""The word with which shells and kubectl ask for completion, as of every program that is made with cobra."""
_WrongUsage: Any = typer.BadParameter.__base__
"""``UsageError`` of the click inside Typer, which exports it no other way."""
_SETTINGS = {"help_option_names": ["-h", "--help"]}
_WIDEST = 110
"""Columns of help, on terminals that have as many."""

COMMANDS = (
    "ls",
    "get",
    "export",
    "info",
    "verify",
    "save",
    "rebuild",
    "history",
    "deleted",
    "log",
    "report",
    "browse",
    "sql",
    "catalog",
    "serve",
    "diff",
    "stats",
    "find",
    "deps",
    "restore",
    "keys",
    "rules",
    "decode",
    "cache",
    "pod",
    "schema",
)
"""Each is the function, or the group of commands, of its name in the module of its name, imported when it is asked for.

A module's ``Command`` reads the words of its command line, where that is not what others do."""


class Program(TaughtGroup):
    """Runs a command and turns what goes wrong into a message and an exit code."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002
        return _load(cmd_name) if cmd_name in COMMANDS else None

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            # Imported here, as most know what they say.
            from snapinspect.cli.nearest import unknown_command

            raise unknown_command(args[0], COMMANDS)
        return super().resolve_command(ctx, args)

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        # Without arguments Typer raises the help.
        remember(partial(CommandLine.parse, _program(info_name), list(args), _options_of))
        with _explaining() if args else nullcontext():
            return super().make_context(info_name, args, parent, **extra)

    def invoke(self, ctx: Any) -> Any:
        if ctx.obj is not None:
            ctx.obj()
        with _explaining():
            return super().invoke(ctx)


def _heed_writers() -> None:
    """What a program begins with before its command; those that import the command line keep their signals."""
    # Imported here, as --version and help read no snapshot.
    from snapinspect.sources.mapping import heed_writers

    heed_writers()


def _program(name: str | None) -> str:
    """How the program is called by who uses it."""
    return "kubectl snapinspect" if name == "kubectl-snapinspect" else name or "snapinspect"


def _options_of(command: str) -> Options:
    """Those of a command; of a group of commands, those of all of them."""
    loaded = _load(command if command in COMMANDS else "get")
    within = getattr(loaded, "commands", {}).values()
    return options_in([parameter for each in (loaded, *within) for parameter in each.params])


def _parameters() -> list[Any]:
    """Those of the command that was typed, or of that of its group."""
    line = typed()
    command = _load(line.command)
    within = getattr(command, "commands", {})
    return list(within.get(line.arguments[0], command).params if within else command.params)


@contextmanager
def _explaining() -> Iterator[None]:
    try:
        yield
    except NotHeld as error:
        # Imported here, as most name a moment that is held.
        from snapinspect.cli.nearest import other_moment

        error.hint = other_moment(error)
        _fail(_slip() or error)
    except (Damaged, NotASnapshot) as error:
        # Imported here, as most snapshots are whole.
        from snapinspect.cli.nearest import salvaging

        error.hint = salvaging(error.hint)
        _fail(error)
    except WorkerDied as error:
        error.hint = f"Memory may be short, and one process takes the least: `{typed().with_option('--jobs', '1')}`"
        _fail(error)
    except (UsageError, NotFound, SourceError) as error:
        _fail(_slip() or error)
    except SnapinspectError as error:
        _fail(error)
    except Withdrawn as error:
        _fail(SourceError(str(error), error.hint))
    except _WrongUsage as error:
        if type(error).__name__ == "NoArgsIsHelpError":
            raise
        _fail(_explained(error))
    except BrokenPipeError:
        console.give_up_output()
        raise typer.Exit from None
    except KeyboardInterrupt:
        typer.echo("interrupted", err=True)
        raise typer.Exit(INTERRUPTED) from None
    except (typer.Exit, typer.Abort):
        raise
    except (OSError, MemoryError) as error:
        _fail(SnapinspectError(str(error) or "not enough memory", "--debug shows where it happened."))
    except Exception as error:  # noqa: BLE001 - nobody is shown a traceback who did not ask for one
        fault = f"unexpected {type(error).__name__}: {error}"
        _fail(SnapinspectError(fault, "This is a fault of snapinspect: please report it with what --debug shows."))


def _slip(*, of_dashes: bool = False) -> SnapinspectError | None:
    # Imported here, as most know what they say.
    from snapinspect.cli.slips import dash, slip

    return dash() if of_dashes else slip()


def _explained(error: Any) -> SnapinspectError:
    """What Typer refuses, with the nearest that it would take."""
    # Imported here, as most know what they say.
    from snapinspect.cli import nearest, unfit

    parameter = getattr(error, "param", None)
    slip = _slip(of_dashes=type(error).__name__ == "NoSuchOption")
    if slip is not None:
        return slip
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
    if parameter is not None and nearest.choices_of(parameter):
        said = [(typed().value(option), option) for option in parameter.opts]
        value, option = next(((value, option) for value, option in said if value is not None), ("", parameter.opts[0]))
        return nearest.unknown_format(value or "", nearest.choices_of(parameter), option)
    if type(error).__name__ == "BadParameter" and parameter is not None and unfit.is_number(parameter):
        value = next(filter(None, map(typed().value, parameter.opts)), "")
        return unfit.no_number(value, parameter)
    extra = re.fullmatch(r"Got unexpected extra arguments? \((.*)\)", error.message.replace("argument(s)", "arguments"))
    if extra:
        return nearest.one_argument_too_many(extra[1].split())
    command = error.ctx.command_path if error.ctx else "snapinspect"
    return UsageError(error.format_message(), f"`{command} --help` shows what it takes.")


def _fail(error: SnapinspectError) -> NoReturn:
    if "--debug" in sys.argv:
        import traceback

        traceback.print_exc()
    if "`" not in (error.hint or ""):
        # Imported here, as most know what they say.
        from snapinspect.cli.pasted import with_a_line

        error.hint = with_a_line(error)
    console.show_error(error)
    raise typer.Exit(error.exit_code)


@cache
def _load(name: str) -> Any:
    module = import_module(f"snapinspect.cli.{name}")
    found = getattr(module, name)
    if isinstance(found, typer.Typer):
        return typer.main.get_command(found)
    single = typer.Typer(add_completion=False, rich_markup_mode=None)
    reader = getattr(module, "Command", TaughtCommand)
    single.command(name, cls=reader, context_settings=_SETTINGS)(grouped(found))
    return typer.main.get_command(single)


app = typer.Typer(
    name="snapinspect",
    cls=Program,
    help="Get Kubernetes objects back out of an etcd snapshot, as clean YAML that is ready to apply.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={**_SETTINGS, "max_content_width": _WIDEST},
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


def complete(typed: list[str]) -> None:
    """Prints what could stand in place of the last of the words ``typed``; whatever goes wrong, nothing is said."""
    from snapinspect.cli.completion import offer

    with suppress(Exception):
        typer.echo(offer(typed, {name: partial(_load, name) for name in COMMANDS}), nl=False)


def run() -> None:
    """Runs the command that the arguments name, and exits."""
    if sys.argv[1:2] == [COMPLETE]:
        complete(sys.argv[2:])
        return
    gc.freeze()
    try:
        app(obj=_heed_writers)
    finally:
        # What is left goes with the process, and need not be searched for circles before.
        gc.freeze()

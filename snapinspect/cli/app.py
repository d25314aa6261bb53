"""The program: its commands, and the one place that maps errors to exit codes."""

from __future__ import annotations

import signal
import sys
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from snapinspect import __version__
from snapinspect.cli import console
from snapinspect.cli.grouping import grouped
from snapinspect.errors import SnapinspectError

INTERRUPTED = 130
_SETTINGS = {"help_option_names": ["-h", "--help"]}

COMMANDS = ("ls", "get", "export", "info", "decode")
"""Each is the function of its name in the module of its name, imported when it is asked for."""


class Program(TyperGroup):
    """Runs a command and turns what goes wrong into a message and an exit code."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002
        return _load(cmd_name) if cmd_name in COMMANDS else None

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except SnapinspectError as error:
            _fail(ctx, error, error.exit_code)
        except BrokenPipeError:
            console.give_up_output()
        except KeyboardInterrupt:
            typer.echo("interrupted", err=True)
            ctx.exit(INTERRUPTED)
        except (OSError, MemoryError) as error:
            _fail(ctx, SnapinspectError(str(error) or type(error).__name__), SnapinspectError.exit_code)
        return None


def _fail(ctx: Any, error: SnapinspectError, exit_code: int) -> None:
    if "--debug" in sys.argv:
        import traceback

        traceback.print_exc()
    console.show_error(error)
    ctx.exit(exit_code)


def _load(name: str) -> Any:
    function = getattr(import_module(f"snapinspect.cli.{name}"), name)
    single = typer.Typer(add_completion=False, rich_markup_mode=None)
    single.command(name, context_settings=_SETTINGS)(grouped(function))
    return typer.main.get_command(single)


app = typer.Typer(
    name="snapinspect",
    cls=Program,
    help="Get Kubernetes objects back out of an etcd snapshot, as clean YAML that is ready to apply.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings=_SETTINGS,
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"snapinspect {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[  # noqa: ARG001 - the callback acts on it
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    pass


def main() -> None:
    """The entry point: a SIGTERM unwinds like an exit, so that nothing half-written stays."""
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    app()

"""The program: its commands, and the one place that maps errors to exit codes."""

from __future__ import annotations

import signal
import sys
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from snapinspect import __version__
from snapinspect.cli import console, decode, export, get, info, ls
from snapinspect.cli.grouping import grouped
from snapinspect.errors import SnapinspectError

INTERRUPTED = 130


class Program(TyperGroup):
    """Runs a command and turns what goes wrong into a message and an exit code."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except SnapinspectError as error:
            if _wants_trace(ctx):
                raise
            console.show_error(error)
            ctx.exit(error.exit_code)
        except BrokenPipeError:
            console.give_up_output()
        except KeyboardInterrupt:
            typer.echo("interrupted", err=True)
            ctx.exit(INTERRUPTED)
        except (OSError, MemoryError) as error:
            if _wants_trace(ctx):
                raise
            console.show_error(SnapinspectError(str(error) or type(error).__name__))
            ctx.exit(SnapinspectError.exit_code)
        return None


def _wants_trace(ctx: Any) -> bool:
    return "--debug" in sys.argv or "--debug" in ctx.args


app = typer.Typer(
    name="snapinspect",
    cls=Program,
    help="Get Kubernetes objects back out of an etcd snapshot, as clean YAML that is ready to apply.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
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


for _command in (ls.ls, get.get, export.export, info.info, decode.decode):
    app.command()(grouped(_command))


def main() -> None:
    """The entry point: a SIGTERM unwinds like an exit, so that nothing half-written stays."""
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    app()

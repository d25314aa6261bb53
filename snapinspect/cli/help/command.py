"""Commands, and groups of them, that take ``--help-all`` and show their help as a page."""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup, TyperOption

_ALL = "--help-all"


class _Taught:
    """What commands and groups have in common, beside the class of Typer's that they are."""

    params: list[Any]
    options_metavar: str | None
    name: str | None

    def get_params(self, ctx: Any) -> list[Any]:
        found: list[Any] = [*super().get_params(ctx), self._all_help]  # type: ignore[misc]
        return found

    @property
    def _all_help(self) -> TyperOption:
        """One and the same, as Typer compares options by what they are."""
        if not hasattr(self, "_made"):
            self._made = TyperOption(
                param_decls=[_ALL],
                is_flag=True,
                is_eager=True,
                expose_value=False,
                callback=_show_everything,
                help="Show every option and exit.",
            )
        return self._made

    def collect_usage_pieces(self, _ctx: Any) -> list[str]:
        """Arguments as their metavars say them."""
        return [*([self.options_metavar] if self.options_metavar else []), *(each.metavar for each in self._arguments)]

    @property
    def _arguments(self) -> list[Any]:
        return [each for each in self.params if each.param_type_name == "argument"]

    def format_options(self, ctx: Any, formatter: Any) -> None:
        # Imported here, as few runs ask for help.
        from snapinspect.cli.help.page import Page

        Page(ctx, formatter, everything=ctx.meta.get(_ALL, False)).write(self._arguments, self.get_params(ctx))


class TaughtCommand(_Taught, TyperCommand):
    """One command."""


class TaughtGroup(_Taught, TyperGroup):
    """Commands below a word."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        return [*super().collect_usage_pieces(ctx), self.subcommand_metavar]


def _show_everything(ctx: Any, _option: Any, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        typer.echo(whole_help(ctx))
        ctx.exit()


def whole_help(ctx: Any) -> str:
    """What ``--help-all`` shows of the command that ``ctx`` is of."""
    ctx.meta[_ALL] = True
    return str(ctx.get_help())

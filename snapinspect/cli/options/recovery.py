"""What recovery brings, and in which shape."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import typer

from snapinspect.cli.options.panels import SELECTING, SHOWING

DeletedOption = Annotated[
    bool,
    typer.Option(
        "--deleted", help="What is gone, in its last state, instead of what is live.", rich_help_panel=SELECTING
    ),
]


@dataclass(eq=False, repr=False)
class Recovery:
    """What recovery brings, and in which shape."""

    everything: Annotated[
        bool,
        typer.Option("--all", help="Every object, also those that recovery leaves out.", rich_help_panel=SELECTING),
    ] = False
    owned: Annotated[
        bool,
        typer.Option("--owned", help="Also what a controller would make again.", rich_help_panel=SELECTING),
    ] = False
    deleted: DeletedOption = False
    with_deps: Annotated[
        bool,
        typer.Option("--with-deps", help="Also what they refer to, and what serves them.", rich_help_panel=SELECTING),
    ] = False
    target_version: Annotated[
        str,
        typer.Option(
            "--target-version",
            metavar="RELEASE",
            help="The release of Kubernetes to write for, such as 1.25; the newest without it.",
            rich_help_panel=SHOWING,
        ),
    ] = ""
    minimal: Annotated[
        bool,
        typer.Option(
            "--minimal",
            help="Also without the defaults that the server filled in: what a person wrote.",
            rich_help_panel=SHOWING,
        ),
    ] = False
    rules: Annotated[
        str,
        typer.Option(
            "--rules",
            metavar="FILE",
            help="Cleaning rules of your own, as `snapinspect rules -o yaml` prints them.",
            rich_help_panel=SHOWING,
        ),
    ] = ""
    keep_status: Annotated[
        list[str] | None,
        typer.Option(
            "--keep-status",
            metavar="KIND",
            help="Keep the status of objects of this kind; repeatable.",
            rich_help_panel=SHOWING,
        ),
    ] = None
    raw: Annotated[
        bool,
        typer.Option("--raw", help="As the API server would return it: status, uid and all.", rich_help_panel=SHOWING),
    ] = False
    explain: Annotated[
        bool,
        typer.Option("--explain", help="Say what was stripped or left out, and why.", rich_help_panel=SHOWING),
    ] = False

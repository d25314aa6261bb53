"""What recovery brings, and in which shape."""

from dataclasses import dataclass
from typing import Annotated

import typer

DeletedOption = Annotated[
    bool,
    typer.Option("--deleted", help="What is gone, in its last state, instead of what is live."),
]


@dataclass(eq=False, repr=False)
class Recovery:
    """What recovery brings, and in which shape."""

    everything: Annotated[
        bool,
        typer.Option("--all", help="Every object, also those that recovery leaves out."),
    ] = False
    owned: Annotated[
        bool,
        typer.Option("--owned", help="Also what a controller would make again."),
    ] = False
    deleted: DeletedOption = False
    with_deps: Annotated[
        bool,
        typer.Option("--with-deps", help="Also what they refer to, and what serves them."),
    ] = False
    target_version: Annotated[
        str,
        typer.Option(
            "--target-version",
            metavar="RELEASE",
            help="The release of Kubernetes to write for, such as 1.25; the newest without it.",
        ),
    ] = ""
    minimal: Annotated[
        bool,
        typer.Option(
            "--minimal",
            help="Also without the defaults that the server filled in: what a person wrote.",
        ),
    ] = False
    rules: Annotated[
        str,
        typer.Option(
            "--rules",
            metavar="FILE",
            help="Cleaning rules of your own, as `snapinspect rules -o yaml` prints them.",
        ),
    ] = ""
    keep_status: Annotated[
        list[str] | None,
        typer.Option(
            "--keep-status",
            metavar="KIND",
            help="Keep the status of objects of this kind; repeatable.",
        ),
    ] = None
    raw: Annotated[
        bool,
        typer.Option("--raw", help="As the API server would return it: status, uid and all."),
    ] = False
    explain: Annotated[
        bool,
        typer.Option("--explain", help="Say what was stripped or left out, and why."),
    ] = False

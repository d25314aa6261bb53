"""What recovery brings, and in which shape."""

from typing import Annotated

from snapinspect.cli.declared import Option, Options

DeletedOption = Annotated[
    bool,
    Option("--deleted", help="What is gone, in its last state, instead of what is live."),
]


class Recovery(Options):
    """What recovery brings, and in which shape."""

    everything: Annotated[
        bool,
        Option("--all", help="Every object, also those that recovery leaves out."),
    ] = False
    owned: Annotated[
        bool,
        Option("--owned", help="Also what a controller would make again."),
    ] = False
    deleted: DeletedOption = False
    with_deps: Annotated[
        bool,
        Option("--with-deps", help="Also what they refer to, and what serves them."),
    ] = False
    target_version: Annotated[
        str,
        Option(
            "--target-version",
            metavar="RELEASE",
            help="The release of Kubernetes to write for, such as 1.25; the newest without it.",
        ),
    ] = ""
    minimal: Annotated[
        bool,
        Option(
            "--minimal",
            help="Also without the defaults that the server filled in: what a person wrote.",
        ),
    ] = False
    rules: Annotated[
        str,
        Option(
            "--rules",
            metavar="FILE",
            help="Cleaning rules of your own, as `snapinspect rules -o yaml` prints them.",
        ),
    ] = ""
    keep_status: Annotated[
        list[str] | None,
        Option(
            "--keep-status",
            metavar="KIND",
            help="Keep the status of objects of this kind; repeatable.",
        ),
    ] = None
    raw: Annotated[
        bool,
        Option("--raw", help="As the API server would return it: status, uid and all."),
    ] = False
    explain: Annotated[
        bool,
        Option("--explain", help="Say what was stripped or left out, and why."),
    ] = False

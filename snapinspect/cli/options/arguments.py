"""What is named on the command line: a snapshot, and objects in it."""

from __future__ import annotations

from typing import Annotated

import typer

SnapshotArgument = Annotated[str, typer.Argument(metavar="SNAPSHOT", help="An etcd snapshot, or a member's snap/db.")]
NamedTargets = Annotated[
    list[str] | None,
    typer.Argument(metavar="[KIND[/NAME]]...", help="Kinds (deploy, cm,secret), one kind and names, or KIND/NAME."),
]
ObjectArgument = Annotated[
    list[str] | None, typer.Argument(metavar="KIND/NAME", help="One object; its kind and its name apart, too.")
]
EachTarget = Annotated[
    list[str] | None,
    typer.Argument(metavar="[KIND[/NAME]]...", help="Kinds (deploy cm,secret), one kind and names, or KIND/NAME."),
]

"""What is named on the command line: a snapshot, and objects in it."""

from typing import Annotated

from snapinspect.cli.declared import Argument

SnapshotArgument = Annotated[
    str,
    Argument(
        metavar="SNAPSHOT", help="A snapshot, an archive of one, a data directory, s3://…, or a live etcd's https://…"
    ),
]
NamedTargets = Annotated[
    list[str] | None,
    Argument(metavar="[KIND[/NAME]]...", help="Kinds (deploy, cm,secret), one kind and names, or KIND/NAME."),
]
ObjectArgument = Annotated[
    list[str] | None, Argument(metavar="KIND/NAME", help="One object; its kind and its name apart, too.")
]

"""Which objects are meant."""

from typing import Annotated

from snapinspect.cli.declared import Option, Options


class Choice(Options):
    """Which objects."""

    namespace: Annotated[
        list[str] | None,
        Option(
            "-n",
            "--namespace",
            metavar="NS",
            help="Only this namespace, these (a,b), or those like it ('infra-*'); repeatable.",
        ),
    ] = None
    all_namespaces: Annotated[
        bool,
        Option(
            "-A",
            "--all-namespaces",
            help="The whole cluster: every namespace, said on purpose.",
        ),
    ] = False
    selector: Annotated[
        str,
        Option("-l", "--selector", metavar="SELECTOR", help="Label selector, as kubectl's."),
    ] = ""
    field_selector: Annotated[
        str,
        Option(
            "--field-selector",
            metavar="SELECTOR",
            help="Field selector, as the server's: metadata.name, status.phase of pods, type of secrets.",
        ),
    ] = ""
    name: Annotated[
        list[str] | None,
        Option("--name", metavar="GLOB", help="Object name, with * and ?; repeatable."),
    ] = None
    key: Annotated[
        list[str] | None,
        Option("--key", metavar="PREFIX", help="Etcd key prefix; repeatable."),
    ] = None
    exclude: Annotated[
        list[str] | None,
        Option(
            "--exclude",
            metavar="KIND|KIND/NAME|NS/",
            help="All but these; repeatable.",
        ),
    ] = None
    at: Annotated[
        str | None,
        Option(
            "--at",
            metavar="WHEN",
            help="The state as of a revision (12345), a time ('2026-11-22 11:25', 11:25, 'yesterday 18:00'), or that long before the end (10m).",
        ),
    ] = None

    @property
    def namespaces(self) -> list[str]:
        """The namespaces one by one, patterns among them."""
        return [name for listed in self.namespace or () for name in listed.split(",") if name]

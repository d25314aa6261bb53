"""Options that commands share, in the groups in which help shows them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

SnapshotArgument = Annotated[str, typer.Argument(metavar="SNAPSHOT", help="An etcd snapshot, or a member's snap/db.")]
NamedTargets = Annotated[
    list[str] | None,
    typer.Argument(metavar="KIND[/NAME] NAME", help="Kinds (deploy, cm,secret), one kind and names, or KIND/NAME."),
]
EachTarget = Annotated[
    list[str] | None, typer.Argument(metavar="KIND[/NAME]", help="Kinds (deploy cm,secret) and KIND/NAME.")
]

_SELECTING, _READING, _SHOWING, _CLUSTER = "Selecting", "Reading", "Showing", "Cluster"


@dataclass(eq=False, repr=False)
class Choice:
    """Which objects."""

    namespace: Annotated[
        list[str] | None,
        typer.Option(
            "-n", "--namespace", metavar="NS", help="Only this namespace; repeatable.", rich_help_panel=_SELECTING
        ),
    ] = None
    all_namespaces: Annotated[
        bool,
        typer.Option("-A", "--all-namespaces", help="Every namespace, said on purpose.", rich_help_panel=_SELECTING),
    ] = False
    selector: Annotated[
        str,
        typer.Option(
            "-l", "--selector", metavar="SELECTOR", help="Label selector, as kubectl's.", rich_help_panel=_SELECTING
        ),
    ] = ""
    name: Annotated[
        list[str] | None,
        typer.Option(
            "--name", metavar="GLOB", help="Object name, with * and ?; repeatable.", rich_help_panel=_SELECTING
        ),
    ] = None
    key: Annotated[
        list[str] | None,
        typer.Option("--key", metavar="PREFIX", help="Etcd key prefix; repeatable.", rich_help_panel=_SELECTING),
    ] = None
    at: Annotated[
        str | None,
        typer.Option(
            "--at",
            metavar="WHEN",
            help="The state as of a revision (12345), a time (2026-11-22T11:20:00Z), or that long before the end (10m).",
            rich_help_panel=_SELECTING,
        ),
    ] = None


class Engine(StrEnum):
    """``--engine``: what reads the snapshot."""

    direct = "direct"
    etcd = "etcd"
    pod = "pod"


@dataclass(eq=False, repr=False)
class Connection:
    """How a running etcd is reached. What is not said, ``ETCDCTL_*`` says."""

    cacert: Annotated[
        str, typer.Option("--cacert", metavar="FILE", help="A live etcd's CA.", rich_help_panel=_READING)
    ] = ""
    cert: Annotated[
        str, typer.Option("--cert", metavar="FILE", help="The client's certificate.", rich_help_panel=_READING)
    ] = ""
    cert_key: Annotated[
        str, typer.Option("--cert-key", metavar="FILE", help="The certificate's key.", rich_help_panel=_READING)
    ] = ""
    user: Annotated[
        str,
        typer.Option("--user", metavar="NAME[:PASSWORD]", help="etcd's user.", rich_help_panel=_READING),
    ] = ""
    password: Annotated[
        str, typer.Option("--password", metavar="PASSWORD", help="etcd's password.", rich_help_panel=_READING)
    ] = ""


class Color(StrEnum):
    """``--color``."""

    auto = "auto"
    always = "always"
    never = "never"


@dataclass(eq=False, repr=False)
class Reading(Connection):
    """How the snapshot is read, and what is told meanwhile."""

    engine: Annotated[
        Engine,
        typer.Option(
            "--engine",
            help="Read the file itself, or restore it into a temporary etcd, here or in a pod.",
            rich_help_panel=_READING,
        ),
    ] = Engine.direct
    etcd_bin: Annotated[
        Path | None,
        typer.Option("--etcd-bin", metavar="DIR", help="Where etcd and etcdutl lie.", rich_help_panel=_READING),
    ] = None
    kubeconfig: Annotated[
        Path | None, typer.Option("--kubeconfig", metavar="FILE", help="As for kubectl.", rich_help_panel=_CLUSTER)
    ] = None
    context: Annotated[
        str, typer.Option("--context", metavar="NAME", help="As for kubectl.", rich_help_panel=_CLUSTER)
    ] = ""
    pod_namespace: Annotated[
        str,
        typer.Option("--pod-namespace", metavar="NS", help="Where the pod runs.", rich_help_panel=_CLUSTER),
    ] = "kube-system"
    image: Annotated[
        str, typer.Option("--image", metavar="IMAGE", help="The pod's etcd image.", rich_help_panel=_CLUSTER)
    ] = ""
    copy_image: Annotated[
        str,
        typer.Option(
            "--copy-image",
            metavar="IMAGE",
            help="An image with a shell, to receive the file.",
            rich_help_panel=_CLUSTER,
        ),
    ] = ""
    node: Annotated[
        str, typer.Option("--node", metavar="NODE", help="Where the pod runs.", rich_help_panel=_CLUSTER)
    ] = ""
    keep_pod: Annotated[bool, typer.Option("--keep-pod", help="Leave the pod there.", rich_help_panel=_CLUSTER)] = False
    prefix: Annotated[
        str | None,
        typer.Option(
            "--prefix",
            metavar="PATH",
            help="Etcd key prefix; found from the data without it.",
            rich_help_panel=_READING,
        ),
    ] = None
    check: Annotated[bool, typer.Option("--check", help="Compare the SHA-256 first.", rich_help_panel=_READING)] = False
    carve: Annotated[
        bool,
        typer.Option("--carve", help="History that only free pages hold, too.", rich_help_panel=_READING),
    ] = False
    wal: Annotated[
        Path | None,
        typer.Option(
            "--wal",
            metavar="DIR",
            help="The write-ahead log of a lone database; a data directory brings its own.",
            rich_help_panel=_READING,
        ),
    ] = None
    salvage: Annotated[
        bool,
        typer.Option(
            "--salvage",
            help="Go on reading a damaged file; what it cannot prove current is marked unproven.",
            rich_help_panel=_READING,
        ),
    ] = False
    encryption_config: Annotated[
        list[str] | None,
        typer.Option(
            "--encryption-config",
            metavar="FILE",
            help="The API server's encryption configuration; repeatable.",
            rich_help_panel=_READING,
        ),
    ] = None
    token: Annotated[
        str,
        typer.Option(
            "--token",
            metavar="TOKEN",
            help="The token of k3s or RKE2, which opens the keys inside the snapshot; else K3S_TOKEN or RKE2_TOKEN.",
            rich_help_panel=_READING,
        ),
    ] = ""
    token_file: Annotated[
        Path | None,
        typer.Option("--token-file", metavar="FILE", help="The same, from a file.", rich_help_panel=_READING),
    ] = None
    static_resources: Annotated[
        str,
        typer.Option(
            "--static-resources",
            metavar="FILE",
            help="OpenShift's static_kuberesources_*.tar.gz, which holds the keys.",
            rich_help_panel=_READING,
        ),
    ] = ""
    kms_socket: Annotated[
        list[str] | None,
        typer.Option(
            "--kms-socket",
            metavar="NAME=PATH",
            help="Where a KMS plugin listens; repeatable.",
            rich_help_panel=_READING,
        ),
    ] = None
    color: Annotated[
        Color,
        typer.Option(
            "--color", help="Colours: on a terminal unless NO_COLOR is set, or as said.", rich_help_panel=_SHOWING
        ),
    ] = Color.auto
    quiet: Annotated[
        bool, typer.Option("-q", "--quiet", help="Say nothing but errors and warnings.", rich_help_panel=_SHOWING)
    ] = False
    no_progress: Annotated[
        bool, typer.Option("--no-progress", help="Show no progress bar.", rich_help_panel=_SHOWING)
    ] = False
    debug: Annotated[bool, typer.Option("--debug", help="Show a traceback on errors.", rich_help_panel=_SHOWING)] = (
        False
    )


@dataclass(eq=False, repr=False)
class Recovery:
    """What recovery brings, and in which shape."""

    everything: Annotated[
        bool,
        typer.Option("--all", help="Every object, also those that recovery leaves out.", rich_help_panel=_SELECTING),
    ] = False
    owned: Annotated[
        bool,
        typer.Option("--owned", help="Also what a controller would make again.", rich_help_panel=_SELECTING),
    ] = False
    deleted: Annotated[
        bool,
        typer.Option(
            "--deleted", help="What is gone, in its last state, instead of what is live.", rich_help_panel=_SELECTING
        ),
    ] = False
    with_deps: Annotated[
        bool,
        typer.Option("--with-deps", help="Also what they refer to, and what serves them.", rich_help_panel=_SELECTING),
    ] = False
    target_version: Annotated[
        str,
        typer.Option(
            "--target-version",
            metavar="RELEASE",
            help="The release of Kubernetes to write for, such as 1.25; the newest without it.",
            rich_help_panel=_SHOWING,
        ),
    ] = ""
    raw: Annotated[
        bool,
        typer.Option("--raw", help="As the API server would return it: status, uid and all.", rich_help_panel=_SHOWING),
    ] = False
    explain: Annotated[
        bool,
        typer.Option("--explain", help="Say what was stripped or left out, and why.", rich_help_panel=_SHOWING),
    ] = False


class ListFormat(StrEnum):
    """``-o`` of commands that list."""

    table = "table"
    wide = "wide"
    json = "json"
    jsonl = "jsonl"
    yaml = "yaml"
    name = "name"


class ObjectFormat(StrEnum):
    """``-o`` of commands that give objects."""

    yaml = "yaml"
    json = "json"
    jsonl = "jsonl"
    name = "name"


class Undecoded(StrEnum):
    """``--undecoded``: how values that could not be decoded are given."""

    bytes = "bytes"
    fields = "fields"


DiffRawOption = Annotated[
    bool, typer.Option("--raw", help="Also what servers write: status, uid and all.", rich_help_panel=_SHOWING)
]
ShowSecretsOption = Annotated[
    bool,
    typer.Option("--show-secrets", help="The values of Secrets instead of hashes of them.", rich_help_panel=_SHOWING),
]

UndecodedOption = Annotated[
    Undecoded | None,
    typer.Option(
        "--undecoded",
        help="Give values that could not be decoded, too, as stored or as bare fields.",
        rich_help_panel=_SHOWING,
    ),
]
